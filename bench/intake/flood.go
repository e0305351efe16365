package main

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// floodRate is how many messages a second one account gets (G10).
	floodRate = 500
	// floodConnections is over how many connections they come.
	floodConnections = 16
	// honestPause is between two messages for the other account.
	honestPause = 20 * time.Millisecond
)

// floods are the ways to flood an account: from one address, whose messages wait
// for their turn beyond LIMIT_SMTP_RATE, and from many networks.
var floods = []struct {
	name string
	from func(i int) net.IP
}{
	{"a flood", func(int) net.IP { return net.IPv4(127, 9, 0, 1) }},
	{"many floods", func(i int) net.IP { return net.IPv4(127, byte(20+i), 0, 1) }},
}

// floodRound measures how long one account's mail takes alone, and while
// another account is flooded.
func (f *field) floodRound(ctx context.Context, p plan, r results) error {
	alone, err := f.honest(ctx, p.flood)
	if err != nil {
		return err
	}
	noteLatency(r, "alone, us", alone)
	for _, flood := range floods {
		if err := f.beside(ctx, p, r, flood.name, flood.from); err != nil {
			return err
		}
	}
	return nil
}

// beside measures while one kind of flood goes on.
func (f *field) beside(ctx context.Context, p plan, r results, name string, from func(i int) net.IP) error {
	flooding, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	var sent atomic.Int64
	for i := range floodConnections {
		g.Go(func() error {
			took, err := f.send(flooding, from(i), f.address, floodConnections*time.Second/floodRate)
			sent.Add(int64(len(took)))
			return err
		})
	}
	began := time.Now()
	took, err := f.honest(ctx, p.flood)
	stop()
	if waited := g.Wait(); err == nil {
		err = waited
	}
	if err != nil {
		return err
	}
	noteLatency(r, "beside "+name+", us", took)
	fmt.Printf("  the flood got %.0f a second\n", float64(sent.Load())/time.Since(began).Seconds())
	return f.settle(ctx)
}

func noteLatency(r results, what string, took []time.Duration) {
	slices.Sort(took)
	r.add("p50 "+what, float64(took[len(took)/2].Microseconds()))
	r.add("p99 "+what, float64(took[len(took)*99/100].Microseconds()))
}

// honest sends one message after another to the other account for a while.
func (f *field) honest(ctx context.Context, during time.Duration) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, during)
	defer cancel()
	return f.send(ctx, net.IPv4(127, 10, 0, 1), f.other, honestPause)
}

// send sends the letter over one connection from an address, so often, until ctx is done, and
// tells how long each took from MAIL to the answer to its data.
func (f *field) send(ctx context.Context, from net.IP, to string, every time.Duration) (took []time.Duration, err error) {
	letter, err := os.ReadFile(f.letter)
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(letter), "\n", "\r\n")
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext(ctx, "tcp", f.mail)
	if err != nil {
		return nil, err
	}
	c, err := smtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		return nil, err
	}
	defer c.Close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return took, c.Quit()
		case <-tick.C:
		}
		began := time.Now()
		if err := sendOne(c, to, text); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
}

func sendOne(c *smtp.Client, to, text string) error {
	if err := c.Mail("tlsrpt@reporter.test"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return w.Close()
}
