//go:build e2e

package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

// TestE2ETwoProcesses: two processes on one PostgreSQL database share the work.
// No check runs twice, each answers DNS for what was added on the other, and
// when the one that leads is killed the other goes on within the lease.
func TestE2ETwoProcesses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 24)
	a, b := h.startBoth(t)
	first, second := newBrowser(t, a.pages, "http://localhost:8080"), newBrowser(t, b.pages, "http://localhost:8080")
	first.signUp("ada@example.test")
	second.submit("/login", url.Values{"email": {"ada@example.test"}, "password": {"correct horse battery"}})

	h.register(first, h.domains[:10])
	h.register(second, h.domains[10:20])
	added := time.Now()
	for i, name := range h.domains[:20] {
		other := []*program{b, a}[i/10]
		h.awaitAnswer(t, other, first.targetOf(name))
	}
	t.Logf("each answers for all that was added on the other %s after the last was", time.Since(added).Round(time.Millisecond))
	eventually(t, "every domain is checked, and that is stored", func() bool { return h.checked() == 20 && h.stored(t) == 20 })

	leader, survivor, person := a, b, second
	if h.leader(t) == b.cmd.Process.Pid {
		leader, survivor, person = b, a, first
	}
	leader.kill()
	killed := time.Now()
	h.register(person, h.domains[20:])
	eventually(t, "the checks go on", func() bool { return h.checked() == len(h.domains) && h.stored(t) == len(h.domains) })
	t.Logf("the checks of the process that is left went on within %s of the kill", time.Since(killed).Round(time.Millisecond))
	if got := h.leader(t); got != survivor.cmd.Process.Pid {
		t.Errorf("process %d leads, want %d", got, survivor.cmd.Process.Pid)
	}
	h.awaitAnswer(t, survivor, person.targetOf(h.domains[20]))
	for name, times := range h.checks() {
		if times != 1 {
			t.Errorf("%s was checked %d times", name, times)
		}
	}
}

// house is what the two processes share: the database and the world outside.
type house struct {
	world    *world
	server   *testkit.DNS // of all the domains, on port 53 of an address of its own
	settings map[string]string
	domains  []string
}

func newHouse(t *testing.T, domains int) *house {
	t.Helper()
	h := &house{}
	for i := range domains {
		h.domains = append(h.domains, fmt.Sprintf("d%02d.test", i))
	}
	if os.Getuid() != 0 {
		refuse(t, "the name server of the domains needs port 53, which is for root")
	}
	h.world = newWorld(t, h.domains...)
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), 1+rand.IntN(250), 1+rand.IntN(250))
	h.server = testkit.NewDNS(t, host+":53")
	for _, d := range h.domains {
		h.world.resolver.Set("ns1."+d, dns.TypeA, testkit.Answer{RR: []string{"ns1." + d + ". 300 A " + host}})
		h.server.Zone(d)
		h.server.Add(t, d+". 300 NS ns1."+d+".", "_smtp._tls."+d+`. 300 TXT "v=TLSRPTv1; rua=mailto:old@`+d+`"`)
	}
	h.settings = h.world.environment(t)
	h.settings["DATABASE_URL"] = postgres(t)
	// One check for each domain is all that the test may see.
	h.settings["CHECK_MIN_INTERVAL"] = "6h"
	return h
}

// startBoth starts two processes at once on an empty database.
func (h *house) startBoth(t *testing.T) (a, b *program) {
	t.Helper()
	var both sync.WaitGroup
	both.Go(func() { a = startProgram(t, h.settings) })
	both.Go(func() { b = startProgram(t, h.settings) })
	both.Wait()
	if a == nil || b == nil {
		t.Fatal("one of the processes did not start")
	}
	return a, b
}

// register adds domains without looking at their setup, which would have them
// checked once more.
func (h *house) register(b *browser, domains []string) {
	b.t.Helper()
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	direct := &browser{t: b.t, client: &client, addr: b.addr, origin: b.origin}
	for _, name := range domains {
		form := url.Values{"name": {name}}.Encode()
		if code, _ := direct.do(http.MethodPost, "/domains/new", strings.NewReader(form), "application/x-www-form-urlencoded"); code != http.StatusSeeOther {
			b.t.Fatalf("adding %s is answered %d", name, code)
		}
	}
}

// targetOf is where the CNAME of a domain must point to.
func (b *browser) targetOf(name string) string {
	b.t.Helper()
	token, _, _ := strings.Cut(testID(b.get("/domains/"+name+"/settings"), "rua").Text(), "@")
	return name + "._smtp._tls." + strings.TrimSpace(token) + ".tls.sealpost.test"
}

func (h *house) awaitAnswer(t *testing.T, p *program, target string) {
	t.Helper()
	eventually(t, target+" resolves", func() bool {
		return strings.HasPrefix(recordOf(ask(t, "udp", p.dns, target, dns.TypeTXT)), "v=TLSRPTv1")
	})
}

// checks counts how often each domain was checked: each check asks for one
// random name beside the record, and no two for the same.
func (h *house) checks() map[string]int {
	names := map[string]bool{}
	for _, q := range h.server.Asked() {
		names[q.Name] = true
	}
	times := map[string]int{}
	for name := range names {
		label, rest, _ := strings.Cut(name, "._tls.")
		if rest != "" && label != "_smtp" {
			times[strings.TrimSuffix(rest, ".")]++
		}
	}
	return times
}

func (h *house) checked() int { return len(h.checks()) }

// stored counts the domains with the outcome of a check: one that was asked for
// only, by a process that is killed then, is checked again.
func (h *house) stored(t *testing.T) (domains int) {
	t.Helper()
	db, err := sql.Open("pgx", h.settings["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM domains WHERE checks > 0 AND claimed_by = ''").Scan(&domains); err != nil {
		t.Fatal(err)
	}
	return domains
}

// leader is the process that holds the lease of the jobs.
func (h *house) leader(t *testing.T) int {
	t.Helper()
	db, err := sql.Open("pgx", h.settings["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var holder string
	if err := db.QueryRowContext(context.Background(), "SELECT holder FROM leases WHERE name = 'jobs'").Scan(&holder); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(holder, "-") // host, process, random; a host's name may hold more of them
	pid, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		t.Fatalf("the holder %q names no process", holder)
	}
	return pid
}

// postgres is the address of a database of the test's own: on the server that
// the tests are given, or else on one that it starts.
func postgres(t *testing.T) string {
	t.Helper()
	if os.Getenv(testkit.PostgresEnv) != "" {
		return testkit.DatabaseURL(t)
	}
	c := newCluster(t)
	part(t, c.server())
	c.await(t)
	return c.url
}

func credential(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
