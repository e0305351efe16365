package handlers

import (
	"sync"
	"time"
)

// callKeys bounds the memory of a callLimit. Whoever fills it makes it forget,
// which gives somebody a fresh window and locks nobody out.
const callKeys = 50_000

// callLimit gives each key a number of calls in a window of time.
type callLimit struct {
	now    func() time.Time
	quota  int
	window time.Duration

	mu   sync.Mutex
	used map[string]calls
}

// calls counts the calls of a window.
type calls struct {
	n     int
	began time.Time
}

func newCallLimit(now func() time.Time, quota int, window time.Duration) *callLimit {
	return &callLimit{now: now, quota: quota, window: window, used: map[string]calls{}}
}

// take counts a call of key: how many are left, in what time there are all of
// them again, and whether this one may be answered.
func (l *callLimit) take(key string) (left int, reset time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	u, known := l.used[key]
	if !known || now.Sub(u.began) >= l.window || now.Before(u.began) {
		l.makeRoom(now)
		u = calls{began: now}
	}
	ok = u.n < l.quota
	u.n = min(u.n+1, l.quota)
	l.used[key] = u
	return l.quota - u.n, l.window - now.Sub(u.began), ok
}

// knows reports whether key has called before, as far as it is remembered.
func (l *callLimit) knows(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.used[key]
	return known
}

func (l *callLimit) makeRoom(now time.Time) {
	if len(l.used) < callKeys {
		return
	}
	for key, u := range l.used {
		if now.Sub(u.began) >= l.window {
			delete(l.used, key)
		}
	}
	if len(l.used) >= callKeys {
		clear(l.used)
	}
}
