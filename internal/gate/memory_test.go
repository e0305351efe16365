package gate

import (
	"net/netip"
	"testing"
)

func TestMemoryLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	m := NewMemory(100)
	alone := m.Begin("a")
	if !alone.Grow(60) {
		t.Fatal("the only piece of a holder is refused")
	}
	second := m.Begin("a")
	if second.Grow(1) {
		t.Error("a second piece grows beyond the share")
	}
	other := m.Begin("b")
	if !other.Grow(30) || other.Grow(11) {
		t.Error("another holder: want 30 of the 40 that are left, and no 41")
	}
	alone.Release()
	alone.Release()
	if !second.Grow(25) {
		t.Error("what was given back cannot be had")
	}
	second.Release()
	other.Release()
	if m.Held() != 0 || len(m.holders) != 0 {
		t.Errorf("%d bytes and %d holders are left", m.Held(), len(m.holders))
	}
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{"192.0.2.77": "192.0.2.64/26", "2001:db8:1:2::3": "2001:db8:1::/48"} {
		if got := Neighbours(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
