package main

import (
	"net"
	"net/netip"
	"slices"

	"github.com/sealpost/sealpost/internal/gate"
)

// noPlace is the whole answer to a connection beyond the caps. Over TLS, where
// it could not be read, nothing is said.
const noPlace = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// guarded bounds the connections to the pages, in all and by address block.
// The proxies in front count nowhere: all clients come through them.
func (n *node) guarded(socket net.Listener) net.Listener {
	per := n.config.Limits.HTTPPerAddress
	l := &gate.Listener{
		Listener: socket,
		// Larger networks have the proportion that they have in mail.
		Gate: gate.New(gate.Limits{All: n.config.Limits.HTTPConnections, PerBlock: [3]int{per, per * 9 / 2, per * 27 / 2}}),
		Exempt: func(addr netip.Addr) bool {
			return slices.ContainsFunc(n.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
		},
	}
	if n.config.TLSCert == "" {
		l.Refusal = []byte(noPlace)
	}
	return l
}
