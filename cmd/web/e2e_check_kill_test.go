//go:build e2e

package main

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

// TestE2EKilledInMidCheck: a process is killed while it waits for the answer
// of a domain's server. Nobody asks again before its claim has ended, then the
// other process does, and the check is stored once (G39). One process at a time
// serves from SQLite: the other is started after the kill, and knows that no
// claim holds.
func TestE2EKilledInMidCheck(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite3", "pgx"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 1)
			source := h.settings["DATABASE_URL"]
			if engine == "sqlite3" {
				source = filepath.Join(t.TempDir(), "a.db")
				h.settings["DATABASE_URL"] = "sqlite:" + source
			}
			name := h.domains[0]
			asked := make(chan time.Time, 100)
			right := "_smtp._tls." + name + `. 300 TXT "v=TLSRPTv1; rua=mailto:old@` + name + `"`
			h.server.Set("_smtp._tls."+name, dns.TypeTXT, testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
				first := len(asked) == 0
				asked <- time.Now()
				if first {
					return nil // it waits, and is killed
				}
				return answerWith(t, q, right)
			}})

			first := startProgram(t, h.settings)
			person := newBrowser(t, first.pages, "http://localhost:8080")
			person.signUp("ada@example.test")
			h.register(person, h.domains)
			eventually(t, "the check is under way", func() bool { return len(asked) > 0 })
			claim := readClaim(t, engine, source)
			var second *program
			if engine == "pgx" {
				second = startProgram(t, h.settings)
			}
			first.kill()
			if claim.checks != 0 || claim.by == "" {
				t.Fatalf("killed too late: %+v", claim)
			}
			ask(t, "udp", h.server.Addr, name, dns.TypeSOA) // behind whatever was asked before the kill
			before := len(asked)
			if second == nil {
				startProgram(t, h.settings)
			}
			eventually(t, "another process has made the check", func() bool { return readClaim(t, engine, source).checks == 1 })
			if after := readClaim(t, engine, source); after.by != "" {
				t.Errorf("the claim is still held by %q", after.by)
			}
			for range before {
				<-asked
			}
			if again := <-asked; engine == "pgx" && again.Before(claim.until) {
				t.Errorf("asked again %s before the end of the claim", claim.until.Sub(again))
			}
			if n := len(asked); n != 0 {
				t.Errorf("%d questions more than one check has", n)
			}
		})
	}
}

// claimOf is who checks the only domain of a database.
type claimOf struct {
	by     string
	until  time.Time
	checks int
}

func readClaim(t *testing.T, engine, source string) claimOf {
	t.Helper()
	db, err := sql.Open(engine, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var c claimOf
	var until sql.NullTime
	if err := db.QueryRowContext(t.Context(), "SELECT claimed_by, claimed_until, checks FROM domains").Scan(&c.by, &until, &c.checks); err != nil {
		t.Fatal(err)
	}
	c.until = until.Time
	return c
}

// answerWith answers q with authority.
func answerWith(t *testing.T, q *dns.Msg, line string) *dns.Msg {
	rr, err := dns.NewRR(line)
	if err != nil {
		t.Error(err)
		return nil
	}
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	m.Answer = []dns.RR{rr}
	return m
}
