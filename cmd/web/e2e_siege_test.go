//go:build e2e

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// siege is a program under load from two sides: a real mail server that keeps
// what it cannot deliver, and a poster that sends again what was not answered.
// Each report is about one session, so that the sums tell what is lost or
// counted twice.
type siege struct {
	t        *testing.T
	world    *world
	settings map[string]string
	program  *program
	queue    string // Postfix's folder of what it still has to deliver
	relay    string
	targets  []target

	mu   sync.Mutex
	sent map[string]bool // ids of the reports that somebody has taken responsibility for
}

// target is a domain as senders know it.
type target struct{ name, address, url string }

// patient makes Postfix try again within seconds and never think a server dead.
// Postfix leaves a message alone for good that it picks up while the attempt
// before is still putting it back, so it waits longer than that can take.
const patient = `queue_run_delay = 2s
minimal_backoff_time = 3s
maximal_backoff_time = 4s
transport_retry_time = 1s
smtp_destination_concurrency_failed_cohort_limit = 0
smtp_helo_timeout = 10s
`

func newSiege(t *testing.T, settings ...string) *siege {
	t.Helper()
	postfix := require(t, "/usr/sbin/postfix")
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("d%02d.test", i))
	}
	s := &siege{t: t, world: newWorld(t, names...), sent: map[string]bool{}}
	s.settings = s.world.environment(t)
	s.settings["SMTP_ADDR"] = "127.0.0.1:" + unusedPort(t)
	s.settings["HTTP_ADDR"] = "127.0.0.1:" + unusedPort(t)
	s.settings["LIMIT_TOKEN_DELIVERIES"] = "1000000" // a day of 500 kills brings more than quotas allow
	s.settings["LIMIT_TOKEN_BYTES"] = "1000000000000"
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		s.settings[name] = value
	}
	s.program = startProgram(t, s.settings)
	b := newBrowser(t, s.program.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	for _, name := range names {
		token := b.addDomain(name)
		secret := strings.TrimSpace(testID(b.get("/domains/"+name+"/settings"), "post-url").Text())
		s.targets = append(s.targets, target{
			name: name, address: token + "@rpt.tls.sealpost.test",
			url: "http://" + s.program.pages + strings.TrimPrefix(secret, "http://localhost:8080"),
		})
	}
	s.relay, s.queue = startPostfix(t, postfix, "rpt.tls.sealpost.test", s.settings["SMTP_ADDR"], patient)
	return s
}

// send has count reports delivered, three of four by mail, and returns when
// the mail server and the poster have taken or placed them all.
func (s *siege) send(first, count int) {
	var g errgroup.Group
	g.SetLimit(6)
	for i := first; i < first+count; i++ {
		g.Go(func() error {
			id := fmt.Sprintf("r%06d", i)
			target := s.targets[i%len(s.targets)]
			r := report(target.name, id, yesterday(), 1, 0)
			if i%4 == 0 {
				s.post(target.url, mustEncode(s.t, r))
			} else if err := deliver(context.Background(), s.relay, "tlsrpt@reporter.test", target.address, s.world.mail(s.t, target.address, r)); err != nil {
				return err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sent[id] = true
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		s.t.Error(err)
	}
}

// post sends a report until it is answered 201, or 200 when it is known already.
func (s *siege) post(url string, body []byte) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(hang)
	for time.Now().Before(deadline) {
		res, err := http.Post(url, "application/tlsrpt+json", bytes.NewReader(body))
		if err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode < 300 {
				return
			}
		}
		<-tick.C
	}
	s.t.Error("a POST was never taken")
}

// restart starts the program again at its old addresses.
func (s *siege) restart() {
	s.t.Helper()
	s.program = startProgram(s.t, s.settings)
}

// settle waits until Postfix has delivered everything and all of it is read. It
// gives up when nothing has moved for a while.
func (s *siege) settle() {
	s.t.Helper()
	db := s.database(s.settings["DATABASE_URL"])
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	state, moved := "", time.Now()
	for {
		queued, pending := s.queued(), number(s.t, db, "SELECT count(*) FROM deliveries WHERE state = 'pending'")
		if queued+pending == 0 {
			return
		}
		now := fmt.Sprint(queued, pending, number(s.t, db, "SELECT count(*) FROM reports"))
		if now != state {
			state, moved = now, time.Now()
		}
		if time.Since(moved) > hang {
			s.t.Fatalf("%d messages stay in the queue, %d deliveries pending", queued, pending)
		}
		<-tick.C
	}
}

// queued counts the messages that Postfix has.
func (s *siege) queued() int {
	n := 0
	for _, kind := range []string{"maildrop", "incoming", "active", "deferred"} {
		filepath.WalkDir(filepath.Join(s.queue, kind), func(_ string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				n++
			}
			return nil // a message that moves on meanwhile is found elsewhere, or at the next look
		})
	}
	return n
}

// database opens a database beside the program.
func (s *siege) database(url string) *sql.DB {
	s.t.Helper()
	driver, source := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite3", "file:"+path+"?_busy_timeout=10000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

func number(t *testing.T, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// checkIntegrity looks at a copy of the database as the end of the program has
// left it, so that the program itself recovers the original.
func (s *siege) checkIntegrity() {
	s.t.Helper()
	path, ok := strings.CutPrefix(s.settings["DATABASE_URL"], "sqlite:")
	if !ok {
		return
	}
	dir, err := os.MkdirTemp("", "sealpost-copy-")
	if err != nil {
		s.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil && !os.IsNotExist(err) {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "copy.db"+suffix), data, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "copy.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		s.t.Errorf("integrity_check: %s, %v", verdict, err)
	}
	if n := number(s.t, db, "SELECT count(*) FROM pragma_foreign_key_check"); n > 0 {
		s.t.Errorf("foreign_key_check finds %d rows", n)
	}
	if n := number(s.t, db, "SELECT count(*) FROM deliveries WHERE id NOT IN (SELECT delivery_id FROM delivery_bodies)"); n > 0 {
		s.t.Errorf("%d deliveries are stored by half", n)
	}
}

// tally is what became of all that was sent.
type tally struct{ sent, counted, lost, doubled, again int }

// count compares what was sent with what the database holds in the end.
func (s *siege) count() tally {
	s.t.Helper()
	s.settle()
	db := s.database(s.settings["DATABASE_URL"])
	r := tally{sent: len(s.sent)}
	rows, err := db.QueryContext(context.Background(), "SELECT report_id, count(*) FROM reports WHERE standing = 'counted' GROUP BY report_id")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			s.t.Fatal(err)
		}
		found[id] = true
		r.doubled += n - 1
	}
	for id := range s.sent {
		if !found[id] {
			r.lost++
			s.t.Logf("%s is lost", id)
		}
	}
	r.counted = number(s.t, db, "SELECT coalesce(sum(successful), 0) FROM daily_totals")
	r.again = number(s.t, db, "SELECT count(*) FROM deliveries WHERE state = 'duplicate'")
	if other := number(s.t, db, "SELECT count(*) FROM deliveries WHERE state NOT IN ('counted', 'duplicate')"); other > 0 {
		s.t.Errorf("%d deliveries are neither counted nor duplicates", other)
	}
	if r.lost > 0 || r.doubled > 0 || r.counted != r.sent || len(found) != r.sent {
		s.t.Errorf("%+v, %d different reports", r, len(found))
	}
	return r
}
