package dnscheck

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryAsksOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory[string, int]
		var asked atomic.Int32
		ask := func() (int, time.Duration) {
			time.Sleep(time.Second) // of the bubble's clock
			return int(asked.Add(1)), time.Minute
		}
		now := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if got := m.recall(t.Context(), "k", now, ask); got != 1 {
					t.Errorf("got the answer to question %d", got)
				}
			})
		}
		all.Wait()
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{59 * time.Second, 1}, {time.Minute, 2}} {
			if got := m.recall(t.Context(), "k", now.Add(c.after), ask); got != c.want {
				t.Errorf("after %v it is the answer to question %d, want %d", c.after, got, c.want)
			}
		}
	})
}

func TestMemoryKeepsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory[string, int]
		now := time.Now()
		var all sync.WaitGroup
		var asked atomic.Int32
		for range 3 { // who waits for one without luck asks for himself
			all.Go(func() {
				m.recall(t.Context(), "k", now, func() (int, time.Duration) { time.Sleep(time.Second); asked.Add(1); return 0, 0 })
			})
		}
		all.Wait()
		if asked.Load() != 3 {
			t.Errorf("%d asked, want 3", asked.Load())
		}
	})
}

func TestMemoryOfOneWhoPanics(t *testing.T) {
	t.Parallel()
	var m memory[string, int]
	func() {
		defer func() { _ = recover() }()
		m.recall(t.Context(), "k", time.Now(), func() (int, time.Duration) { panic("a fault") })
	}()
	if got := m.recall(t.Context(), "k", time.Now(), func() (int, time.Duration) { return 7, time.Minute }); got != 7 {
		t.Errorf("got %d", got)
	}
}

func TestMemoryEndsWithItsWaiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory[string, int]
		go m.recall(context.Background(), "k", time.Now(), func() (int, time.Duration) { time.Sleep(time.Hour); return 1, 0 })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got := m.recall(ctx, "k", time.Now(), nil); got != 0 {
			t.Errorf("got %d", got)
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var m memory[string, int]
	for i := range 3 * manyMemories {
		m.recall(t.Context(), fmt.Sprint(i), time.Now(), func() (int, time.Duration) { return 1, time.Hour })
	}
	if len(m.entries) > manyMemories {
		t.Errorf("%d things are remembered", len(m.entries))
	}
}
