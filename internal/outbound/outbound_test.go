package outbound_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/outbound"
)

// hang is a guard against a test that never ends, not a time that anything should take.
const hang = 5 * time.Minute

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestLoopbackIsRefusedUnlessAllowed(t *testing.T) {
	t.Parallel()
	l := listen(t, "127.0.0.1:0")
	var closed outbound.Dialer
	if _, err := closed.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, outbound.ErrAddress) {
		t.Fatalf("dialling loopback: %v", err)
	}
	open := outbound.Dialer{Timeout: hang, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	conn, err := open.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestPortsOfOrdinaryAddressesAreKept(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := outbound.Dialer{Ports: []uint16{443}}
	if _, err := d.DialContext(t.Context(), "tcp", "198.51.100.1:25"); !errors.Is(err, outbound.ErrAddress) {
		t.Errorf("special address: %v", err)
	}
	if _, err := d.DialContext(ctx, "tcp", "1.1.1.1:443"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
