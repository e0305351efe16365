// Package outbound guards every connection that this installation opens to a
// place that somebody else has named: forwards, mailboxes, webhooks, probes.
// It refuses addresses that are not of the public internet, so that nobody can
// reach into the operator's network through us. It is pure.
package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Errors of a connection that was refused before its first packet.
var (
	ErrAddress = errors.New("the address is not one of the public internet")
	ErrPort    = errors.New("the port is not allowed")
)

// Dialer opens guarded connections. The check looks at the very address that
// is being connected to, after all name resolution, so that a name cannot
// change its meaning in between. The zero value refuses all special addresses.
type Dialer struct {
	// Allow are blocks of special addresses that may be reached all the same,
	// at any port.
	Allow []netip.Prefix
	// Ports are the ports that may be reached; none means all.
	Ports []uint16
	// Resolver finds the addresses of names; nil means the system's.
	Resolver *net.Resolver
	// Timeout bounds one connection from name to handshake; 0 means 10 seconds.
	Timeout time.Duration
}

// DialContext connects like net.Dialer's. A refused address gives an error
// that wraps ErrAddress or ErrPort.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	inner := net.Dialer{
		Timeout:  cmp.Or(d.Timeout, 10*time.Second),
		Resolver: d.Resolver,
		Control:  func(_, resolved string, _ syscall.RawConn) error { return d.check(resolved) },
	}
	return inner.DialContext(ctx, network, address)
}

func (d *Dialer) check(resolved string) error {
	ap, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, resolved)
	}
	if !Special(ap.Addr()) {
		return d.checkPort(ap)
	}
	if !Allowed(ap.Addr(), d.Allow) {
		return fmt.Errorf("%w: %s", ErrAddress, ap.Addr())
	}
	return nil
}

func (d *Dialer) checkPort(ap netip.AddrPort) error {
	if len(d.Ports) > 0 && !slices.Contains(d.Ports, ap.Port()) {
		return fmt.Errorf("%w: %d", ErrPort, ap.Port())
	}
	return nil
}
