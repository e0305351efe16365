package models_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func TestLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const life = 15 * time.Second
	for _, c := range []struct {
		what   string
		pass   time.Duration
		holder string
		held   bool
		term   int64
	}{
		{"first taken", 0, "a", true, 1},
		{"held", 0, "b", false, 0},
		{"renewed", 10 * time.Second, "a", true, 1},
		{"renewed in time", 10 * time.Second, "b", false, 0},
		{"handed over at its end", 5 * time.Second, "b", true, 2},
		{"lost", 0, "a", false, 0},
		{"renewed late, by its holder", 20 * time.Second, "b", true, 2},
		{"taken back", life, "a", true, 3},
	} {
		w.clock.Advance(c.pass)
		held, term, err := w.store.AcquireLease(w.ctx, "jobs", c.holder, life)
		if err != nil || held != c.held || held && term != c.term {
			t.Errorf("%s: %s has it %v in term %d, %v", c.what, c.holder, held, term, err)
		}
	}
	w.must(w.store.ReleaseLease(w.ctx, "jobs", "b")) // who does not have it
	if held, _, err := w.store.AcquireLease(w.ctx, "jobs", "b", life); held || err != nil {
		t.Errorf("another has released it: %v, %v", held, err)
	}
	w.must(w.store.ReleaseLease(w.ctx, "jobs", "a"))
	if held, term, err := w.store.AcquireLease(w.ctx, "jobs", "b", life); !held || term != 4 || err != nil {
		t.Errorf("released: %v, %d, %v", held, term, err)
	}
	if held, term, err := w.store.AcquireLease(w.ctx, "other", "a", life); !held || term != 1 || err != nil {
		t.Errorf("another lease: %v, %d, %v", held, term, err)
	}
}

func TestLeaseHasOneHolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for round := range int64(4) {
		var holders atomic.Int64
		var g errgroup.Group
		for i := range 16 {
			g.Go(func() error {
				held, term, err := w.store.AcquireLease(w.ctx, "jobs", fmt.Sprintf("node %d of %d", i, round), time.Second)
				if held {
					holders.Add(1)
					if term != round+1 {
						return fmt.Errorf("term %d in round %d", term, round)
					}
				}
				return err
			})
		}
		w.must(g.Wait())
		if n := holders.Load(); n != 1 {
			t.Errorf("round %d: %d holders", round, n)
		}
		w.clock.Advance(time.Second)
	}
}
