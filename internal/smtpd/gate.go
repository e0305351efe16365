package smtpd

import (
	"net/netip"
	"sync"
)

// gate counts open connections, in all and by address block, so that neither one host nor one network
// can take every place.
type gate struct {
	limits Limits

	mu     sync.Mutex
	all    int
	blocks map[netip.Prefix]int
}

func newGate(limits Limits) *gate {
	return &gate{limits: limits, blocks: map[netip.Prefix]int{}}
}

// blocksOf lists the blocks that an address counts in, smallest first, in the order of Limits.PerBlock.
func blocksOf(addr netip.Addr) [3]netip.Prefix {
	bits := [3]int{64, 48, 32}
	if addr.Is4() {
		bits = [3]int{32, 26, 21}
	}
	var blocks [3]netip.Prefix
	for i, b := range bits {
		blocks[i], _ = addr.Prefix(b)
	}
	return blocks
}

// enter takes a place for addr, or says that there is none.
func (g *gate) enter(addr netip.Addr) bool {
	blocks := blocksOf(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= g.limits.Connections {
		return false
	}
	for i, b := range blocks {
		if g.blocks[b] >= g.limits.PerBlock[i] {
			return false
		}
	}
	g.all++
	for _, b := range blocks {
		g.blocks[b]++
	}
	return true
}

// leave gives the place back.
func (g *gate) leave(addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	for _, b := range blocksOf(addr) {
		if g.blocks[b]--; g.blocks[b] == 0 {
			delete(g.blocks, b)
		}
	}
}

func (g *gate) open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all
}

// stressed says that places are getting scarce, and slow clients should go sooner.
func (g *gate) stressed() bool { return g.open() > g.limits.Connections/2 }
