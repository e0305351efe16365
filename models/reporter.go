package models

import (
	"context"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
)

// newReporterDays is how long a reporter is new to an account: it causes no
// alert before its third day (rulings.md 9).
const newReporterDays = 2

// ReporterSeen is a reporter and when an account first heard from it.
type ReporterSeen struct {
	AccountID string `gorm:"primaryKey"`
	Identity  string `gorm:"primaryKey"`
	FirstSeen time.Time
	BlockedAt *time.Time // by a member; its reports are out of the counts
	BlockedBy string
	// Unsettled is set while reports of it are still counted that should not
	// be, or the other way round.
	Unsettled bool
}

// TableName is the table of reporters.
func (ReporterSeen) TableName() string { return "reporters" }

// New reports whether the third day of the reporter has not come yet.
func (r ReporterSeen) New(now time.Time) bool {
	return DayOf(now) < DayOf(r.FirstSeen)+newReporterDays
}

// Reporter finds a reporter of an account by its identity.
func (s *Store) Reporter(ctx context.Context, accountID, identity string) (ReporterSeen, error) {
	return first[ReporterSeen](s.reader(ctx).Where("account_id = ? AND identity = ?", accountID, storable(identity)))
}

// ReporterSum is a reporter with what it counts in a span of days.
type ReporterSum struct {
	ReporterSeen
	Reports    int64
	Successful int64
	Failed     int64
}

// Reporters lists the reporters of an account, those with most sessions in span
// first, and how many there are.
func (s *Store) Reporters(ctx context.Context, accountID string, span Span, limit, offset int) ([]ReporterSum, int64, error) {
	var total int64
	if err := s.reader(ctx).Model(&ReporterSeen{}).Where("account_id = ?", accountID).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []ReporterSum
	err := s.reader(ctx).Raw(`SELECT r.*, COALESCE(t.reports, 0) AS reports, COALESCE(t.successful, 0) AS successful, COALESCE(t.failed, 0) AS failed
		FROM reporters r LEFT JOIN (SELECT reporter, SUM(reports) AS reports, SUM(successful) AS successful, SUM(failed) AS failed
			FROM daily_totals WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY reporter) t ON t.reporter = r.identity
		WHERE r.account_id = ? ORDER BY COALESCE(t.successful + t.failed, 0) DESC, r.identity LIMIT ? OFFSET ?`,
		accountID, span.From, span.To, accountID, limit, offset).Scan(&rows).Error
	return rows, total, err
}

// BlockReporter takes the reports of a reporter out of an account's counts, or
// puts them back: those that come from now on. SettleReporter does it for those
// that are there. ErrNotFound when the account does not know the reporter.
func (s *Store) BlockReporter(ctx context.Context, accountID, identity, actor string, block bool) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		changes := map[string]any{"blocked_at": nil, "blocked_by": "", "unsettled": true}
		if block {
			changes["blocked_at"], changes["blocked_by"] = now, actor
		}
		res := tx.Model(&ReporterSeen{}).Where("account_id = ? AND identity = ?", accountID, storable(identity)).Updates(changes)
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrNotFound
		}
		return res.Error
	})
}

// settleBatch bounds how long one step of SettleReporter holds the writer.
const settleBatch = 100

// SettleReporter makes the counts say whether a reporter is blocked, some
// reports at a time. It may be ended at any point and goes on from there the
// next time; cells that are frozen stay as they are.
func (s *Store) SettleReporter(ctx context.Context, accountID, identity string) error {
	for {
		done, err := s.settleSome(ctx, accountID, identity)
		if done || err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (s *Store) settleSome(ctx context.Context, accountID, identity string) (done bool, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		reporter, err := first[ReporterSeen](tx.Where("account_id = ? AND identity = ?", accountID, identity))
		if err != nil {
			return err
		}
		wrong := []Standing{Blocked}
		if reporter.BlockedAt != nil {
			wrong = []Standing{Counted, Superseded}
		}
		var reports []Report
		err = tx.Where("account_id = ? AND reporter = ? AND standing IN ?", accountID, identity, wrong).Limit(settleBatch).Find(&reports).Error
		if err != nil {
			return err
		}
		if done = len(reports) == 0; done {
			return tx.Model(&ReporterSeen{}).Where("account_id = ? AND identity = ?", accountID, identity).Update("unsettled", false).Error
		}
		return s.settleReports(ctx, tx, now, reporter, reports)
	})
	return done, err
}

func (s *Store) settleReports(ctx context.Context, tx *gorm.DB, now time.Time, reporter ReporterSeen, reports []Report) error {
	ids := make([]string, len(reports))
	for i, r := range reports {
		ids[i] = r.DomainID
	}
	if err := s.lockDomains(tx, ids); err != nil {
		return err
	}
	b := &books{tx: tx, now: now, touched: map[cell]bool{}, blocked: map[reporterKey]bool{
		{reporter.AccountID, reporter.Identity}: reporter.BlockedAt != nil,
	}}
	for _, r := range reports {
		if err := b.settle(r); err != nil {
			return err
		}
	}
	return recompute(ctx, s.within(tx), b.touched)
}

// UnsettledReporters lists the reporters for which SettleReporter has not come
// to its end.
func (s *Store) UnsettledReporters(ctx context.Context) ([]ReporterSeen, error) {
	var rows []ReporterSeen
	err := s.reader(ctx).Where("unsettled").Order("account_id, identity").Find(&rows).Error
	return rows, err
}

// blockedAmong reads which reporters of a batch are blocked. They cannot become
// so, or cease to be, until the transaction ends.
func (s *Store) blockedAmong(tx *gorm.DB, batch []Judged) (map[reporterKey]bool, error) {
	accounts, identities := map[string]bool{}, map[string]bool{}
	for _, j := range batch {
		for _, r := range j.Reports {
			accounts[r.AccountID], identities[r.Reporter] = true, true
		}
	}
	blocked := map[reporterKey]bool{}
	if len(accounts) == 0 {
		return blocked, nil
	}
	var rows []ReporterSeen
	err := tx.Raw("SELECT * FROM reporters WHERE account_id IN ? AND identity IN ? ORDER BY account_id, identity"+s.forUpdate(false),
		keysOf(accounts), keysOf(identities)).Scan(&rows).Error
	for _, r := range rows {
		if r.BlockedAt != nil {
			blocked[reporterKey{r.AccountID, r.Identity}] = true
		}
	}
	return blocked, err
}

func keysOf(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
