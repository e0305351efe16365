package gate

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// paceBurst is for how long a block may be silent and catch up at once.
	paceBurst = 2 * time.Second
	// paceBlocks bounds the memory of a Pace. Beyond it those that are within
	// their rate are forgotten, and if that is not enough, all.
	paceBlocks = 100_000
)

// Pace spreads what comes from one address block too often: each gets a rate,
// and who is beyond it waits. Nothing is refused, and nobody waits for another.
type Pace struct {
	every [3]time.Duration // between two from one block; 0: as often as it likes

	mu   sync.Mutex
	next map[netip.Prefix]time.Time // when a block would be within its rate again
}

// NewPace gives each block so many turns a second, in the order of Limits.PerBlock; 0 is no bound.
func NewPace(perSecond [3]int) *Pace {
	p := &Pace{next: map[netip.Prefix]time.Time{}}
	for i, n := range perSecond {
		if n > 0 {
			p.every[i] = time.Second / time.Duration(n)
		}
	}
	return p
}

// Take takes the next turn of addr and says how long to wait for it.
func (p *Pace) Take(addr netip.Addr, now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.makeRoom(now)
	for i, b := range blocksOf(addr) {
		if p.every[i] == 0 {
			continue
		}
		next := p.next[b]
		if next.Before(now) {
			next = now
		}
		p.next[b] = next.Add(p.every[i])
		wait = max(wait, next.Sub(now)-paceBurst)
	}
	return wait
}

func (p *Pace) makeRoom(now time.Time) {
	if len(p.next) < paceBlocks {
		return
	}
	for b, next := range p.next {
		if next.Before(now) {
			delete(p.next, b)
		}
	}
	if len(p.next) >= paceBlocks {
		clear(p.next)
	}
}
