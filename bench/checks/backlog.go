package main

import (
	"cmp"
	"context"
	"crypto/rand"
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
	ctx := context.Background()
	store, err := models.Open(ctx, cmp.Or(database, "sqlite:"+filepath.Join(dir, "b.db")), models.Options{
		Now: time.Now, Random: rand.Reader, SecretKey: make([]byte, 32), Log: slog.New(slog.DiscardHandler),
		Quotas: models.Quotas{Domains: due + 1, PendingDomains: due + 1},
	})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := register(ctx, store, due); err != nil {
		return err
	}
	claim, err := claimCost(ctx, store)
	if err != nil {
		return err
	}
	var done atomic.Int64
	checks := &jobs.DomainChecks{
		Store: store, Checker: s.checker(), Zone: names(), Holder: "bench", Now: time.Now,
		Spread: func() float64 { done.Add(1); return 0 }, Log: slog.New(slog.DiscardHandler),
		Pace: dnscheck.Pace{Min: time.Hour},
	}
	before, start, cpu := memory(), time.Now(), cpuTime()
	for done.Load() < int64(clear) {
		if err := checks.Tick(ctx); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	checks.Wait()
	took, n := time.Since(start), done.Load()
	fmt.Printf("C3: %s, %d domains due at once; claiming 500 of them costs %s each; %d cleared in %s (%.0f a second, %s of CPU each), %d KB in use, %d before; all would take %s\n",
		store.Engine(), due, claim.Round(time.Microsecond), n, took.Round(time.Millisecond), float64(n)/took.Seconds(), ((cpuTime() - cpu) / time.Duration(n)).Round(time.Microsecond),
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
