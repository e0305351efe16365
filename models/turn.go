package models

import "sync"

// turn decides who writes next on SQLite, which has one writer: an accept goes
// before everything else, because a sender waits for it (rulings.md 17).
type turn struct {
	mu     sync.Mutex
	change *sync.Cond
	taken  bool
	urgent int // accepts that wait
}

func newTurn() *turn {
	t := &turn{}
	t.change = sync.NewCond(&t.mu)
	return t
}

// take waits until it is the caller's turn; give ends it.
func (t *turn) take(urgent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if urgent {
		t.urgent++
		defer func() { t.urgent-- }()
	}
	for t.taken || !urgent && t.urgent > 0 {
		t.change.Wait()
	}
	t.taken = true
}

func (t *turn) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = false
	t.change.Broadcast()
}

// wanted reports whether an accept waits for whoever has the turn.
func (t *turn) wanted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.urgent > 0
}
