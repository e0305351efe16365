//go:build e2e

package main

import (
	"math/rand/v2"
	"os"
	"strconv"
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
