//go:build e2e

package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/dns"
)

// smallDisk mounts a disk of a few megabytes until the test ends.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		refuse(t, "a small disk cannot be mounted: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestE2ENamesOnAFullDisk: when the disk of the snapshot is full, names are
// answered and new ones too, a node that is killed starts again, and the file
// there is stays whole until a newer one has room. When the database is on that
// disk as well, a node that starts answers what was known.
func TestE2ENamesOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		t.Run("database on it: "+strconv.FormatBool(all), func(t *testing.T) {
			t.Parallel()
			dir := smallDisk(t, "24m")
			settings := fixed(t, newWorld(t).environment(t))
			settings["ZONE_SNAPSHOT"] = filepath.Join(dir, "zone.snapshot")
			settings["LIMIT_FREE_BYTES"] = "0"
			if all {
				settings["DATABASE_URL"] = "sqlite:" + filepath.Join(dir, "sealpost.db")
			}
			p := startProgram(t, settings)
			b := newBrowser(t, p.pages, "http://localhost:8080")
			b.signUp("ada@example.test")
			target := targetAt("example.test", b.addDomain("example.test"))
			names := keepAsking(t, settings["DNS_ADDR"], target)
			names.more(t, "at first", 100)
			eventually(t, "the snapshot is written", func() bool { return fileHolds(settings["ZONE_SNAPSHOT"], target) })
			remove := (&fullDisk{siege: &siege{t: t}, dir: dir}).fill()
			second := ""
			if !all {
				second = targetAt("example.org", b.addDomain("example.org"))
				eventually(t, "a new name is served", func() bool { return recordOf(ask(t, "udp", settings["DNS_ADDR"], second, dns.TypeTXT)) != "" })
			}
			names.more(t, "on a full disk", 500)
			if !fileHolds(settings["ZONE_SNAPSHOT"], "; end of zone") || !fileHolds(settings["ZONE_SNAPSHOT"], target) {
				t.Error("the snapshot is not whole")
			}
			p.kill()
			launch(t, settings)
			names.again(t, "after a start on a full disk")
			remove()
			eventually(t, "the rest comes back", func() bool { return httpStatus("http://"+settings["HTTP_ADDR"]+"/readyz") == 200 })
			eventually(t, "the snapshot follows", func() bool { return fileHolds(settings["ZONE_SNAPSHOT"], second) })
			if left, _ := filepath.Glob(filepath.Join(dir, ".zone-*")); len(left) > 0 {
				t.Error("left behind:", left)
			}
			names.stop()
			t.Logf("%d answers, none wrong; the longest gap was %s", names.answered.Load(), names.longest)
		})
	}
}

// TestE2ENamesWithAHangingDatabase: PostgreSQL takes connections and never
// answers, first because a table is locked, then because it does not run on.
// Names are answered; a node that is killed meanwhile answers from its snapshot,
// and the rest of it comes with the database.
func TestE2ENamesWithAHangingDatabase(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	postgres := c.server()
	if err := postgres.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		signalFamily(t, postgres.Process.Pid, syscall.SIGCONT)
		postgres.Process.Signal(syscall.SIGQUIT)
		postgres.Wait()
	})
	c.await(t)
	settings := fixed(t, newWorld(t).environment(t))
	settings["DATABASE_URL"] = c.url
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	target := targetAt("example.test", b.addDomain("example.test"))
	names := keepAsking(t, settings["DNS_ADDR"], target)
	names.more(t, "at first", 100)
	eventually(t, "the snapshot is written", func() bool { return fileHolds(settings["ZONE_SNAPSHOT"], target) })

	unlock := lockZone(t, c.url)
	names.more(t, "while the tables of the zone are locked", 500)
	unlock()

	signalFamily(t, postgres.Process.Pid, syscall.SIGSTOP)
	names.more(t, "while the database hangs", 500)
	p.kill()
	launch(t, settings)
	names.again(t, "after a start with a database that hangs")
	signalFamily(t, postgres.Process.Pid, syscall.SIGCONT)
	eventually(t, "the rest comes back", func() bool { return httpStatus("http://"+settings["HTTP_ADDR"]+"/readyz") == 200 })
	second := targetAt("example.org", b.addDomain("example.org"))
	if got := recordOf(ask(t, "udp", settings["DNS_ADDR"], second, dns.TypeTXT)); !strings.HasPrefix(got, "v=TLSRPTv1") {
		t.Errorf("a new domain is answered %q", got)
	}
	names.stop()
	t.Logf("%d answers, none wrong; the longest gap was %s", names.answered.Load(), names.longest)
}

// lockZone keeps everybody from reading what the zone is made of.
func lockZone(t *testing.T, url string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = tx.Exec("LOCK TABLE zone_sequence, zone_changes, domains IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		tx.Rollback()
		db.Close()
	}
}

// signalFamily sends a signal to a process and then to its children.
func signalFamily(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		t.Error(err)
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, err := strconv.Atoi(strings.Split(path, "/")[2])
			if err == nil {
				syscall.Kill(child, signal)
			}
		}
	}
}
