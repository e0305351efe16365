package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// fleet is domains in a database that are all due at first.
type fleet struct {
	store  *models.Store
	checks *jobs.DomainChecks
	size   int
	rounds int64        // how often all of them have been checked
	done   atomic.Int64 // checks
	later  atomic.Int64 // how far the clock of the fleet is ahead
}

// newFleet registers domains in an empty database, and uses one that an earlier
// run has filled as it is.
func (s *stage) newFleet(database string, size int) (*fleet, error) {
	f := &fleet{size: size}
	var err error
	f.store, err = models.Open(context.Background(), database, models.Options{
		Now: f.now, Random: rand.Reader, SecretKey: make([]byte, 32), Log: slog.New(slog.DiscardHandler),
		Quotas: models.Quotas{Domains: size + 1, PendingDomains: size + 1},
	})
	if err != nil {
		return nil, err
	}
	f.checks = &jobs.DomainChecks{
		Store: f.store, Checker: s.checker(), Zone: names(), Holder: "bench", Now: f.now,
		Spread: func() float64 { f.done.Add(1); return 0 }, Log: slog.New(slog.DiscardHandler),
		Pace: dnscheck.Pace{Min: time.Hour},
	}
	return f, register(context.Background(), f.store, size)
}

func (f *fleet) now() time.Time { return time.Now().Add(time.Duration(f.later.Load())) }

// clear makes n checks. When all domains have been checked a month passes, so
// that they are due again.
func (f *fleet) clear(n int) error {
	for end := f.done.Load() + int64(n); f.done.Load() < end; {
		if err := f.checks.Tick(context.Background()); err != nil {
			return err
		}
		if f.done.Load() >= (f.rounds+1)*int64(f.size) {
			f.checks.Wait()
			f.rounds++
			f.later.Add(int64(30 * 24 * time.Hour))
		}
		time.Sleep(time.Millisecond)
	}
	f.checks.Wait()
	return nil
}

// backlog clears some of many domains that are due at once, through a database
// on disk.
func (s *stage) backlog(database string, due, clear int) error {
	if due == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "backlog")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := s.newFleet(cmp.Or(database, "sqlite:"+filepath.Join(dir, "b.db")), due)
	if err != nil {
		return err
	}
	defer f.store.Close()
	if clear == 0 {
		return nil
	}
	claim, err := claimCost(context.Background(), f.store)
	if err != nil {
		return err
	}
	before, start, cpu := memory(), time.Now(), cpuTime()
	if err := f.clear(clear); err != nil {
		return err
	}
	took, n := time.Since(start), f.done.Load()
	fmt.Printf("C3: %s, %d domains due at once; claiming 500 of them costs %s each; %d cleared in %s (%.0f a second, %s of CPU each), %d KB in use, %d before; all would take %s\n",
		f.store.Engine(), due, claim.Round(time.Microsecond), n, took.Round(time.Millisecond), float64(n)/took.Seconds(), ((cpuTime() - cpu) / time.Duration(n)).Round(time.Microsecond),
		memory()/1024, before/1024, (took * time.Duration(due) / time.Duration(n)).Round(time.Second))
	return nil
}

// claimCost is what it takes to claim one of the due domains, ten at a time as
// the job does. The claims end at once.
func claimCost(ctx context.Context, store *models.Store) (time.Duration, error) {
	start := time.Now()
	for range 50 {
		if _, err := store.ClaimDueDomains(ctx, "bench", 10, time.Nanosecond); err != nil {
			return 0, err
		}
	}
	return time.Since(start) / 500, nil
}

// register adds the domains, all due at once.
func register(ctx context.Context, store *models.Store, due int) error {
	_, account, err := store.SignUp(ctx, "bench@example.test", "no password fits this")
	if errors.Is(err, models.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	for from := 0; from < due; from += 500 {
		var some []string
		for i := from; i < min(due, from+500); i++ {
			some = append(some, fmt.Sprintf("d%d.zone.test", i))
		}
		if _, err := store.AddDomains(ctx, account.ID, some); err != nil {
			return err
		}
	}
	return nil
}
