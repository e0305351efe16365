package models

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
	"gorm.io/gorm"
)

// RebuildLedgers writes the ledgers anew that are noted in ledger_rebuilds,
// domain by domain, until none is left. Several processes may do so at once.
func (s *Store) RebuildLedgers(ctx context.Context) error {
	for {
		found := false
		err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
			var ids []string
			if err := tx.Raw("SELECT domain_id FROM ledger_rebuilds ORDER BY domain_id LIMIT 1" + s.forUpdate(true)).Scan(&ids).Error; err != nil || len(ids) == 0 {
				return err
			}
			found = true
			if err := s.lockDomains(tx, ids); err != nil {
				return err
			}
			if err := s.rebuildLedger(ctx, tx, DayOf(now), ids[0]); err != nil {
				return err
			}
			return tx.Exec("DELETE FROM ledger_rebuilds WHERE domain_id = ?", ids[0]).Error
		})
		if err != nil || !found {
			return err
		}
	}
}

func (s *Store) rebuildLedger(ctx context.Context, tx *gorm.DB, today Day, domainID string) error {
	l, accountID, err := dailyLedger(tx, domainID)
	if err != nil {
		return err
	}
	if err := tx.Exec("DELETE FROM ledger_pages WHERE domain_id = ?", domainID).Error; err != nil {
		return err
	}
	pages := map[ledgerPage][]byte{}
	for _, page := range l.Pages() {
		pages[ledgerPage{domainID, page}] = l.Page(page)
	}
	on := s.within(tx)
	if err := savePages(ctx, on, pages); err != nil {
		return err
	}
	return writeRecents(ctx, on, today, map[string]string{domainID: accountID})
}

type dayReporter struct {
	day      int32
	reporter string
}

// dailyLedger gathers the daily tables of a domain, and finds its account.
func dailyLedger(tx *gorm.DB, domainID string) (l *ledger.Ledger, accountID string, err error) {
	cells := map[dayReporter]*ledger.Cell{}
	var order []dayReporter
	err = eachRow(tx.Raw("SELECT account_id, day, reporter, successful, failed, reports FROM daily_totals WHERE domain_id = ? ORDER BY day, reporter", domainID), func(scan func(...any) error) error {
		c := &ledger.Cell{Arrived: ledger.Unknown}
		err := scan(&accountID, &c.Day, &c.Reporter, &c.Successful, &c.Failed, &c.Reports)
		key := dayReporter{c.Day, c.Reporter}
		cells[key], order = c, append(order, key)
		return err
	})
	if err == nil {
		err = addParts(tx, domainID, cells)
	}
	l = &ledger.Ledger{}
	for _, key := range order {
		l.Put(*cells[key])
	}
	return l, accountID, err
}

func addParts(tx *gorm.DB, domainID string, cells map[dayReporter]*ledger.Cell) error {
	err := eachRow(tx.Raw("SELECT day, reporter, policy_type, mode, successful, failed FROM daily_policies WHERE domain_id = ? ORDER BY day, reporter, policy_type, mode", domainID), func(scan func(...any) error) error {
		var key dayReporter
		var p ledger.Policy
		err := scan(&key.day, &key.reporter, &p.Type, &p.Mode, &p.Successful, &p.Failed)
		if c := cells[key]; c != nil {
			c.Policies = append(c.Policies, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = eachRow(tx.Raw(`SELECT day, reporter, result_type, receiving_mx, sending_network, sessions, reason FROM daily_failures
		WHERE domain_id = ? ORDER BY day, reporter, result_type, receiving_mx, sending_network`, domainID), func(scan func(...any) error) error {
		var key dayReporter
		var f ledger.Failure
		err := scan(&key.day, &key.reporter, &f.ResultType, &f.MX, &f.Network, &f.Sessions, &f.Reason)
		if c := cells[key]; c != nil {
			c.Failures = append(c.Failures, f)
		}
		return err
	})
	if err != nil {
		return err
	}
	return addArrivals(tx, domainID, cells)
}

func addArrivals(tx *gorm.DB, domainID string, cells map[dayReporter]*ledger.Cell) error {
	return eachRow(tx.Raw(`SELECT day, reporter, received_at FROM reports
		WHERE domain_id = ? AND standing = 'counted' AND trust IN ('verified', 'posted') ORDER BY received_at DESC`, domainID), func(scan func(...any) error) error {
		var key dayReporter
		var at time.Time
		err := scan(&key.day, &key.reporter, &at)
		if c := cells[key]; c != nil {
			c.Arrived = hoursAfter(Day(key.day), at)
		}
		return err
	})
}

// eachRow scans the rows of a query one by one.
func eachRow(q *gorm.DB, row func(scan func(...any) error) error) error {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
