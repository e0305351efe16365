//go:build e2e

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fromEnvironment is a number of the test that somebody who has more time may set.
func fromEnvironment(t *testing.T, name string, normally int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return normally
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// endRepeatedly ends and restarts the program at random times, and stops when
// it has done so often enough and everything was sent.
func (s *siege) endRepeatedly(times int, end func()) {
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		s.send(0, times*fromEnvironment(s.t, "SEALPOST_KILL_REPORTS", 50))
	}()
	for range times {
		<-time.After(time.Duration(rand.Int64N(int64(2 * time.Second))))
		end()
		s.checkIntegrity()
		s.restart()
	}
	<-sending
}

// TestE2EKillLoop: the program is killed again and again while a real mail
// server and a poster deliver. Nothing that was accepted is lost or counted
// twice (G1, I6), and the database is whole after each kill (G33).
func TestE2EKillLoop(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	kills := fromEnvironment(t, "SEALPOST_KILLS", 20)
	s.endRepeatedly(kills, func() { s.program.kill() })
	t.Logf("%d kills: %+v", kills, s.count())
}

// TestE2ERollingRestarts: the same with SIGTERM. A stop that is asked for
// leaves nobody without an answer, so nothing is even sent again (G42).
func TestE2ERollingRestarts(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	restarts := fromEnvironment(t, "SEALPOST_KILLS", 10)
	longest := time.Duration(0)
	s.endRepeatedly(restarts, func() {
		began := time.Now()
		if err := s.program.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := s.program.cmd.Wait(); err != nil {
			t.Errorf("the program stopped with: %v", err)
		}
		longest = max(longest, time.Since(began))
	})
	r := s.count()
	if r.again > 0 {
		t.Errorf("%d deliveries came twice", r.again)
	}
	if longest > 45*time.Second {
		t.Errorf("a stop took %s", longest)
	}
	t.Logf("%d restarts, the longest stop took %s: %+v", restarts, longest.Round(time.Millisecond), r)
}

// TestE2EOverload: a mail server offers several times what the program takes.
// It is told to come back at once, and in the end everything has arrived once (G41).
func TestE2EOverload(t *testing.T) {
	t.Parallel()
	s := newSiege(t, "LIMIT_SMTP_CONNECTIONS=3")
	s.send(0, 400)
	r := s.count()
	log, err := os.ReadFile(filepath.Join(filepath.Dir(s.queue), "log"))
	if err != nil {
		t.Fatal(err)
	}
	turnedAway := bytes.Count(log, []byte("421 4.3.2"))
	if turnedAway == 0 || r.again > 0 {
		t.Errorf("%d attempts were turned away, %d deliveries came twice", turnedAway, r.again)
	}
	t.Logf("%d attempts were turned away: %+v", turnedAway, r)
}

// TestE2ESecondSignal: while a stop waits for a message, newcomers hear 421. A
// second signal ends the program at once; what was answered 250 is kept.
func TestE2ESecondSignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	settings := w.environment(t)
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	address := b.addDomain("example.test") + "@rpt.tls.sealpost.test"
	if err := deliver(context.Background(), p.mail, "tlsrpt@reporter.test", address, w.mail(t, address, report("example.test", "kept", "2026-03-01", 5, 1))); err != nil {
		t.Fatal(err)
	}
	sending, err := net.Dial("tcp", p.mail)
	if err != nil {
		t.Fatal(err)
	}
	defer sending.Close()
	lines := bufio.NewScanner(sending)
	fmt.Fprintf(sending, "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<%s>\r\nDATA\r\n", address)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "354") {
	}
	fmt.Fprint(sending, "Subject: half\r\n")
	p.cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, "newcomers hear 421", func() bool {
		conn, err := net.Dial("tcp", p.mail)
		if err != nil {
			t.Fatalf("newcomers hear nothing: %v", err)
		}
		defer conn.Close()
		first, _ := bufio.NewReader(conn).ReadString('\n')
		return strings.HasPrefix(first, "421 4.3.2 ")
	})
	p.cmd.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("the program ended with %v", err)
	}
	p = startProgram(t, settings)
	b.addr = p.pages
	eventually(t, "the report is counted", func() bool { s, f, _ := b.day("example.test", "2026-03-01"); return s == 5 && f == 1 })
	if n := testID(b.get("/deliveries"), "delivery-row").Length(); n != 1 {
		t.Errorf("%d deliveries are stored", n)
	}
}
