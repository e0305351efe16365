package models

import (
	"context"
	"fmt"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
	"gorm.io/gorm"
)

// Ledger reads what is counted for a domain from one day to another. Whole
// pages are read, so it may reach further on both sides.
func (s *Store) Ledger(ctx context.Context, d Domain, span Span) (*ledger.Ledger, error) {
	return readLedger(s.reader(ctx), d.ID, ledger.PageOf(int32(span.From)), ledger.PageOf(int32(span.To)))
}

func readLedger(tx *gorm.DB, domainID string, from, to int32) (*ledger.Ledger, error) {
	rows, err := tx.Raw("SELECT page, data FROM ledger_pages WHERE domain_id = ? AND page BETWEEN ? AND ? ORDER BY page", domainID, from, to).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	l := &ledger.Ledger{}
	for rows.Next() {
		var page int32
		var data []byte
		if err := rows.Scan(&page, &data); err != nil {
			return nil, err
		}
		if err := l.Read(page, data); err != nil {
			return nil, fmt.Errorf("page %d of the ledger of %s: %w", page, domainID, err)
		}
	}
	return l, rows.Err()
}

// writeLedger makes the ledgers say what the daily tables say of some cells.
// Cells of one domain stand together.
func writeLedger(tx *gorm.DB, cells []cell) error {
	byDomain := map[string][]cell{}
	var order []string
	for _, c := range cells {
		if byDomain[c.DomainID] == nil {
			order = append(order, c.DomainID)
		}
		byDomain[c.DomainID] = append(byDomain[c.DomainID], c)
	}
	for _, id := range order {
		if err := writeDomainLedger(tx, id, byDomain[id]); err != nil {
			return err
		}
	}
	return nil
}

func writeDomainLedger(tx *gorm.DB, domainID string, cells []cell) error {
	pages := map[int32][]cell{}
	for _, c := range cells {
		page := ledger.PageOf(int32(c.Day))
		pages[page] = append(pages[page], c)
	}
	for page, cells := range pages {
		l, err := readLedger(tx, domainID, page, page)
		if err != nil {
			return err
		}
		for _, c := range cells {
			entry, err := ledgerCell(tx, c)
			if err != nil {
				return err
			}
			l.Put(entry)
		}
		if err := savePage(tx, domainID, page, l.Page(page)); err != nil {
			return err
		}
	}
	return writeRecent(tx, cells[0].AccountID, domainID)
}

func savePage(tx *gorm.DB, domainID string, page int32, data []byte) error {
	if data == nil {
		return tx.Exec("DELETE FROM ledger_pages WHERE domain_id = ? AND page = ?", domainID, page).Error
	}
	return tx.Exec(`INSERT INTO ledger_pages (domain_id, page, data) VALUES (?, ?, ?)
		ON CONFLICT (domain_id, page) DO UPDATE SET data = excluded.data`, domainID, page, data).Error
}

// ledgerCell reads one cell of the daily tables.
func ledgerCell(tx *gorm.DB, c cell) (ledger.Cell, error) {
	out := ledger.Cell{Day: int32(c.Day), Reporter: c.Reporter, Arrived: ledger.Unknown}
	args := map[string]any{"domain": c.DomainID, "day": c.Day, "reporter": c.Reporter}
	const where = " WHERE domain_id = @domain AND day = @day AND reporter = @reporter"
	err := tx.Raw("SELECT successful, failed, reports FROM daily_totals"+where, args).Row().Scan(&out.Successful, &out.Failed, &out.Reports)
	if out.Reports == 0 {
		return out, ignoreNoRows(err)
	}
	if err := tx.Raw("SELECT policy_type AS type, mode, successful, failed FROM daily_policies"+where+" ORDER BY policy_type, mode", args).Scan(&out.Policies).Error; err != nil {
		return out, err
	}
	if err := tx.Raw("SELECT result_type, receiving_mx AS mx, sending_network AS network, sessions FROM daily_failures"+where+
		" ORDER BY result_type, receiving_mx, sending_network", args).Scan(&out.Failures).Error; err != nil {
		return out, err
	}
	var arrived []time.Time
	err = tx.Raw("SELECT received_at FROM reports"+where+" AND standing = 'counted' AND trust IN ('verified', 'posted') ORDER BY received_at LIMIT 1", args).Scan(&arrived).Error
	if len(arrived) > 0 {
		out.Arrived = hoursAfter(c.Day, arrived[0])
	}
	return out, err
}

// hoursAfter is how long after the first instant of a day something came, 0
// for what came before it.
func hoursAfter(day Day, t time.Time) int32 {
	return int32(min(max(t.Sub(day.Time())/time.Hour, 0), 10_000))
}

// recentSpan is how far back the problems of the lists over all domains reach.
const recentSpan = 30

// problemsKept is how many problems of a domain those lists know.
const problemsKept = 20

// writeRecent computes a domain's rows in the lists over all domains anew.
func writeRecent(tx *gorm.DB, accountID, domainID string) error {
	for _, table := range []string{"domain_recents", "domain_problems"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE domain_id = ?", domainID).Error; err != nil {
			return err
		}
	}
	var last []int32
	if err := tx.Raw("SELECT page FROM ledger_pages WHERE domain_id = ? ORDER BY page DESC LIMIT 1", domainID).Scan(&last).Error; err != nil || len(last) == 0 {
		return err
	}
	l, err := readLedger(tx, domainID, last[0]-1, last[0])
	if err != nil {
		return err
	}
	recent := l.Recent()
	if err := saveRecent(tx, accountID, domainID, recent); err != nil {
		return err
	}
	problems := l.Problems(recent.Last-recentSpan+1, recent.Last)
	for _, p := range problems[:min(len(problems), problemsKept)] {
		err := tx.Exec(`INSERT INTO domain_problems (domain_id, result_type, receiving_mx, account_id, sessions, reporters, first_day, last_day)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, domainID, p.ResultType, p.MX, accountID, p.Sessions, p.Reporters, p.First, p.Last).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func saveRecent(tx *gorm.DB, accountID, domainID string, recent ledger.Recent) error {
	var newest []Report
	err := tx.Raw(`SELECT reporter, received_at FROM reports WHERE domain_id = ? AND standing = 'counted'
		ORDER BY day DESC, received_at DESC LIMIT 1`, domainID).Scan(&newest).Error
	if err != nil {
		return err
	}
	var reporter string
	var at *time.Time
	if len(newest) > 0 {
		utc := newest[0].ReceivedAt.UTC()
		reporter, at = newest[0].Reporter, &utc
	}
	return tx.Exec("INSERT INTO domain_recents (domain_id, account_id, days, reporter, received_at) VALUES (?, ?, ?, ?, ?)",
		domainID, accountID, recent.Bytes(), reporter, at).Error
}
