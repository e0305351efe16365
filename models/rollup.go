package models

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
)

// DailyTotal is one rollup cell: what one reporter says about one domain and
// one UTC day, in sessions. Frozen cells have outlived their rows.
type DailyTotal struct {
	DomainID   string `gorm:"primaryKey"`
	Day        Day    `gorm:"primaryKey;autoIncrement:false"`
	Reporter   string `gorm:"primaryKey"`
	AccountID  string
	Successful int64
	Failed     int64
	Reports    int64
	Frozen     bool
}

// cellKey names a cell in the daily tables.
type cellKey struct {
	domainID string
	day      Day
	reporter string
}

func (c cell) key() cellKey { return cellKey{c.DomainID, c.Day, c.Reporter} }

// cellsAtOnce bounds the cells that one statement is about.
const cellsAtOnce = 256

// recompute makes the touched cells say what their rows say. It is exact
// whatever happened before, and running it twice changes nothing.
func recompute(ctx context.Context, on direct, today Day, touched map[cell]bool) error {
	cells := slices.SortedFunc(maps.Keys(touched), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Day, b.Day), cmp.Compare(a.DomainID, b.DomainID), cmp.Compare(a.Reporter, b.Reporter))
	})
	for some := range slices.Chunk(cells, cellsAtOnce) {
		if err := recomputeSome(ctx, on, today, some); err != nil {
			return err
		}
	}
	return nil
}

func recomputeSome(ctx context.Context, on direct, today Day, cells []cell) error {
	was, err := readTotals(ctx, on, cells)
	if err != nil {
		return err
	}
	cells = slices.DeleteFunc(slices.Clone(cells), func(c cell) bool { return was[c.key()].Frozen })
	if len(cells) == 0 {
		return nil
	}
	known := slices.DeleteFunc(slices.Clone(cells), func(c cell) bool { _, is := was[c.key()]; return !is })
	if err := clearCells(ctx, on, known); err != nil {
		return err
	}
	now, err := fillCells(ctx, on, cells)
	if err != nil {
		return err
	}
	if err := addToAccountDays(ctx, on, cells, was, now); err != nil {
		return err
	}
	return writeLedger(ctx, on, today, cells, now)
}

// cellsIn is the right side of (domain_id, day, reporter) IN for some cells.
func cellsIn(on direct, cells []cell) (list string, args []any) {
	return on.keysIn(keysOf(cells))
}

func keysOf(cells []cell) [][]any {
	keys := make([][]any, len(cells))
	for i, c := range cells {
		keys[i] = []any{c.DomainID, c.Day, c.Reporter}
	}
	return keys
}

func readTotals(ctx context.Context, on direct, cells []cell) (map[cellKey]DailyTotal, error) {
	list, args := cellsIn(on, cells)
	totals := make(map[cellKey]DailyTotal, len(cells))
	err := on.each(ctx, "SELECT domain_id, day, reporter, successful, failed, reports, frozen FROM daily_totals WHERE (domain_id, day, reporter) IN "+list, args,
		func(scan func(...any) error) error {
			var t DailyTotal
			err := scan(&t.DomainID, &t.Day, &t.Reporter, &t.Successful, &t.Failed, &t.Reports, &t.Frozen)
			totals[cellKey{t.DomainID, t.Day, t.Reporter}] = t
			return err
		})
	return totals, err
}

func clearCells(ctx context.Context, on direct, cells []cell) error {
	if len(cells) == 0 {
		return nil
	}
	list, args := cellsIn(on, cells)
	for _, table := range []string{"daily_totals", "daily_policies", "daily_failures"} {
		if err := on.exec(ctx, "DELETE FROM "+table+" WHERE (domain_id, day, reporter) IN "+list, args...); err != nil {
			return err
		}
	}
	return nil
}

