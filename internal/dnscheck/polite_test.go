package dnscheck

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPolitenessBoundsTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p politeness
		var mu sync.Mutex
		var sent []time.Time
		var wg sync.WaitGroup
		for range 95 {
			wg.Go(func() {
				done, ok := p.wait(t.Context(), "192.0.2.1:53", 10, 4)
				if !ok {
					t.Error("a question was given up")
					return
				}
				mu.Lock()
				sent = append(sent, time.Now())
				mu.Unlock()
				done()
			})
		}
		wg.Wait()
		slices.SortFunc(sent, time.Time.Compare)
		for i := 10; i < len(sent); i++ {
			if d := sent[i].Sub(sent[i-10]); d < time.Second {
				t.Fatalf("eleven questions within %v", d)
			}
		}
		if d := sent[len(sent)-1].Sub(sent[0]); d != 9*time.Second {
			t.Errorf("95 questions took %v, want 9s", d)
		}
	})
}

func TestPolitenessBoundsWhatIsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p politeness
		for range 4 {
			if _, ok := p.wait(t.Context(), "a", 10, 4); !ok {
				t.Fatal("refused")
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, ok := p.wait(ctx, "a", 10, 4); ok {
			t.Error("a fifth question was let through")
		}
		if _, ok := p.wait(t.Context(), "b", 10, 4); !ok {
			t.Error("another server was held back")
		}
	})
}

func TestPolitenessForgetsIdleServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p politeness
		busy, _ := p.wait(t.Context(), "busy", 10, 4)
		for i := range 3 * manyServers {
			done, _ := p.wait(t.Context(), fmt.Sprint(i), 10, 4)
			done()
			if i%1000 == 0 {
				time.Sleep(2 * time.Second) // of the bubble's clock
			}
		}
		if n := len(p.servers); n > manyServers {
			t.Errorf("%d servers are remembered", n)
		}
		if p.servers["busy"] == nil {
			t.Error("a server with a question in flight was forgotten")
		}
		busy()
	})
}
