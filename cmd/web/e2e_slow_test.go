//go:build e2e

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestE2ESlowClients: slow clients in every phase of a session, from many
// networks, neither keep an honest one waiting nor stay (G7). SEALPOST_SLOW
// says how many they are.
func TestE2ESlowClients(t *testing.T) {
	t.Parallel()
	slow := fromEnvironment(t, "SEALPOST_SLOW", 2000)
	w := newWorld(t, "example.test")
	p := startProgram(t, w.environment(t))
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	address := b.addDomain("example.test") + "@rpt.tls.sealpost.test"
	honest := &honestSender{t: t, world: w, server: p.mail, address: address}
	alone := honest.send(50, nil)

	var crowd sync.WaitGroup
	lives := make([]time.Duration, slow)
	opened := make(chan struct{}, slow)
	for i := range slow {
		crowd.Go(func() { lives[i] = crawl(t, p.mail, address, i, opened) })
	}
	for range slow {
		<-opened
	}
	gone := make(chan struct{})
	go func() { crowd.Wait(); close(gone) }()
	largest := residentMB(t, p)
	within := honest.send(1000, func() bool {
		largest = max(largest, residentMB(t, p))
		select {
		case <-gone:
			return true
		default:
			return false
		}
	})
	select {
	case <-gone:
	case <-time.After(2 * hang):
		t.Fatal("the slow clients stay")
	}
	if largest >= 400 {
		t.Errorf("%d MB are resident", largest)
	}
	slices.Sort(lives)
	t.Logf("%d slow clients, gone after %s (half) and %s (all); %d MB resident", slow, lives[slow/2].Round(time.Second), lives[slow-1].Round(time.Second), largest)
	t.Logf("an honest mail takes %s alone and %s beside them", percentiles(alone), percentiles(within))
}

// honestSender delivers one mail after the other.
type honestSender struct {
	t               *testing.T
	world           *world
	server, address string
	sent            int
}

// send delivers up to count mails, until enough says so, and gives the time of each.
func (h *honestSender) send(count int, enough func() bool) (times []time.Duration) {
	h.t.Helper()
	for len(times) < count && (enough == nil || !enough()) {
		h.sent++
		mail := h.world.mail(h.t, h.address, report("example.test", fmt.Sprint("honest", h.sent), "2026-03-01", 1, 0))
		began := time.Now()
		if err := deliver(context.Background(), h.server, "tlsrpt@reporter.test", h.address, mail); err != nil {
			h.t.Errorf("an honest mail: %v", err)
		}
		times = append(times, time.Since(began))
		<-time.After(30 * time.Millisecond)
	}
	return times
}

func percentiles(times []time.Duration) string {
	if len(times) == 0 {
		return "(none)"
	}
	sorted := slices.Sorted(slices.Values(times))
	at := func(share float64) time.Duration {
		return sorted[int(share*float64(len(sorted)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s of %d", at(0.5), at(0.99), len(sorted))
}

// crawl is a client that comes as far as a phase and then sends a byte every
// ten seconds. It gives the time until the server ends it. Ten clients have an
// address in common, each of which lies in a network of its own.
func crawl(t *testing.T, server, address string, i int, opened chan<- struct{}) time.Duration {
	host := i / 10
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+host/32), byte(host%32*8), 1)}
	conn, err := (&net.Dialer{LocalAddr: from, Timeout: hang}).Dial("tcp", server)
	opened <- struct{}{}
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	began := time.Now()
	data := "EHLO slow.test\r\nMAIL FROM:<a@slow.test>\r\nRCPT TO:<" + address + ">\r\nDATA\r\n"
	start := []string{"E", "EHLO slow.test\r\nSTARTTLS\r\n", data, data + "Subject: x\r\n\r\n"}[i%4]
	io.WriteString(conn, start)
	ended := make(chan struct{})
	go func() { io.Copy(io.Discard, conn); close(ended) }()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return time.Since(began)
		case <-tick.C:
			io.WriteString(conn, "\x16")
		}
	}
}

// residentMB is the memory that a program has.
func residentMB(t *testing.T, p *program) (mb int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	if _, err := fmt.Sscan(strings.TrimSpace(string(after)), &mb); err != nil {
		t.Fatal(err)
	}
	return mb >> 10
}
