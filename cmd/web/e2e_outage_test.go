//go:build e2e

package main

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/dns"
)

// cluster is a PostgreSQL server of a test's own.
type cluster struct {
	tool      func(name string, args ...string) *exec.Cmd
	data, dir string
	port, url string
}

// newCluster makes one that does not run yet.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		refuse(t, "PostgreSQL is not installed; .ci/install installs it")
	}
	c := &cluster{dir: openDir(t), port: unusedPort(t)}
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		giveTo(t, "postgres", c.dir)
		as.Credential = credential(t, "postgres")
	}
	c.tool = func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(found[len(found)-1]), name), args...)
		cmd.Dir, cmd.SysProcAttr = c.dir, as
		return cmd
	}
	c.data = filepath.Join(c.dir, "data")
	c.url = "postgres://postgres@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
	runTool(t, c.tool("initdb", "-D", c.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"))
	return c
}

func (c *cluster) server() *exec.Cmd {
	return c.tool("postgres", "-D", c.data, "-p", c.port, "-k", c.dir, "-c", "listen_addresses=127.0.0.1")
}

func (c *cluster) await(t *testing.T) {
	t.Helper()
	eventually(t, "PostgreSQL answers", func() bool {
		db, err := sql.Open("pgx", c.url)
		if err != nil {
			return false
		}
		defer db.Close()
		return db.PingContext(context.Background()) == nil
	})
}

// TestE2ENamesWithoutPostgreSQL: PostgreSQL is stopped at once under a query
// loop. Every query is answered; a node that is killed meanwhile answers from
// its snapshot when it starts again, and the rest of it comes with the database.
func TestE2ENamesWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	start := func() {
		runTool(t, c.tool("pg_ctl", "-D", c.data, "-w", "-l", c.dir+"/log", "-o", "-p "+c.port+" -k "+c.dir+" -c listen_addresses=127.0.0.1", "start"))
	}
	stop := func() error { return c.tool("pg_ctl", "-D", c.data, "-m", "immediate", "stop").Run() }
	start()
	t.Cleanup(func() { stop() }) // an error when the test has stopped it
	w := newWorld(t)
	settings := fixed(t, w.environment(t))
	settings["DATABASE_URL"] = c.url
	ready := func() bool { return httpStatus("http://"+settings["HTTP_ADDR"]+"/readyz") == http.StatusOK }
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	target := targetAt("example.test", b.addDomain("example.test"))
	names := keepAsking(t, settings["DNS_ADDR"], target)
	names.more(t, "at first", 100)
	eventually(t, "the snapshot is written", func() bool { return fileHolds(settings["ZONE_SNAPSHOT"], target) })

	if err := stop(); err != nil {
		t.Fatal(err)
	}
	names.more(t, "with PostgreSQL stopped", 500)
	if ready() {
		t.Error("ready without a database")
	}
	p.kill()
	launch(t, settings)
	names.again(t, "after a start without PostgreSQL")

	start()
	eventually(t, "the rest comes back", ready)
	second := targetAt("example.org", b.addDomain("example.org"))
	if got := recordOf(ask(t, "udp", settings["DNS_ADDR"], second, dns.TypeTXT)); !strings.HasPrefix(got, "v=TLSRPTv1") {
		t.Errorf("a new domain is answered %q", got)
	}
	names.stop()
	t.Logf("%d answers, none wrong; the longest gap was %s", names.answered.Load(), names.longest)
}