// countedOf picks the reports r that make up the cells k; between its halves
// stand the arguments. Both databases are told the types, and CROSS JOIN keeps
// SQLite from starting anywhere but at the cells: it would read all the reports
// of a domain.
var countedOf = [2]string{
	` FROM (SELECT DISTINCT CAST(column1 AS text) AS domain_id, CAST(column2 AS bigint) AS day, CAST(column3 AS text) AS reporter FROM (VALUES `,
	`) v) k CROSS JOIN reports r `,
}

const countedWhere = ` WHERE r.domain_id = k.domain_id AND r.day = k.day AND r.reporter = k.reporter AND r.standing = 'counted' `

// The statements that compute cells, around countedOf.
var (
	fillTotals = [2]string{`INSERT INTO daily_totals (domain_id, day, reporter, account_id, successful, failed, reports, frozen)
	 SELECT r.domain_id, r.day, r.reporter, r.account_id, SUM(r.successful), SUM(r.failed), COUNT(*), false `, countedWhere +
		`GROUP BY r.domain_id, r.day, r.reporter, r.account_id RETURNING domain_id, day, reporter, successful, failed, reports`}

	fillPolicies = [2]string{`INSERT INTO daily_policies (domain_id, day, reporter, policy_type, mode, successful, failed)
	 SELECT r.domain_id, r.day, r.reporter, p.policy_type, p.mode, SUM(p.successful), SUM(p.failed) `,
		`CROSS JOIN policy_results p` + countedWhere + `AND p.domain_id = r.domain_id AND p.report_id = r.id AND p.counted
	 GROUP BY r.domain_id, r.day, r.reporter, p.policy_type, p.mode RETURNING domain_id, day, reporter, policy_type, mode, successful, failed`}

	fillFailures = [2]string{`INSERT INTO daily_failures (domain_id, day, reporter, result_type, receiving_mx, sending_network, sessions, reason)
	 SELECT r.domain_id, r.day, r.reporter, f.result_type, f.receiving_mx_hostname, f.sending_network, SUM(f.sessions), MAX(substr(f.reason_code, 1, 120)) `,
		`CROSS JOIN policy_results p CROSS JOIN failure_details f` + countedWhere + `AND p.domain_id = r.domain_id AND p.report_id = r.id AND p.counted
	 AND f.domain_id = p.domain_id AND f.report_id = p.report_id AND f.policy_seq = p.seq
	 GROUP BY r.domain_id, r.day, r.reporter, f.result_type, f.receiving_mx_hostname, f.sending_network
	 RETURNING domain_id, day, reporter, result_type, receiving_mx, sending_network, sessions, reason`}

	readArrivals = [2]string{`SELECT r.domain_id, r.day, r.reporter, r.received_at `, countedWhere + `AND r.trust IN ('verified', 'posted')`}
)

// about is a statement on some cells.
func about(statement [2]string, cells []cell) (query string, args []any) {
	keys := padded(keysOf(cells))
	for _, key := range keys {
		args = append(args, key...)
	}
	list := listOf("(CAST(? AS text), CAST(? AS bigint), CAST(? AS text))", len(keys))
	return statement[0] + countedOf[0] + list + countedOf[1] + statement[1], args
}

