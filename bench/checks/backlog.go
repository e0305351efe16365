package main

import (
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
	"golang.org/x/sync/errgroup"
)

// backlog clears many domains that are due at once, through a database on disk.
func (s *stage) backlog(due int) error {
	dir, err := os.MkdirTemp("", "backlog")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	store, err := models.Open(ctx, "sqlite:"+filepath.Join(dir, "b.db"), models.Options{
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
	var done atomic.Int64
	checks := &jobs.DomainChecks{
		Store: store, Checker: s.checker(), Zone: names(), Holder: "bench", Now: time.Now,
		Spread: func() float64 { done.Add(1); return 0 }, Log: slog.New(slog.DiscardHandler),
		Pace: dnscheck.Pace{Min: time.Hour},
	}
	start, cpu := time.Now(), cpuTime()
	for done.Load() < int64(due) {
		if err := checks.Tick(ctx); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	checks.Wait()
	took := time.Since(start)
	fmt.Printf("due at once: %d domains cleared in %s (%.0f checks/s, %s of CPU each), %d KB in use\n",
		due, took.Round(time.Millisecond), float64(due)/took.Seconds(), ((cpuTime() - cpu) / time.Duration(due)).Round(time.Microsecond), memory()/1024)
	return nil
}

// register adds the domains, all due at once.
func register(ctx context.Context, store *models.Store, due int) error {
	_, account, err := store.SignUp(ctx, "bench@example.test", "no password fits this")
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(16)
	for i := range due {
		g.Go(func() error {
			_, err := store.AddDomain(ctx, account.ID, fmt.Sprintf("d%d.zone.test", i))
			return err
		})
	}
	return g.Wait()
}
