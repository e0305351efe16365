package dnscheck

import (
	"context"
	"sync"
	"time"
)

// memory lets checks share what they have in common: whoever asks first asks
// for all that come meanwhile, and what was found is believed for a while. The
// zero value is ready.
type memory[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*remembered[V]
}

// remembered is one thing to know. value and until may be read after ready.
type remembered[V any] struct {
	ready chan struct{}
	value V
	until time.Time
}

// manyMemories is the size from which everything is forgotten that nobody is
// asking for at the moment.
const manyMemories = 8192

// recall gives what is known of k. ask is called when that is nothing; it says
// how long its outcome may be believed, 0 when it is worth nothing to others.
func (m *memory[K, V]) recall(ctx context.Context, k K, now time.Time, ask func() (V, time.Duration)) V {
	e, mine := m.entry(k, now)
	if mine {
		defer close(e.ready)
		value, life := ask()
		e.value, e.until = value, now.Add(life)
		return value
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		var none V
		return none
	}
	if e.until.After(now) {
		return e.value
	}
	value, _ := ask() // whoever asked before had no luck
	return value
}

func (m *memory[K, V]) entry(k K, now time.Time) (e *remembered[V], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[k]; e != nil && !e.over(now) {
		return e, false
	}
	if m.entries == nil || len(m.entries) >= manyMemories {
		m.sweep()
	}
	e = &remembered[V]{ready: make(chan struct{})}
	m.entries[k] = e
	return e, true
}

// over reports whether an entry has had its time; one that is still being asked
// for has not.
func (e *remembered[V]) over(now time.Time) bool {
	select {
	case <-e.ready:
		return !e.until.After(now)
	default:
		return false
	}
}

func (m *memory[K, V]) sweep() {
	kept := map[K]*remembered[V]{}
	for k, e := range m.entries {
		select {
		case <-e.ready:
		default:
			kept[k] = e
		}
	}
	m.entries = kept
}
