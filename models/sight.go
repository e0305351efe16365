package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sight is what part of an account is seen: the domains that carry, of each of
// the lists of tags, at least one. Everything else looks as if it were not there.
type sight struct {
	accountID string
	anyOf     [][]string
}

type sightKey struct{}

// Seeing gives a context in which what belongs to an account is read as if it
// had the domains with one of tags only: their reports, deliveries, counts,
// links and so on. What such a context sees already is narrowed further. It
// bounds what is read, not who may change what: that is Visitor.May.
func Seeing(ctx context.Context, accountID string, tags []string) context.Context {
	s := sightOf(ctx)
	return context.WithValue(ctx, sightKey{}, sight{accountID, append(slices.Clip(s.anyOf), tags)})
}

func sightOf(ctx context.Context) sight {
	s, _ := ctx.Value(sightKey{}).(sight)
	return s
}

func (s sight) whole() bool { return len(s.anyOf) == 0 }

// sighted are the tables that are seen in part, each with the rows of it that
// are seen. seen holds the ids of the domains, and REAL. stands before a table
// that is meant as it is. A table that needs others as they are comes before them.
var sighted = []struct{ table, rows string }{
	// The bytes of a delivery are seen when nothing in them is about another
	// domain of the account.
	{"delivery_bodies", `SELECT b.* FROM REAL.delivery_bodies b JOIN REAL.deliveries d ON d.id = b.delivery_id
		WHERE d.domain_id IN (SELECT domain_id FROM seen) AND NOT EXISTS (SELECT 1 FROM REAL.reports r WHERE r.delivery_id = d.id
			AND (r.domain_id NOT IN (SELECT domain_id FROM seen) OR EXISTS (SELECT 1 FROM REAL.policy_results p
				WHERE p.domain_id = r.domain_id AND p.report_id = r.id AND p.policy_domain IN (SELECT name FROM hidden))))`},
	{"delivery_events", `SELECT e.* FROM REAL.delivery_events e WHERE e.delivery_id IN
		(SELECT id FROM REAL.deliveries WHERE domain_id IN (SELECT domain_id FROM seen))`},
	{"policy_results", `SELECT p.* FROM REAL.policy_results p
		WHERE p.domain_id IN (SELECT domain_id FROM seen) AND (p.counted OR p.policy_domain NOT IN (SELECT name FROM hidden))`},
	{"reporters", `SELECT r.* FROM REAL.reporters r WHERE EXISTS (SELECT 1 FROM REAL.reports s
		WHERE s.account_id = r.account_id AND s.reporter = r.identity AND s.domain_id IN (SELECT domain_id FROM seen))`},
	{"account_days", `SELECT account_id, day, SUM(successful) AS successful, SUM(failed) AS failed, SUM(reports) AS reports FROM REAL.daily_totals
		WHERE domain_id IN (SELECT domain_id FROM seen) GROUP BY account_id, day`},
	{"account_notices", "SELECT * FROM REAL.account_notices WHERE 1 = 0"}, // of domains that are gone, and of the mailbox
	{"audit_events", "SELECT * FROM REAL.audit_events WHERE 1 = 0"},
	{"audit_chains", "SELECT * FROM REAL.audit_chains WHERE 1 = 0"},
	{"mailboxes", "SELECT * FROM REAL.mailboxes WHERE 1 = 0"},
	{"domains", "SELECT * FROM REAL.domains WHERE id IN (SELECT domain_id FROM seen)"},
	{"deliveries", ""}, {"reports", ""}, {"failure_details", ""}, {"daily_totals", ""}, {"daily_policies", ""}, {"daily_failures", ""},
	{"dns_observations", ""}, {"domain_events", ""}, {"forwards", ""}, {"forward_dispatches", ""}, {"self_tests", ""}, {"domain_recents", ""},
	{"domain_problems", ""}, {"share_links", ""}, {"check_memories", ""}, {"ledger_pages", ""}, {"ledger_rebuilds", ""}, {"domain_tags", ""}, {"domain_transfers", ""}, {"reverse_names", ""},
}

