package ingest

import (
	"sync"
	"time"

	"github.com/sealpost/sealpost/models"
)

const (
	// freshMost and freshBytes bound what is kept in memory between the commit that
	// stores it and its reading.
	freshMost  = 4 * judgeBatch
	freshBytes = 8 << 20
	// freshFor is how much of its claim must be left for a delivery to be read.
	freshFor = judgeLease / 2
)

// claimed is a delivery that is this process's to read.
type claimed struct {
	models.Delivery
	raw []byte // as it arrived, or nil when it is to be read from the database
}

// fresh holds deliveries that have just been stored, claimed by the commit that
// stored them: they need not be looked for, nor read back. When the process
// ends they are in the database like all others, and their claims end by
// themselves or are given back.
type fresh struct {
	mu    sync.Mutex
	open  bool // somebody reads what is held
	held  []claimed
	bytes int
}

// room reports whether one more group of rows could be held.
func (f *fresh) room(rows, bytes int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open && len(f.held)+rows <= freshMost && f.bytes+bytes <= freshBytes
}

func (f *fresh) add(c claimed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = append(f.held, c)
	f.bytes += len(c.raw)
}

// take removes the next that are to be read, the oldest first. Those whose claim
// is about to end are left to whoever claims them next.
func (f *fresh) take(most int, now time.Time) (some []claimed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.held) > 0 && len(some) < most {
		c := f.held[0]
		f.held[0] = claimed{}
		f.held = f.held[1:]
		f.bytes -= len(c.raw)
		if now.Add(freshFor).Before(*c.ClaimedUntil) {
			some = append(some, c)
		}
	}
	return some
}

// use says from when on what is held is read.
func (f *fresh) use() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = true
}

// end gives what is held and will not be read, and holds nothing from then on.
func (f *fresh) end() []claimed {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := f.held
	f.open, f.held, f.bytes = false, nil, 0
	return left
}
