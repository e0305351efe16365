package models_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"github.com/sealpost/sealpost/models"
)

// Every query of the dashboard looks its rows up in an index that begins with
// the account or the domain, or a person with many of either waits for all. The
// words are what the plans of both databases name.
func TestDashboardQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spy := w.spy()
	d, account, since := w.domain, w.account.ID, w.clock.Now().Add(-time.Hour)
	span := models.Span{From: day - 30, To: day}
	list := func(f models.DomainFilter, o models.DomainOrder) func() error {
		return func() error { _, _, err := w.store.ListDomains(w.ctx, account, f, o); return err }
	}
	reports := func(q models.ReportQuery) func() error {
		return func() error { _, _, err := w.store.ListReports(w.ctx, account, q); return err }
	}
	page := models.DomainFilter{Limit: 50, Offset: 50}
	for name, c := range map[string]struct {
		ask     func() error
		indexes string
	}{
		"visitor": {func() error { _, err := w.store.Visitor(w.ctx, []byte("x")); return ignoreNotFound(err) }, "sessions users accounts memberships"},
		"quarantine": {func() error {
			_, err := w.store.CountDeliveries(w.ctx, account, models.DeliveryQuarantined)
			return err
		}, "deliveries_state"},
		"what waits":          {func() error { _, err := w.store.CountDeliveries(w.ctx, account, models.DeliveryPending); return err }, "deliveries_due"},
		"stored already":      {func() error { _, err := w.store.StoredAlready(w.ctx, d.ID, []byte("x")); return err }, "deliveries_body"},
		"domain":              {func() error { _, err := w.store.Domain(w.ctx, account, d.Name); return err }, "domains"},
		"self-test":           {func() error { _, err := w.store.LastSelfTest(w.ctx, d); return ignoreNotFound(err) }, "self_tests_domain"},
		"ledger":              {func() error { _, err := w.store.Ledger(w.ctx, d, span); return err }, "ledger_pages"},
		"events":              {func() error { _, err := w.store.DomainEvents(w.ctx, d, since, w.clock.Now()); return err }, "domain_events_domain"},
		"has counts":          {func() error { _, err := w.store.HasCounts(w.ctx, d); return err }, "daily_totals"},
		"addresses":           {func() error { _, err := w.store.SendingAddresses(w.ctx, d, span, "192.0.2.0/24"); return err }, "reports failure_details"},
		"account trend":       {func() error { _, err := w.store.AccountTrend(w.ctx, account, span); return err }, "account_days"},
		"needs":               {func() error { _, err := w.store.DomainsNeedingAHand(w.ctx, account, 6); return err }, "domains_need"},
		"problems":            {func() error { _, err := w.store.AccountProblems(w.ctx, account, span, 6); return err }, "domain_problems_account"},
		"failures":            {func() error { _, err := w.store.AccountFailures(w.ctx, account, span, 6); return err }, "domain_problems_account"},
		"account events":      {func() error { _, err := w.store.AccountEvents(w.ctx, account, since, 8); return err }, "domain_events_account domains"},
		"new reporters":       {func() error { _, err := w.store.NewReporters(w.ctx, account, since, 8); return err }, "reporters"},
		"notices":             {func() error { _, err := w.store.Notices(w.ctx, account, since, 8); return err }, "account_notices_account"},
		"recents":             {func() error { _, err := w.store.Recents(w.ctx, account, []string{d.ID, "x"}); return err }, "domain_recents"},
		"reporters":           {func() error { _, _, err := w.store.Reporters(w.ctx, account, span, 50, 0); return err }, "reporters daily_totals_account"},
		"domains by need":     {list(page, models.ByNeed), "domains_by_need domains_by_failing"},
		"domains by name":     {list(page, models.ByName), "domains"},
		"domains by sessions": {list(page, models.BySessions), "domains_by_sessions"},
		"domains by share":    {list(page, models.ByFailureShare), "domains_by_failing"},
		"domains by report":   {list(page, models.ByLastReport), "domains_by_report"},
		"domains searched":    {list(models.DomainFilter{Search: "x", Limit: 50}, models.ByNeed), "domains"},
		"domains by state":    {list(models.DomainFilter{State: models.Pending, Limit: 50}, models.ByNeed), "domains"},
		"reports of all":      {reports(models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 50}}), "reports_account"},
		"reports of one":      {reports(models.ReportQuery{DomainID: d.ID, ReportFilter: models.ReportFilter{Limit: 50}}), "reports"},
		"reports of a day": {func() error {
			_, _, err := w.store.Reports(w.ctx, d, models.ReportFilter{From: day, To: day, Limit: 50})
			return err
		}, "reports_cell"},
	} {
		plan := spy.planOf(c.ask)
		if len(plan) == 0 {
			t.Errorf("%s: no plan", name)
		}
		for _, step := range plan {
			if table := wholeTable(step); table != "" {
				t.Errorf("%s goes through all of %s:\n%s", name, table, strings.Join(plan, "\n"))
			}
		}
		for _, index := range strings.Fields(c.indexes) {
			if !slices.ContainsFunc(plan, func(step string) bool { return strings.Contains(step, index) }) {
				t.Errorf("%s does not use %s:\n%s", name, index, strings.Join(plan, "\n"))
			}
		}
	}
}

