package gate

import (
	"net/netip"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	t.Parallel()
	p := NewPace([3]int{10, 15, 20})
	now := time.Unix(1_000_000, 0)
	take := func(addr string) time.Duration { return p.Take(netip.MustParseAddr(addr), now) }
	for i := range 21 {
		if wait := take("192.0.2.1"); wait != 0 {
			t.Fatalf("turn %d within the burst waits %s", i, wait)
		}
	}
	for i, want := range []time.Duration{100, 200, 300} {
		if wait := take("192.0.2.1"); wait != want*time.Millisecond {
			t.Errorf("turn %d beyond the burst waits %s", i, wait)
		}
	}
	if wait := take("198.51.100.1"); wait != 0 {
		t.Errorf("another network waits %s", wait)
	}
	if wait := take("2001:db8::1"); wait != 0 {
		t.Errorf("IPv6 waits %s", wait)
	}
	now = now.Add(time.Minute)
	if wait := take("192.0.2.1"); wait != 0 {
		t.Errorf("after a minute it waits %s", wait)
	}
	for i := range 60 { // many hosts of one /26
		take(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}).String())
	}
	if wait := take("203.0.113.60"); wait < time.Second {
		t.Errorf("a host of a flooding network waits %s", wait)
	}
}

func TestPaceWithoutBound(t *testing.T) {
	t.Parallel()
	p := NewPace([3]int{})
	for range 1000 {
		if wait := p.Take(netip.MustParseAddr("192.0.2.1"), time.Unix(1_000_000, 0)); wait != 0 {
			t.Fatalf("waits %s", wait)
		}
	}
}

func TestPaceForgets(t *testing.T) {
	t.Parallel()
	p := NewPace([3]int{1, 0, 0})
	now := time.Unix(1_000_000, 0)
	for i := range paceBlocks + 10 {
		p.Take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if n := len(p.next); n > paceBlocks {
		t.Errorf("%d blocks are remembered", n)
	}
}
