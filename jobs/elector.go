package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sealpost/sealpost/models"
)

// ErrNotLeader tells gocron that another node ticks.
var ErrNotLeader = errors.New("another node holds the lease")

const (
	leaseName = "jobs"
	leaseLife = 15 * time.Second
	// The leader renews when a third of the lease is gone. The others ask every
	// second, so that a leader that dies is followed as soon as its lease ends.
	renewEvery = leaseLife / 3
	askEvery   = time.Second
)

// Elector lets one node tick the jobs. It implements gocron.Elector on the
// leases table.
type Elector struct {
	Store  *models.Store
	Holder string
	Now    func() time.Time

	mu      sync.Mutex
	leading bool
	asked   time.Time
}

// IsLeader returns nil while this node holds the lease.
func (e *Elector) IsLeader(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, pause := e.Now(), askEvery
	if e.leading {
		pause = renewEvery
	}
	// A clock that was set back must not keep the lease unrenewed.
	if since := now.Sub(e.asked); since >= pause || since < 0 || e.asked.IsZero() {
		held, _, err := e.Store.AcquireLease(ctx, leaseName, e.Holder, leaseLife)
		if err != nil {
			// Without the database nothing can be claimed either.
			e.leading, e.asked = false, time.Time{}
			return err
		}
		e.leading, e.asked = held, now
	}
	if !e.leading {
		return ErrNotLeader
	}
	return nil
}

// Resign gives the lease back at a stop.
func (e *Elector) Resign(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.leading, e.asked = false, time.Time{}
	return e.Store.ReleaseLease(ctx, leaseName, e.Holder)
}
