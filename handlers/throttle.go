package handlers

import (
	"net/netip"
	"sync"
	"time"
)

// throttleKeys bounds the memory of a throttle. Whoever fills it makes it
// forget, which loosens the throttle and never locks anybody out.
const throttleKeys = 50_000

// throttle gives each key a number of tries, and one more after each pause. A
// key that has used them up waits for one pause, however many tries failed:
// nobody can lock an owner out for long.
type throttle struct {
	now   func() time.Time
	burst int
	pause time.Duration

	mu   sync.Mutex
	used map[string]tries
}

// tries counts the tries that are used up at a time; they wear off with time.
type tries struct {
	n  int
	at time.Time
}

func newThrottle(now func() time.Time, burst int, pause time.Duration) *throttle {
	return &throttle{now: now, burst: burst, pause: pause, used: map[string]tries{}}
}

// wait is how long key has to wait before its next try; 0 means that it may.
func (t *throttle) wait(key string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.current(key)
	if u.n < t.burst {
		return 0
	}
	return t.pause - t.now().Sub(u.at)
}

// note counts a try of key.
func (t *throttle) note(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.current(key)
	if u.n == 0 {
		t.makeRoom()
		u.at = t.now()
	}
	t.used[key] = tries{n: min(u.n+1, t.burst), at: u.at}
}

// forgive forgets the tries of key.
func (t *throttle) forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.used, key)
}

// takeBack forgets one try of key.
func (t *throttle) takeBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.current(key)
	if u.n <= 1 {
		delete(t.used, key)
		return
	}
	t.used[key] = tries{n: u.n - 1, at: u.at}
}

// current is what is left of key's tries after the time that has passed.
func (t *throttle) current(key string) tries {
	u, ok := t.used[key]
	if !ok {
		return tries{}
	}
	worn := int(t.now().Sub(u.at) / t.pause)
	if worn <= 0 {
		return u
	}
	if worn >= u.n {
		return tries{}
	}
	return tries{n: u.n - worn, at: u.at.Add(time.Duration(worn) * t.pause)}
}

// makeRoom drops the keys that have nothing used up, and if that is not
// enough, all.
func (t *throttle) makeRoom() {
	if len(t.used) < throttleKeys {
		return
	}
	for key := range t.used {
		if t.current(key).n == 0 {
			delete(t.used, key)
		}
	}
	if len(t.used) >= throttleKeys {
		clear(t.used)
	}
}

// networkOf is the network that an address counts under: what one subscriber
// has, so that a household cannot make itself many.
func networkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	bits := 56
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
