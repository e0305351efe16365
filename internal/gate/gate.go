// Package gate keeps one host or network from taking all of a door: it counts
// open connections, in all and by address block, and says who comes too often.
// It is pure and imports the standard library only.
package gate

import (
	"net/netip"
	"sync"
)

// Limits bound the connections that are open at the same time.
type Limits struct {
	All int
	// PerBlock is from one IPv4 /32, /26, /21 or IPv6 /64, /48, /32.
	PerBlock [3]int
}

// Gate counts open connections.
type Gate struct {
	limits Limits

	mu     sync.Mutex
	all    int
	blocks map[netip.Prefix]int
}

// New makes a gate that nobody has passed.
func New(limits Limits) *Gate {
	return &Gate{limits: limits, blocks: map[netip.Prefix]int{}}
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

// Enter takes a place for addr, or says that there is none. An IPv4 address must not be in its mapped form.
func (g *Gate) Enter(addr netip.Addr) bool {
	blocks := blocksOf(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= g.limits.All {
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

// Leave gives a place back that Enter gave.
func (g *Gate) Leave(addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	for _, b := range blocksOf(addr) {
		if g.blocks[b]--; g.blocks[b] == 0 {
			delete(g.blocks, b)
		}
	}
}

// Open is how many places are taken.
func (g *Gate) Open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all
}
