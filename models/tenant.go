package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gorm.io/gorm"
)

// ErrTenant says that a statement would have touched the rows of a tenant
// without naming the account. It is a mistake in this package, never in what
// a person has asked for.
var ErrTenant = errors.New("a tenant's table is used without an account")

// tenantTables are the tables that hold what belongs to accounts, and the
// columns by any of which a statement can say whose rows it means. What hangs
// on a domain or a delivery may be named by it: a Domain or a Delivery is had
// from its account only, and its id stands in no address.
func tenantTables() map[string][]string {
	tables := map[string][]string{}
	for _, name := range []string{
		"memberships", "sessions", "invitations", "domains", "delivery_events", "reporters", "account_days", "account_notices",
		"mailboxes", "outgoing_mails", "audit_events", "audit_chains", "api_tokens", "api_replays", "domain_tags", "domain_transfers",
	} {
		tables[name] = []string{"account_id"}
	}
	for _, name := range []string{
		"dns_observations", "domain_events", "deliveries", "reports", "daily_totals", "forwards", "forward_dispatches", "self_tests",
		"domain_recents", "domain_problems", "share_links", "check_memories", "policy_results", "failure_details", "daily_policies",
		"daily_failures", "ledger_pages", "ledger_rebuilds", "reverse_names",
	} {
		tables[name] = []string{"account_id", "domain_id"}
	}
	tables["delivery_bodies"] = []string{"account_id", "domain_id", "delivery_id"}
	return tables
}

type systemKey struct{}

// asSystem marks work of Sealpost itself, which goes over the tenants: jobs,
// the intake, what is looked up by a secret. Only this package can mark it, and
// a test lists every place that does.
func asSystem(ctx context.Context) context.Context {
	return context.WithValue(ctx, systemKey{}, true)
}

// tenantGuard is a plugin for gorm that lets no statement read, change or
// delete rows of a tenant's table unless it says whose, or is the system's.
type tenantGuard struct {
	tables map[string][]string
	passed *passed
}

// passed are the texts of statements that were let through, which come again
// and again: taking one apart takes as long as running it. Values are not in
// them, but lists are longer or shorter, so that their number is bounded.
type passed struct {
	texts sync.Map
	n     atomic.Int64
}

const mostPassed = 2000

func (p *passed) has(query string) bool {
	_, known := p.texts.Load(query)
	return known
}

func (p *passed) add(query string) {
	if p.n.Add(1) <= mostPassed {
		p.texts.Store(query, nil)
	}
}

// Name implements gorm.Plugin.
func (tenantGuard) Name() string { return "tenant guard" }

// Initialize implements gorm.Plugin.
func (g tenantGuard) Initialize(db *gorm.DB) error {
	cb := db.Callback()
	return errors.Join(
		cb.Query().Before("gorm:query").Register("tenant:query", g.watch),
		cb.Row().Before("gorm:row").Register("tenant:row", g.watch),
		cb.Raw().Before("gorm:raw").Register("tenant:raw", g.watch),
		cb.Update().Before("gorm:update").Register("tenant:update", g.watch),
		cb.Delete().Before("gorm:delete").Register("tenant:delete", g.watch),
	)
}

// watch puts the guard between a statement and the database, where the SQL is
// final, whoever has written it.
func (g tenantGuard) watch(db *gorm.DB) {
	if db.Statement.Context.Value(systemKey{}) != nil {
		return
	}
	if _, guarded := db.Statement.ConnPool.(guardedPool); !guarded {
		db.Statement.ConnPool = guardedPool{db.Statement.ConnPool, g, sightOf(db.Statement.Context), engine(db.Name())}
	}
}

// guardedPool sends only statements that name their account.
type guardedPool struct {
	gorm.ConnPool
	guard  tenantGuard
	sight  sight
	engine engine
}

// ExecContext implements gorm.ConnPool.
func (p guardedPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.guard.check(query); err != nil {
		return nil, err
	}
	return p.ConnPool.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (p guardedPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.guard.check(query); err != nil {
		return nil, err
	}
	return p.query(ctx, query, args)
}

// QueryRowContext implements gorm.ConnPool. A row cannot carry our error, so
// that one of a statement that was called off before it began is given.
func (p guardedPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := p.guard.check(query); err != nil {
		refused, cancel := context.WithCancelCause(ctx)
		cancel(err)
		ctx = refused
	}
	query, args, err := p.sight.narrow(p.engine, query, args)
	if err != nil {
		refused, cancel := context.WithCancelCause(ctx)
		cancel(err)
		ctx = refused
	}
	return p.ConnPool.QueryRowContext(ctx, query, args...)
}

// check is ErrTenant for a statement that reads or changes a tenant's table
// and does not bind that table's column to a value.
func (g tenantGuard) check(query string) error {
	if g.passed.has(query) {
		return nil
	}
	err := g.judge(query)
	if err == nil {
		g.passed.add(query)
	}
	return err
}

func (g tenantGuard) judge(query string) error {
	text := strings.ToLower(strings.Join(strings.Fields(query), " "))
	if strings.HasPrefix(text, "insert") && !strings.Contains(text, "select") {
		return nil
	}
	named := boundColumns(text)
	for table := range tablesIn(text) {
		columns, tenant := g.tables[table]
		if tenant && !slices.ContainsFunc(columns, func(c string) bool { return named[c] }) {
			return fmt.Errorf("%w: %s needs %s in %.160s", ErrTenant, table, strings.Join(columns, " or "), text)
		}
	}
	return nil
}

// tablesIn are the words that stand where SQL names a table.
func tablesIn(text string) map[string]bool {
	tables := map[string]bool{}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n(),;\"`", r) })
	for i, w := range words[:max(len(words)-1, 0)] {
		switch w {
		case "from", "join", "into", "update":
			tables[words[i+1]] = true
		}
	}
	return tables
}

// boundColumns are the columns that a condition binds to a value given from
// outside: a column of another table is none, and neither is what SET assigns.
func boundColumns(text string) map[string]bool {
	bound := map[string]bool{}
	_, conditions, _ := strings.Cut(text, " where ")
	if _, on, joined := strings.Cut(text, " on "); joined && len(on) > len(conditions) {
		conditions = on
	}
	for _, column := range []string{"account_id", "domain_id", "delivery_id"} {
		for rest := conditions; !bound[column]; {
			_, after, found := strings.Cut(rest, column)
			if !found {
				break
			}
			rest = after
			after = strings.TrimLeft(after, " \"`")
			switch {
			case strings.HasPrefix(after, "="):
				bound[column] = isPlace(after[1:])
			case strings.HasPrefix(after, "in"):
				bound[column] = isPlace(strings.TrimLeft(after[2:], " ("))
			}
		}
	}
	return bound
}

func isPlace(text string) bool {
	text = strings.TrimLeft(text, " ")
	return strings.HasPrefix(text, "?") || strings.HasPrefix(text, "$")
}