func ignoreNotFound(err error) error {
	if err == models.ErrNotFound {
		return nil
	}
	return err
}

// A step of a plan that reads a table, or an index of it, from end to end:
// SQLite's SCAN of more than what a subquery gives, and PostgreSQL's scans
// without a condition on the index.
var (
	sqliteScan   = regexp.MustCompile(`^SCAN (\w+)`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)`)
)

func wholeTable(step string) string {
	for _, scan := range []*regexp.Regexp{sqliteScan, postgresScan} {
		found := scan.FindStringSubmatch(step)
		if found != nil && !slices.Contains([]string{"CONSTANT", "problems", "n", "matching"}, found[1]) {
			return found[1]
		}
	}
	return ""
}

// planSpy listens to what a store reads.
type planSpy struct {
	w      *world
	pool   *sql.DB
	mu     sync.Mutex
	listen bool
	asked  []asked
}

type asked struct {
	query string
	args  []any
}

// spy makes the store read through a pool that is listened to.
func (w *world) spy() *planSpy {
	w.t.Helper()
	s := &planSpy{w: w}
	connect := spyConnector{spy: s, driver: &sqlite3.SQLiteDriver{}, name: strings.TrimPrefix(w.url, "sqlite:")}
	if w.store.Engine() == "postgres" {
		connect.driver, connect.name = stdlib.GetDefaultDriver(), w.url
	}
	s.pool = sql.OpenDB(connect)
	w.t.Cleanup(func() { s.pool.Close() })
	w.must(w.store.ReadThrough(s.pool))
	return s
}

// planOf are the steps by which the database finds what ask asks it.
func (s *planSpy) planOf(ask func() error) (plan []string) {
	s.w.t.Helper()
	s.asked, s.listen = nil, true
	s.w.must(ask())
	s.listen = false
	for _, a := range s.asked {
		if s.w.store.Engine() == "postgres" {
			plan = append(plan, s.postgresPlan(a)...)
		} else {
			plan = append(plan, s.sqlitePlan(a)...)
		}
	}
	return plan
}

func (s *planSpy) sqlitePlan(a asked) (plan []string) {
	s.w.t.Helper()
	rows, err := s.pool.QueryContext(s.w.ctx, "EXPLAIN QUERY PLAN "+a.query, a.args...)
	s.w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		s.w.must(rows.Scan(&id, &parent, &unused, &step))
		plan = append(plan, step)
	}
	s.w.must(rows.Err())
	return plan
}

// postgresPlan is the plan of a database that reads whole tables only where
// there is no other way: those of a test are so small that it would always.
func (s *planSpy) postgresPlan(a asked) (plan []string) {
	s.w.t.Helper()
	tx, err := s.pool.BeginTx(s.w.ctx, nil)
	s.w.must(err)
	defer tx.Rollback() //nolint:errcheck // it is only left
	_, err = tx.ExecContext(s.w.ctx, "SET LOCAL enable_seqscan = off")
	s.w.must(err)
	rows, err := tx.QueryContext(s.w.ctx, "EXPLAIN "+a.query, append([]any{pgx.QueryExecModeSimpleProtocol}, a.args...)...)
	s.w.must(err)
	defer rows.Close()
	for rows.Next() {
		var step string
		s.w.must(rows.Scan(&step))
		plan = append(plan, step)
	}
	s.w.must(rows.Err())
	return plan
}

// spyConnector opens connections that note what is asked through them.
type spyConnector struct {
	spy    *planSpy
	driver driver.Driver
	name   string
}

// Connect implements driver.Connector.
func (c spyConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	return spyConn{conn, c.spy}, err
}

// Driver implements driver.Connector.
func (c spyConnector) Driver() driver.Driver { return c.driver }

type spyConn struct {
	driver.Conn
	spy *planSpy
}

// QueryContext implements driver.QueryerContext.
func (c spyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.spy.note(query, args)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

// ExecContext implements driver.ExecerContext.
func (c spyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

// BeginTx implements driver.ConnBeginTx.
func (c spyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

// CheckNamedValue implements driver.NamedValueChecker.
func (c spyConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (s *planSpy) note(query string, args []driver.NamedValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.listen {
		return
	}
	a := asked{query: query}
	for _, v := range args {
		a.args = append(a.args, v.Value)
	}
	s.asked = append(s.asked, a)
}
