//go:build e2e

package main

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// What an account of this test has: reports with as many details as keep the
// job removals at work for a hundred transactions.
const (
	removalReports = 3
	removalDetails = 6000
)

// TestE2EKilledInMidRemoval: the process is killed while the job removes an
// account whose seven days are over. The next process goes on: nothing of that
// account is left but the tokens that are never given again, and no row of
// another account has changed.
func TestE2EKilledInMidRemoval(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite3", "pgx"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			r := newRemoval(t, engine)
			r.fill()
			kept := r.rowsOf("grace@example.test", "kept.test")

			p := launch(t, r.settings)
			r.await("the removal is under way", func() bool { return r.count("failure_details") < removalReports*removalDetails*2/3 })
			p.kill()
			if left, state := r.count("failure_details"), r.word("SELECT state FROM accounts WHERE id = $1", r.account); left == 0 || state != "removing" {
				t.Fatalf("killed too late: %d details are left, and the account is %q", left, state)
			}

			r.forgetLease()
			next := startProgram(t, r.settings)
			eventually(t, "the account is gone", func() bool { return r.word("SELECT count(*) FROM accounts WHERE id = $1", r.account) == "0" })
			r.checkPages(next)
			next.kill()
			r.checkGone()
			for table, rows := range r.rowsOf("grace@example.test", "kept.test") {
				if table != "sessions" && !slices.Equal(rows, kept[table]) { // who looks is noted
					t.Errorf("%s of the other account was\n%q, is\n%q", table, kept[table], rows)
				}
			}
		})
	}
}

// removal is a database with an account that goes and one that stays.
type removal struct {
	t                     *testing.T
	engine                string // as database/sql names it
	settings              map[string]string
	db                    *sql.DB
	token                 string // of the domain that goes
	account, user, domain string // ids of what goes
	other                 *browser
}

func newRemoval(t *testing.T, engine string) *removal {
	t.Helper()
	w := newWorld(t, "gone.test", "kept.test")
	r := &removal{t: t, engine: engine, settings: w.environment(t)}
	// One check of each domain is all that happens beside the removal.
	r.settings["CHECK_MIN_INTERVAL"] = "6h"
	source := filepath.Join(t.TempDir(), "a.db")
	r.settings["DATABASE_URL"] = "sqlite:" + source
	if engine == "pgx" {
		source = postgres(t)
		r.settings["DATABASE_URL"] = source
	}
	var err error
	if r.db, err = sql.Open(engine, source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.db.Close() })
	return r
}

// fill makes both accounts by the product's own doors, closes the one, and lets
// its time be over when no process runs.
func (r *removal) fill() {
	r.t.Helper()
	p := startProgram(r.t, r.settings)
	gone, kept := newBrowser(r.t, p.pages, "http://localhost:8080"), newBrowser(r.t, p.pages, "http://localhost:8080")
	gone.signUp("ada@example.test")
	r.token = gone.addDomain("gone.test")
	kept.signUp("grace@example.test")
	kept.addDomain("kept.test")
	r.other = kept
	kept.post("kept.test", mustEncode(r.t, report("kept.test", "kept", "2026-03-01", 100, 7)))
	for i := range removalReports {
		gone.post("gone.test", mustEncode(r.t, detailed("gone.test", i)))
	}
	eventually(r.t, "everything is counted and checked", func() bool {
		return r.count("failure_details") == removalReports*removalDetails+1 && r.word("SELECT count(*) FROM domains WHERE checks > 0") == "2"
	})
	gone.submit("/settings/closing", url.Values{"confirm": {"ada@example.test"}, "current_password": {"correct horse battery"}})
	p.kill()
	r.account, r.domain = r.word("SELECT account_id FROM domains WHERE name = $1", "gone.test"), r.word("SELECT id FROM domains WHERE name = $1", "gone.test")
	r.user = r.word("SELECT id FROM users WHERE email = $1", "ada@example.test")
	if state := r.word("SELECT state FROM accounts WHERE id = $1", r.account); state != "closing" {
		r.t.Fatalf("the account is %q", state)
	}
	r.do("UPDATE accounts SET closes_at = $1 WHERE id = $2", time.Now().UTC().Add(-24*time.Hour), r.account)
	r.forgetLease()
}