// seenWhole are the tenant tables that a limited sight leaves as they are, and why.
var seenWhole = map[string]string{
	"memberships": "people are no domain's; pages show few of them", "sessions": "a person's own", "invitations": "for who manages members",
	"api_tokens": "for who manages tokens", "api_replays": "of one token", "outgoing_mails": "no page shows them to members",
}

// narrow puts before a query what its tables are to be: a name that WITH
// defines goes before the table of that name, however the query uses it.
func (s sight) narrow(e engine, query string, args []any) (string, []any, error) {
	text := strings.ToLower(strings.TrimSpace(query))
	switch {
	case s.whole() || !strings.HasPrefix(text, "select") && !strings.HasPrefix(text, "with"):
		return query, args, nil
	case strings.HasPrefix(text, "with"):
		return "", nil, fmt.Errorf("%w: a limited sight knows no WITH: %.160s", ErrTenant, text)
	}
	heads, own := s.seen(e, len(args))
	for _, t := range sighted {
		if strings.Contains(text, t.table) {
			rows := t.rows
			if rows == "" {
				rows = "SELECT * FROM REAL." + t.table + " WHERE domain_id IN (SELECT domain_id FROM seen)"
			}
			heads = append(heads, t.table+" AS NOT MATERIALIZED ("+rows+")")
		}
	}
	query = "WITH " + e.real(strings.Join(heads, ", ")) + " " + query
	if e == sqliteEngine { // its places are numbered as they come
		return query, append(own, args...), nil
	}
	return query, append(slices.Clip(args), own...), nil
}

// seen defines the domains that are seen, and hidden: the names of the others.
func (s sight) seen(e engine, before int) (heads []string, args []any) {
	place := func(v any) string {
		args = append(args, v)
		if e == sqliteEngine {
			return "?"
		}
		return "$" + strconv.Itoa(before+len(args))
	}
	rows := "SELECT id AS domain_id FROM REAL.domains WHERE account_id = " + place(s.accountID)
	for _, tags := range s.anyOf {
		places := []string{"NULL"} // without tags nothing is seen
		for _, tag := range tags {
			places = append(places, place(storable(tag)))
		}
		rows += " AND id IN (SELECT domain_id FROM REAL.domain_tags WHERE tag IN (" + strings.Join(places, ", ") + "))"
	}
	return []string{
		"seen AS NOT MATERIALIZED (" + rows + ")",
		"hidden AS NOT MATERIALIZED (SELECT name FROM REAL.domains WHERE account_id = " + place(s.accountID) + " AND id NOT IN (SELECT domain_id FROM seen))",
	}, args
}

// real names a table itself, where a name in WITH would hide it. PostgreSQL
// takes a name for the table until WITH has defined it.
func (e engine) real(text string) string {
	if e == sqliteEngine {
		return strings.ReplaceAll(text, "REAL.", "main.")
	}
	return strings.ReplaceAll(text, "REAL.", "")
}

var locking = regexp.MustCompile(`(?i)\s+for update(\s+skip locked)?\s*$`)

// query runs a query within a sight. A lock cannot reach through WITH: such a
// query looks first whether its rows are seen.
func (p guardedPool) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if p.sight.whole() {
		return p.ConnPool.QueryContext(ctx, query, args...)
	}
	plain := locking.ReplaceAllString(query, "")
	narrowed, all, err := p.sight.narrow(p.engine, plain, args)
	if err != nil {
		return nil, err
	}
	rows, err := p.ConnPool.QueryContext(ctx, narrowed, all...)
	if err != nil || plain == query {
		return rows, err
	}
	seen := rows.Next()
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if !seen {
		return p.ConnPool.QueryContext(ctx, narrowed, all...)
	}
	return p.ConnPool.QueryContext(ctx, query, args...)
}
