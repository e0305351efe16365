//go:build e2e

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestE2ESyncBeforeReply watches the program's system calls under load: every
// 250 that ends a message and every 201 is written after a sync of the journal
// has returned that began when the message was in it (G2). A kill cannot show
// that, because what was written survives it without any sync.
func TestE2ESyncBeforeReply(t *testing.T) {
	t.Parallel()
	strace := require(t, "/usr/bin/strace")
	w := newWorld(t, "example.test")
	settings := w.environment(t)
	settings["DATABASE_URL"] = "sqlite:" + filepath.Join(t.TempDir(), "sealpost.db")
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	address := b.addDomain("example.test") + "@rpt.tls.sealpost.test"
	secret := strings.TrimSpace(testID(b.get("/domains/example.test/settings"), "post-url").Text())
	url := "http://" + p.pages + strings.TrimPrefix(secret, "http://localhost:8080")

	trace := filepath.Join(t.TempDir(), "trace")
	watcher := exec.Command(strace, "-f", "-y", "-xx", "-s", "8192", "-o", trace,
		"-e", "trace=read,write,pwrite64,fsync,fdatasync", "-p", fmt.Sprint(p.cmd.Process.Pid))
	watcher.Stderr = t.Output()
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "strace watches", func() bool { return traced(p.cmd.Process.Pid) })

	const mails, posts = 300, 100
	var g errgroup.Group
	g.SetLimit(10)
	var marks []mark
	for i := range mails {
		from := fmt.Sprintf("mark-%06d@reporter.test", i)
		marks = append(marks, mark{text: from, stored: from, reply: "250 2.0.0 stored"})
		mail := w.mail(t, address, report("example.test", fmt.Sprint("m", i), "2026-03-01", 1, 0))
		g.Go(func() error { return deliverClear(p.mail, from, address, mail) })
	}
	for i := range posts {
		id := fmt.Sprintf("post-%06d", i)
		body := mustEncode(t, report("example.test", id, "2026-03-02", 1, 0))
		hash := sha256.Sum256(body)
		marks = append(marks, mark{text: id, stored: string(hash[:]), reply: "HTTP/1.1 201"})
		g.Go(func() error { return postAlone(url, body) })
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	p.kill()
	watcher.Wait() // it ends with the program, and gives its exit code
	calls := readTrace(t, trace)
	for _, m := range marks {
		if err := m.proven(calls); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d calls, %d messages", len(calls), len(marks))
}

// deliverClear hands a message over without TLS, so that the trace can be read.
func deliverClear(server, from, to string, message []byte) error {
	client, err := smtp.Dial(server)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := errors.Join(client.Mail(from), client.Rcpt(to)); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(message); err != nil {
		return err
	}
	return data.Close()
}

// postAlone posts on a connection of its own, so that what is read on it
// belongs to one request.
func postAlone(url string, body []byte) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Post(url, "application/tlsrpt+json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("a POST was answered %d", res.StatusCode)
	}
	return nil
}

// traced says whether a process is being watched.
func traced(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && !bytes.Contains(status, []byte("TracerPid:\t0\n"))
}

// sysCall is one system call: the lines of the trace where it began and returned.
type sysCall struct {
	name, file string // file is what the descriptor stands for
	data       string
	began      int
	returned   int
	failed     bool
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*)>(?:, "([^"]*)")?`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(?:"([^"]*)")?`)
)

// readTrace joins the two halves of calls that others have interrupted. strace
// writes its lines in the order in which it stops the threads: a call that
// returned on an earlier line than another began has happened before it.
func readTrace(t *testing.T, path string) []sysCall {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var calls []sysCall
	open := map[string]int{} // by thread: the call that has not returned
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		failed := strings.Contains(line, ") = -1 ")
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			i, ok := open[m[1]]
			if !ok {
				continue
			}
			delete(open, m[1])
			calls[i].returned, calls[i].failed = n, failed
			calls[i].data += unhex(m[3])
			continue
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		calls = append(calls, sysCall{name: m[2], file: unhex(m[3]), data: unhex(m[4]), began: n, returned: n, failed: failed})
		if strings.HasSuffix(line, "<unfinished ...>") {
			open[m[1]] = len(calls) - 1
		}
	}
	for _, i := range open {
		calls[i].failed = true // the kill came first
	}
	return calls
}

// unhex reads what strace -xx writes.
func unhex(text string) string {
	if !strings.HasPrefix(text, `\x`) {
		return text
	}
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return text
	}
	return string(b)
}

// mark is what tells one message from all others, on its way in and in the
// journal, and how it is answered.
type mark struct{ text, stored, reply string }

// proven finds the reply to the message, the write that brought it into the
// journal, and a sync between the two.
func (m mark) proven(calls []sysCall) error {
	arrived, written, synced := -1, -1, false
	socket := ""
	for i, c := range calls {
		switch {
		case c.failed:
		case arrived < 0 && c.name == "read" && strings.Contains(c.data, m.text):
			arrived, socket = i, c.file
		case arrived >= 0 && written < 0 && c.name == "pwrite64" && strings.HasSuffix(c.file, "-wal") && strings.Contains(c.data, m.stored):
			written = i
		case written >= 0 && isSync(c) && c.began > calls[written].returned:
			synced = synced || !m.repliedBefore(calls, socket, arrived, c.returned)
		}
		if arrived >= 0 && c.name == "write" && c.file == socket && strings.Contains(c.data, m.reply) {
			if !synced {
				return fmt.Errorf("%s is answered (line %d) before it is synced; it came on line %d", m.text, c.began+1, calls[arrived].began+1)
			}
			return nil
		}
	}
	return fmt.Errorf("the trace does not show that %s arrived and was answered", m.text)
}

func isSync(c sysCall) bool {
	return (c.name == "fdatasync" || c.name == "fsync") && strings.HasSuffix(c.file, "-wal")
}

// repliedBefore says whether the reply began before a line of the trace.
func (m mark) repliedBefore(calls []sysCall, socket string, arrived, line int) bool {
	for _, c := range calls[arrived:] {
		if c.began > line {
			return false
		}
		if c.name == "write" && c.file == socket && strings.Contains(c.data, m.reply) {
			return true
		}
	}
	return false
}