// detailed is a report of a day of its own with many details.
func detailed(domain string, i int) *tlsrpt.Report {
	day := time.Now().UTC().AddDate(0, 0, -1-i).Format(time.DateOnly)
	out := report(domain, fmt.Sprintf("detailed-%d", i), day, 1, removalDetails)
	one := out.Policies[0].Failures[0]
	one.Sessions = 1
	out.Policies[0].Failures = nil
	for n := range removalDetails {
		one.ReceivingMXHostname = fmt.Sprintf("mx%d.%s", n, domain)
		out.Policies[0].Failures = append(out.Policies[0].Failures, one)
	}
	return out
}

// forgetLease stands for the seconds after which the lease of a process that was
// killed ends.
func (r *removal) forgetLease() {
	r.t.Helper()
	r.do("UPDATE leases SET until = $1", time.Now().UTC().Add(-time.Hour))
}

// await looks as often as it can, as what it waits for does not last.
func (r *removal) await(what string, holds func() bool) {
	r.t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > hang {
			r.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (r *removal) count(table string) (n int) {
	r.t.Helper()
	if err := r.db.QueryRowContext(r.t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *removal) word(query string, args ...any) (word string) {
	r.t.Helper()
	if err := r.db.QueryRowContext(r.t.Context(), query, args...).Scan(&word); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return word
}

func (r *removal) do(statement string, args ...any) {
	r.t.Helper()
	if _, err := r.db.ExecContext(r.t.Context(), statement, args...); err != nil {
		r.t.Fatalf("%s: %v", statement, err)
	}
}

// checkPages looks at what is left through the doors of a running program.
func (r *removal) checkPages(p *program) {
	r.t.Helper()
	gone := newBrowser(r.t, p.pages, "http://localhost:8080")
	login := url.Values{"email": {"ada@example.test"}, "password": {"correct horse battery"}}
	if code, _ := gone.do(http.MethodPost, "/login", strings.NewReader(login.Encode()), "application/x-www-form-urlencoded"); code != http.StatusUnauthorized {
		r.t.Errorf("who has no account any more logs in: %d", code)
	}
	r.other.addr = p.pages
	if s, f, _ := r.other.day("kept.test", "2026-03-01"); s != 100 || f != 7 {
		r.t.Errorf("the other account's day shows %d and %d", s, f)
	}
}

// checkGone fails the test for every trace but the tombstones.
func (r *removal) checkGone() {
	r.t.Helper()
	left := r.rowsOf(r.account, r.user, r.domain, "ada@example.test", "gone.test")
	for _, table := range slices.Sorted(maps.Keys(left)) {
		if table != "issued_tokens" && table != "zone_changes" {
			r.t.Errorf("%s still has %q", table, left[table])
		}
	}
	if r.word("SELECT count(*) FROM issued_tokens WHERE token = $1", r.token) != "1" || r.word("SELECT count(*) FROM zone_changes WHERE token = $1 AND removed", r.token) != "1" {
		r.t.Error("the token's tombstone is gone")
	}
}

// rowsOf is every row of the database that names one of words, or a domain or an
// account that does, by table.
func (r *removal) rowsOf(words ...string) map[string][]string {
	r.t.Helper()
	for _, query := range []string{"SELECT id FROM domains WHERE name = $1", "SELECT account_id FROM domains WHERE name = $1", "SELECT id FROM users WHERE email = $1"} {
		for _, word := range slices.Clone(words) {
			var id string
			if err := r.db.QueryRowContext(r.t.Context(), query, word).Scan(&id); err == nil {
				words = append(words, id)
			}
		}
	}
	out := map[string][]string{}
	for _, table := range r.tables() {
		for _, row := range r.dump(table) {
			if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(row, word) }) {
				out[table] = append(out[table], row)
			}
		}
	}
	return out
}

func (r *removal) tables() []string {
	r.t.Helper()
	of := map[string]string{
		"sqlite3": "(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%') AS t",
		"pgx":     "(SELECT tablename FROM pg_tables WHERE schemaname = current_schema()) AS t",
	}
	list := r.dump(of[r.engine])
	if len(list) < 30 {
		r.t.Fatalf("only the tables %q", list)
	}
	return list
}

// dump is each row of a table as text, sorted.
func (r *removal) dump(table string) []string {
	r.t.Helper()
	rows, err := r.db.QueryContext(r.t.Context(), "SELECT * FROM "+table)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		r.t.Fatal(err)
	}
	out := []string{}
	for rows.Next() {
		cells, text := make([]any, len(columns)), make([]string, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			r.t.Fatal(err)
		}
		for i := range cells {
			cell := *cells[i].(*any)
			if raw, ok := cell.([]byte); ok {
				cell = string(raw)
			}
			text[i] = fmt.Sprint(cell)
		}
		out = append(out, strings.Join(text, " "))
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
