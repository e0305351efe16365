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

type asks func(*pace)

func (f asks) send(s *pace) { f(s) }

// wait enters and blocks until it is let through, ten times a second and four
// at once; false when ctx ended first.
func wait(ctx context.Context, p *politeness, server string) (leave func(), ok bool) {
	in := make(chan *pace, 1)
	p.enter(ctx, time.Now().Add(time.Hour), server, 10, 4, asks(func(s *pace) { in <- s }))
	s := <-in
	return func() { p.leave(s) }, s != nil
}

func TestPolitenessBoundsTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p politeness
		var mu sync.Mutex
		var sent []time.Time
		var wg sync.WaitGroup
		for range 95 {
			wg.Go(func() {
				done, ok := wait(t.Context(), &p, "192.0.2.1:53")
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
			if _, ok := wait(t.Context(), &p, "a"); !ok {
				t.Fatal("refused")
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, ok := wait(ctx, &p, "a"); ok {
			t.Error("a fifth question was let through")
		}
		if _, ok := wait(t.Context(), &p, "b"); !ok {
			t.Error("another server was held back")
		}
	})
}

func TestPolitenessForgetsIdleServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p politeness
		busy, _ := wait(t.Context(), &p, "busy")
		for i := range 3 * manyServers {
			done, _ := wait(t.Context(), &p, fmt.Sprint(i))
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

func TestWithoutARateOnlyTheFlightIsBounded(t *testing.T) {
	t.Parallel()
	var p politeness
	let, given := 0, 0
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool, 50)
	for range 100 {
		p.enter(ctx, time.Now().Add(time.Hour), "a", -1, 50, asks(func(s *pace) {
			if s != nil {
				let++
				return
			}
			ended <- true
		}))
	}
	cancel()
	for given < 50 {
		<-ended
		given++
	}
	if let != 50 || len(p.servers["a"].queue) != 0 {
		t.Errorf("%d were let through, %d wait", let, len(p.servers["a"].queue))
	}
}