// fillCells computes empty cells from their rows, and gives those that have any.
func fillCells(ctx context.Context, on direct, cells []cell) (map[cellKey]*ledger.Cell, error) {
	now := make(map[cellKey]*ledger.Cell, len(cells))
	query, args := about(fillTotals, cells)
	err := on.each(ctx, query, args, func(scan func(...any) error) error {
		var key cellKey
		c := &ledger.Cell{Arrived: ledger.Unknown}
		err := scan(&key.domainID, &key.day, &key.reporter, &c.Successful, &c.Failed, &c.Reports)
		c.Day, c.Reporter = int32(key.day), key.reporter
		now[key] = c
		return err
	})
	if err != nil || len(now) == 0 {
		return now, err
	}
	query, args = about(fillPolicies, cells)
	err = on.each(ctx, query, args, func(scan func(...any) error) error {
		var key cellKey
		var p ledger.Policy
		if err := scan(&key.domainID, &key.day, &key.reporter, &p.Type, &p.Mode, &p.Successful, &p.Failed); err != nil {
			return err
		}
		now[key].Policies = append(now[key].Policies, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	query, args = about(fillFailures, cells)
	err = on.each(ctx, query, args, func(scan func(...any) error) error {
		var key cellKey
		var f ledger.Failure
		if err := scan(&key.domainID, &key.day, &key.reporter, &f.ResultType, &f.MX, &f.Network, &f.Sessions, &f.Reason); err != nil {
			return err
		}
		now[key].Failures = append(now[key].Failures, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	sortParts(now)
	return now, noteArrivals(ctx, on, cells, now)
}

// sortParts gives the parts of cells one order, as databases have theirs.
func sortParts(cells map[cellKey]*ledger.Cell) {
	for _, c := range cells {
		slices.SortFunc(c.Policies, func(a, b ledger.Policy) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Mode, b.Mode))
		})
		slices.SortFunc(c.Failures, func(a, b ledger.Failure) int {
			return cmp.Or(cmp.Compare(a.ResultType, b.ResultType), cmp.Compare(a.MX, b.MX), cmp.Compare(a.Network, b.Network))
		})
	}
}

// noteArrivals finds when the first report of each cell came by itself.
func noteArrivals(ctx context.Context, on direct, cells []cell, now map[cellKey]*ledger.Cell) error {
	query, args := about(readArrivals, cells)
	return on.each(ctx, query, args,
		func(scan func(...any) error) error {
			var key cellKey
			var at time.Time
			if err := scan(&key.domainID, &key.day, &key.reporter, &at); err != nil {
				return err
			}
			c, hours := now[key], hoursAfter(key.day, at)
			if c.Arrived == ledger.Unknown || hours < c.Arrived {
				c.Arrived = hours
			}
			return nil
		})
}

// accountDay names a row of account_days.
type accountDay struct {
	accountID string
	day       Day
}

var errTooMany = errors.New("the sessions of a day are more than can be counted")

// addToAccountDays adds to the accounts what their cells have gained or lost.
func addToAccountDays(ctx context.Context, on direct, cells []cell, was map[cellKey]DailyTotal, now map[cellKey]*ledger.Cell) error {
	gains := map[accountDay]DailyTotal{}
	var order []accountDay // that of the cells, which is the same for all who write
	for _, c := range cells {
		old, is := was[c.key()], now[c.key()]
		if is == nil {
			is = &ledger.Cell{}
		}
		at := accountDay{c.AccountID, c.Day}
		gain, known := gains[at]
		if !known {
			order = append(order, at)
		}
		if !add(&gain.Successful, is.Successful-old.Successful) || !add(&gain.Failed, is.Failed-old.Failed) {
			return errTooMany
		}
		gain.Reports += is.Reports - old.Reports
		gains[at] = gain
	}
	var rows [][]any
	for _, at := range order {
		if g := gains[at]; g.Successful != 0 || g.Failed != 0 || g.Reports != 0 {
			rows = append(rows, []any{at.accountID, at.day, g.Successful, g.Failed, g.Reports})
		}
	}
	return on.insert(ctx, "INSERT INTO account_days (account_id, day, successful, failed, reports)", "(?, ?, ?, ?, ?)",
		` ON CONFLICT (account_id, day) DO UPDATE SET
			successful = account_days.successful + excluded.successful,
			failed = account_days.failed + excluded.failed,
			reports = account_days.reports + excluded.reports`, rows)
}

// add adds n to a sum unless that is beyond what it holds.
func add(sum *int64, n int64) bool {
	if n > 0 && *sum > math.MaxInt64-n || n < 0 && *sum < math.MinInt64-n {
		return false
	}
	*sum += n
	return true
}
