package models

import (
	"cmp"
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

// ReportersNamed finds reporters of an account by their identities; those that
// it has not heard from are not among them.
func (s *Store) ReportersNamed(ctx context.Context, accountID string, identities []string) (map[string]ReporterSeen, error) {
	stored := make([]string, len(identities))
	for i, identity := range identities {
		stored[i] = storable(identity)
	}
	var rows []ReporterSeen
	err := s.reader(ctx).Where("account_id = ? AND identity IN ?", accountID, stored).Find(&rows).Error
	named := make(map[string]ReporterSeen, len(rows))
	for _, r := range rows {
		named[r.Identity] = r
	}
	return named, err
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
	err := s.reader(ctx).Raw(reporterSums+" ORDER BY COALESCE(t.successful + t.failed, 0) DESC, r.identity LIMIT ? OFFSET ?",
		accountID, span.From, span.To, accountID, limit, offset).Scan(&rows).Error
	return rows, total, err
}

// reporterSums are the reporters of an account with what they count in a span
// of days. It takes the account, the span, and the account again.
const reporterSums = `SELECT r.*, COALESCE(t.reports, 0) AS reports, COALESCE(t.successful, 0) AS successful, COALESCE(t.failed, 0) AS failed
	FROM reporters r LEFT JOIN (SELECT reporter, SUM(reports) AS reports, SUM(successful) AS successful, SUM(failed) AS failed
		FROM daily_totals WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY reporter) t ON t.reporter = r.identity
	WHERE r.account_id = ?`

// Reporter is a reporter of an account with what it counts in span.
// ErrNotFound when the account has not heard from it.
func (s *Store) Reporter(ctx context.Context, accountID, identity string, span Span) (ReporterSum, error) {
	return first[ReporterSum](s.reader(ctx).Raw(reporterSums+" AND r.identity = ?", accountID, span.From, span.To, accountID, storable(identity)))
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
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		action := AuditReporterFree
		if block {
			action = AuditReporterBlocked
		}
		return audit(tx, now, accountID, action, identity, nil, nil)
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
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
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
	b := &books{tx: tx, on: s.within(tx), now: now, touched: map[cell]bool{}, reporters: map[reporterKey]ReporterSeen{
		{reporter.AccountID, reporter.Identity}: reporter,
	}}
	for _, r := range reports {
		if err := b.settle(r); err != nil {
			return err
		}
	}
	return recompute(ctx, b.on, DayOf(b.now), b.touched)
}

// UnsettledReporters lists the reporters for which SettleReporter has not come
// to its end.
func (s *Store) UnsettledReporters(ctx context.Context) ([]ReporterSeen, error) {
	var rows []ReporterSeen
	err := s.reader(asSystem(ctx)).Where("unsettled").Order("account_id, identity").Find(&rows).Error
	return rows, err
}

// reportersAmong reads which reporters of a batch the accounts know. They
// cannot be blocked, or cease to be, until the transaction ends.
func (s *Store) reportersAmong(ctx context.Context, on direct, batch []Judged) (map[reporterKey]ReporterSeen, error) {
	asked := map[reporterKey]bool{}
	for _, j := range batch {
		for _, r := range j.Reports {
			asked[reporterKey{r.AccountID, r.Reporter}] = true
		}
	}
	var keys [][]any
	for _, key := range inOrder(asked) {
		keys = append(keys, []any{key.AccountID, key.Identity})
	}
	known := map[reporterKey]ReporterSeen{}
	err := on.eachIn(ctx, "SELECT account_id, identity, first_seen, blocked_at FROM reporters WHERE (account_id, identity) IN", keys,
		" ORDER BY account_id, identity"+s.forUpdate(false), nil, func(scan func(...any) error) error {
			var r ReporterSeen
			err := scan(&r.AccountID, &r.Identity, &r.FirstSeen, &r.BlockedAt)
			known[reporterKey{r.AccountID, r.Identity}] = r
			return err
		})
	return known, err
}

// inOrder is the order in which all batches go through reporters.
func inOrder[V any](of map[reporterKey]V) []reporterKey {
	return slices.SortedFunc(maps.Keys(of), func(a, b reporterKey) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Identity, b.Identity))
	})
}

// noteSeen remembers that a report of a reporter has come, unless nothing says
// that it is the reporter's.
func (b *books) noteSeen(r Report) {
	if r.Trust == Unverified {
		return
	}
	key, at := reporterKey{r.AccountID, r.Reporter}, r.ReceivedAt.UTC()
	if first, seen := b.seen[key]; !seen || at.Before(first) {
		b.seen[key] = at
	}
}

// noteReporters stores when the accounts first heard from the reporters of a
// batch.
func (b *books) noteReporters(ctx context.Context) error {
	var rows [][]any
	for _, key := range inOrder(b.seen) {
		if known, is := b.reporters[key]; !is || b.seen[key].Before(known.FirstSeen) {
			rows = append(rows, []any{key.AccountID, key.Identity, b.seen[key]})
		}
	}
	return b.on.insert(ctx, "INSERT INTO reporters (account_id, identity, first_seen)", "(?, ?, ?)",
		" ON CONFLICT (account_id, identity) DO UPDATE SET first_seen = excluded.first_seen WHERE excluded.first_seen < reporters.first_seen", rows)
}
