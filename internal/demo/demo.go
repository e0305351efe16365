// Package demo fills a throw-away database with a small world: domains with
// histories, reporters with habits, and a DNS of their own. Everything goes
// the way it goes in earnest, through ingest and the scheduled checks, on a
// clock that walks from long ago to now. Only `web demo` imports it; it never
// imports handlers or views, and never writes SQL.
package demo

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// Days is how far back the whole world goes; its stories are laid out for it.
const Days = 400

// Clock shows the demo's time: a moment of the past while Fill runs, the real
// time before and after. The zero Clock is ready.
type Clock struct{ at atomic.Pointer[time.Time] }

// Now is what the clock shows. The store and everything that works on it while
// Fill runs must read the time here.
func (c *Clock) Now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

func (c *Clock) set(t time.Time) { c.at.Store(&t) }

func (c *Clock) free() { c.at.Store(nil) }

// Options are what Fill works with.
type Options struct {
	Store *models.Store // fresh, on Clock
	Clock *Clock
	DNS   *DNS
	Zone  hosted.Zone
	// Email and PasswordHash are of the user who owns it all.
	Email, PasswordHash string
	// Days is how many days to fill, at most Days; End is the moment at which
	// the walk arrives.
	Days int
	End  time.Time

	Limits   tlsrpt.Limits
	Pace     dnscheck.Pace
	RawKept  time.Duration // as RETENTION_RAW and RETENTION_ROWS say
	RowsKept time.Duration
	Log      *slog.Logger
	// Progress, if set, is told after each day how many of all are filled.
	Progress func(done, all int)
	// Stays keeps the clock at End for ever, so that pictures of the demo are
	// the same on every day.
	Stays bool
}

// Totals say what was filled in.
type Totals struct {
	Domains    int
	Deliveries int
}

// Fill signs the owner up and lets the world happen: domains are registered
// and checked, reports arrive and are judged. The same End gives the same
// counts. The clock is free again when it returns, unless it is to stay.
func Fill(ctx context.Context, o Options) (Totals, error) {
	books, err := fill(ctx, o)
	if err != nil {
		return Totals{}, fmt.Errorf("fill the demo: %w", err)
	}
	return Totals{Domains: len(cast()), Deliveries: books.deliveries()}, nil
}

func fill(ctx context.Context, o Options) (*ledger, error) {
	defer func() {
		o.Clock.free()
		if o.Stays {
			o.Clock.set(o.End)
		}
	}()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	w := newWorld(o, key)
	o.Clock.set(w.beginning())
	o.DNS.publish(w.records())
	_, account, err := o.Store.SignUp(ctx, o.Email, o.PasswordHash)
	if err != nil {
		return nil, err
	}
	w.account = account.ID
	return w.books, newWalk(w).run(ctx)
}
