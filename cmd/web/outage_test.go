package main

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

// asking asks one name again and again, as the world does, and remembers what
// was wrong.
type asking struct {
	answered, silent, wrong atomic.Int64
	longest                 time.Duration // between two answers; read it after stop
	cancel                  context.CancelFunc
	ended                   chan struct{}

	mu   sync.Mutex
	open map[net.Conn]bool // of queries that may still be answered
}

// keepAsking asks server for a TXT record until stop is called.
func keepAsking(t *testing.T, server, name string) *asking {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a := &asking{cancel: cancel, ended: make(chan struct{}), open: map[net.Conn]bool{}}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeTXT)
	go func() {
		defer close(a.ended)
		last := time.Now()
		for ctx.Err() == nil {
			m := a.exchange(server, q)
			switch {
			case m == nil:
				<-time.After(time.Millisecond) // leave the processor to a server that is starting
				continue
			case m.Rcode != dns.RcodeSuccess || !strings.HasPrefix(recordOf(m), "v=TLSRPTv1"):
				a.wrong.Add(1)
				t.Errorf("answered %s %s", dns.RcodeToString[m.Rcode], recordOf(m))
			}
			a.answered.Add(1)
			a.longest = max(a.longest, time.Since(last))
			last = time.Now()
		}
	}()
	t.Cleanup(a.forget)
	t.Cleanup(a.stop)
	return a
}

// exchange asks once and gives the answer, or nil when none came soon. One that
// comes late is no lost one: the machine may be busy.
func (a *asking) exchange(server string, q *dns.Msg) *dns.Msg {
	conn, err := dns.DialTimeout("udp", server, hang)
	if err == nil {
		err = conn.WriteMsg(q)
	}
	if err != nil {
		a.silent.Add(1)
		return nil
	}
	conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	m, err := conn.ReadMsg()
	if err == nil {
		conn.Close()
		return m
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		conn.Close()
		a.silent.Add(1)
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[conn] = true
	go a.awaitLate(conn)
	return nil
}

// awaitLate waits for an answer until it is forgotten.
func (a *asking) awaitLate(conn *dns.Conn) {
	conn.SetReadDeadline(time.Now().Add(hang))
	_, err := conn.ReadMsg()
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil && a.open[conn] {
		a.silent.Add(1)
	}
	delete(a.open, conn)
	conn.Close()
}

// forget gives up the queries that have no answer yet: whom they were sent to
// is gone.
func (a *asking) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for conn := range a.open {
		delete(a.open, conn)
		conn.Close()
	}
}

func (a *asking) noneOpen() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.open) == 0
}

// more waits for n further answers, of which none may be missing.
func (a *asking) more(t *testing.T, when string, n int64) {
	t.Helper()
	eventually(t, "the end of what was asked before", a.noneOpen)
	want, silent := a.answered.Load()+n, a.silent.Load()
	eventually(t, "answers "+when, func() bool { return a.answered.Load() >= want && a.noneOpen() })
	if lost := a.silent.Load() - silent; lost > 0 {
		t.Errorf("%s: %d queries were not answered", when, lost)
	}
}

func (a *asking) stop() {
	a.cancel()
	<-a.ended
}

// fixed gives a program ports that outlive it.
func fixed(t *testing.T, settings map[string]string) map[string]string {
	t.Helper()
	settings["DNS_RRL"] = "0" // the queries of the test come from one address
	for _, key := range []string{"DNS_ADDR", "HTTP_ADDR"} {
		settings[key] = "127.0.0.1:" + unusedPort(t)
	}
	return settings
}

func httpStatus(url string) int {
	res, err := http.Get(url)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// TestNamesWithoutSQLite: while the database file is locked, and after a kill
// while it cannot even be opened, DNS answers; the rest comes when the file does.
func TestNamesWithoutSQLite(t *testing.T) {
	t.Parallel()
	if os.Getenv(testkit.PostgresEnv) != "" {
		t.Skip("about SQLite")
	}
	w := newWorld(t)
	settings := fixed(t, w.environment(t))
	path := strings.TrimPrefix(settings["DATABASE_URL"], "sqlite:")
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	target := targetAt("example.test", b.addDomain("example.test"))
	names := keepAsking(t, settings["DNS_ADDR"], target)
	names.more(t, "at first", 100)
	unlock := lockSQLite(t, path, "BEGIN EXCLUSIVE")
	names.more(t, "while the database is locked", 300)
	unlock()
	eventually(t, "the snapshot is written", func() bool { return fileHolds(settings["ZONE_SNAPSHOT"], target) })
	p.kill()

	unlock = lockSQLite(t, path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
	p = launch(t, settings)
	names.again(t, "after a start with a locked file")
	if code := httpStatus("http://" + settings["HTTP_ADDR"] + "/readyz"); code == http.StatusOK {
		t.Error("ready without a database")
	}
	p.kill()
	unlock()

	good := spoil(t, path)
	launch(t, settings)
	names.again(t, "after a start with a spoilt file")
	good()
	eventually(t, "the rest comes back", func() bool { return httpStatus("http://"+settings["HTTP_ADDR"]+"/readyz") == http.StatusOK })
	second := targetAt("example.org", b.addDomain("example.org"))
	if got := recordOf(ask(t, "udp", settings["DNS_ADDR"], second, dns.TypeTXT)); !strings.HasPrefix(got, "v=TLSRPTv1") {
		t.Errorf("a new domain is answered %q", got)
	}
	names.stop()
	t.Logf("%d answers, none wrong; the longest gap was %s", names.answered.Load(), names.longest.Round(time.Millisecond))
}

// again waits for answers after a time in which there may be none.
func (a *asking) again(t *testing.T, when string) {
	t.Helper()
	stale := a.answered.Load() + 1 // the last one before may be on its way to be counted
	eventually(t, "an answer "+when, func() bool { return a.answered.Load() > stale })
	a.forget()
	a.more(t, when, 300)
}

func lockSQLite(t *testing.T, path, statement string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Error(err)
		}
		db.Close()
	}
}

// spoil makes a database file unreadable, and gives what mends it.
func spoil(t *testing.T, path string) (mend func()) {
	t.Helper()
	if err := os.Rename(path, path+".good"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(path+".good", path); err != nil {
			t.Error(err)
		}
	}
}

func targetAt(domain, token string) string {
	return domain + "._smtp._tls." + token + ".tls.sealpost.test"
}

func fileHolds(path, text string) bool {
	data, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(data), text)
}
