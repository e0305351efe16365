package main

import (
	"context"
	"fmt"
	"net/smtp"
	"os"
	"slices"
	"strings"
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

// floodRound measures how long one account's mail takes alone, and while
// another account is flooded.
func (f *field) floodRound(ctx context.Context, p plan, r results) error {
	alone, err := f.honest(ctx, p.flood)
	if err != nil {
		return err
	}
	noteLatency(r, "alone, us", alone)
	flooding, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	for range floodConnections {
		g.Go(func() error {
			_, err := f.send(flooding, f.address, floodConnections*time.Second/floodRate)
			return err
		})
	}
	before, err := f.metric("sealpost_deliveries_pending")
	if err != nil {
		return err
	}
	began := time.Now()
	beside, err := f.honest(ctx, p.flood)
	stop()
	if waited := g.Wait(); err == nil {
		err = waited
	}
	if err != nil {
		return err
	}
	noteLatency(r, "beside a flood, us", beside)
	after, err := f.metric("sealpost_deliveries_pending")
	fmt.Printf("  waiting unread: %.0f before the flood, %.0f after %s\n", before, after, time.Since(began).Round(time.Second))
	if err != nil {
		return err
	}
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
	return f.send(ctx, f.other, honestPause)
}

// send sends the letter over one connection, so often, until ctx is done, and
// tells how long each took from MAIL to the answer to its data.
func (f *field) send(ctx context.Context, to string, every time.Duration) (took []time.Duration, err error) {
	letter, err := os.ReadFile(f.letter)
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(letter), "\n", "\r\n")
	c, err := smtp.Dial(f.mail)
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
