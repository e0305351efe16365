//go:build e2e

package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestE2EDiskFull: on a full disk senders are told to come back, names and
// pages go on being answered, a banner says why nothing arrives, and all goes
// on by itself when there is room (G4). It is tried with a reserve, which is
// looked after in advance, and without one, where a commit fails.
func TestE2EDiskFull(t *testing.T) {
	t.Parallel()
	for _, reserve := range []string{"8388608", "0"} {
		t.Run("reserve "+reserve, func(t *testing.T) {
			t.Parallel()
			f := newFullDisk(t, reserve)
			if code := f.mail("before"); code != 250 {
				t.Fatalf("with room a mail is answered %d", code)
			}
			remove := f.fill()
			f.awaitMail("mail is put off", 452)
			eventually(t, "a POST is put off", func() bool { return f.post("during") == http.StatusServiceUnavailable })
			eventually(t, "a banner shows", func() bool { f.mail("during"); return f.banner() })
			if a := ask(t, "udp", f.program.dns, f.name, dns.TypeTXT); len(a.Answer) != 1 {
				t.Errorf("on a full disk the name server says\n%s", a)
			}
			for _, page := range []string{"/overview", "/deliveries", "/domains/example.test", "/healthz"} {
				f.browser.get(page)
			}
			remove()
			began := time.Now()
			f.awaitMail("mail is taken again", 250)
			t.Logf("mail is taken %s after there is room", time.Since(began).Round(time.Millisecond))
			eventually(t, "the banner is gone", func() bool { return !f.banner() })
			if code := f.post("after"); code != http.StatusCreated {
				t.Errorf("afterwards a POST is answered %d", code)
			}
			f.checkRows()
		})
	}
}

type fullDisk struct {
	*siege
	browser       *browser
	dir           string
	name, address string // what is served for the domain
	url           string
	accepted      int
	tries         int
}

func newFullDisk(t *testing.T, reserve string) *fullDisk {
	t.Helper()
	f := &fullDisk{dir: t.TempDir()}
	if err := syscall.Mount("tmpfs", f.dir, "tmpfs", 0, "size=48m"); err != nil {
		refuse(t, "a small disk cannot be mounted: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(f.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	f.siege = &siege{t: t, world: newWorld(t, "example.test")}
	f.settings = f.world.environment(t)
	f.settings["DATABASE_URL"] = "sqlite:" + filepath.Join(f.dir, "sealpost.db")
	f.settings["LIMIT_FREE_BYTES"] = reserve
	f.program = startProgram(t, f.settings)
	f.browser = newBrowser(t, f.program.pages, "http://localhost:8080")
	f.browser.signUp("ada@example.test")
	token := f.browser.addDomain("example.test")
	f.name, f.address = "example.test._smtp._tls."+token+".tls.sealpost.test", token+"@rpt.tls.sealpost.test"
	secret := testID(f.browser.get("/domains/example.test/settings"), "post-url").Text()
	f.url = "http://" + f.program.pages + strings.TrimPrefix(strings.TrimSpace(secret), "http://localhost:8080")
	return f
}

// fill takes all the room there is until remove is called.
func (f *fullDisk) fill() (remove func()) {
	f.t.Helper()
	path := filepath.Join(f.dir, "filler")
	file, err := os.Create(path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		f.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			f.t.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// mail sends a report with much that cannot be compressed, and gives the code
// of the reply that decided.
func (f *fullDisk) mail(when string) int {
	f.t.Helper()
	f.tries++
	r := report("example.test", fmt.Sprint(when, f.tries), "2026-03-01", 1, 0)
	noise := make([]byte, 100_000)
	rand.Read(noise)
	r.Contact = fmt.Sprintf("%x", noise)
	err := sendMail(stringAddr(f.program.mail), f.address, f.world.mail(f.t, f.address, r))
	var reply *textproto.Error
	switch {
	case err == nil:
		f.accepted++
		return 250
	case errors.As(err, &reply):
		if reply.Code == 452 && !strings.HasPrefix(reply.Msg, "4.3.1 ") {
			f.t.Errorf("452 with %q", reply.Msg)
		}
		return reply.Code
	default:
		f.t.Fatal(err)
		return 0
	}
}

type stringAddr string

func (stringAddr) Network() string  { return "tcp" }
func (a stringAddr) String() string { return string(a) }

func (f *fullDisk) awaitMail(what string, code int) {
	f.t.Helper()
	eventually(f.t, what, func() bool {
		got := f.mail("some")
		if got != 250 && got != 452 {
			f.t.Fatalf("a mail is answered %d", got)
		}
		return got == code
	})
}

func (f *fullDisk) post(when string) int {
	f.t.Helper()
	f.tries++
	noise := make([]byte, 100_000)
	rand.Read(noise)
	res, err := http.Post(f.url, "application/tlsrpt+gzip", bytes.NewReader(noise))
	if err != nil {
		f.t.Fatal(err)
	}
	res.Body.Close()
	retry, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	switch {
	case res.StatusCode == http.StatusCreated:
		f.accepted++
	case res.StatusCode != http.StatusServiceUnavailable || retry < 60 || retry > 900:
		f.t.Errorf("%s: %d, Retry-After %d", when, res.StatusCode, retry)
	}
	return res.StatusCode
}

func (f *fullDisk) banner() bool {
	return testID(f.browser.get("/overview"), "storage-full").Length() == 1
}

// checkRows: what was accepted is there, whole, and nothing else.
func (f *fullDisk) checkRows() {
	f.t.Helper()
	db := f.database(f.settings["DATABASE_URL"])
	if n := number(f.t, db, "SELECT count(*) FROM deliveries"); n != f.accepted {
		f.t.Errorf("%d deliveries are stored, %d were accepted", n, f.accepted)
	}
	f.program.kill()
	f.checkIntegrity()
}
