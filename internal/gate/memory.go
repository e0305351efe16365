package gate

import (
	"net/netip"
	"sync"
)

// memoryShare is the part of a Memory that one holder may have: what somebody
// sends slowly on purpose must leave room for everybody else.
const memoryShare = 4

// Memory bounds the bytes that are held at once, in all and by one holder, such
// as the bodies that are being received.
type Memory struct {
	limit int64

	mu      sync.Mutex
	held    int64
	holders map[string]*holder
}

// holder is who has something in memory.
type holder struct {
	bytes  int64
	pieces int
}

// NewMemory makes room for so many bytes.
func NewMemory(limit int64) *Memory {
	return &Memory{limit: limit, holders: map[string]*holder{}}
}

// Held is how many bytes are held.
func (m *Memory) Held() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held
}

// Piece is what is held of one thing. One goroutine uses it at a time.
type Piece struct {
	memory *Memory
	who    string
	bytes  int64
	over   bool
}

// Begin gives a piece of who's that holds nothing yet. It must be released.
func (m *Memory) Begin(who string) *Piece {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holders[who] == nil {
		m.holders[who] = &holder{}
	}
	m.holders[who].pieces++
	return &Piece{memory: m, who: who}
}

// Grow has the piece hold so many bytes more, or says that there is no room. The
// only piece of a holder is bounded by the whole alone, as it may be larger than
// a share.
func (p *Piece) Grow(bytes int64) bool {
	m := p.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.holders[p.who]
	if m.held+bytes > m.limit || h.pieces > 1 && h.bytes+bytes > m.limit/memoryShare {
		return false
	}
	m.held, h.bytes, p.bytes = m.held+bytes, h.bytes+bytes, p.bytes+bytes
	return true
}

// Release gives back what the piece holds and ends it. A second time does nothing.
func (p *Piece) Release() {
	m := p.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.over {
		return
	}
	h := m.holders[p.who]
	m.held, h.bytes, p.over = m.held-p.bytes, h.bytes-p.bytes, true
	if h.pieces--; h.pieces == 0 {
		delete(m.holders, p.who)
	}
}

// Neighbours is the block that the neighbours of an address are in: IPv4 /26, IPv6 /48.
func Neighbours(addr netip.Addr) string { return blocksOf(addr)[1].String() }
