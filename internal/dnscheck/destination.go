package dnscheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

const (
	// maxDestinations is how many addresses of a record are looked at.
	maxDestinations = 4
	// handshakeBelieved is how long all checks believe the outcome of a TLS
	// handshake with an https destination.
	handshakeBelieved = 10 * time.Minute
)

// destinations finds out whether reports can arrive at the addresses of a
// record. Our own are left out.
func (r *round) destinations(all []tlsrpt.Destination) []Destination {
	var out []Destination
	for _, d := range all {
		if d.Usable() && len(out) < maxDestinations && !r.isOurs(d) {
			out = append(out, Destination{URI: d.Raw})
		}
	}
	var asks []func()
	for i := range out {
		asks = append(asks, func() { out[i].State = r.destination(out[i].URI) })
	}
	parallel(asks...)
	return out
}

func (r *round) isOurs(d tlsrpt.Destination) bool {
	_, ok := r.c.Zone.ParseAddress(d.Address)
	return ok
}

func (r *round) destination(uri string) Sight {
	d, err := tlsrpt.ParseDestination(uri)
	if err != nil {
		return Unseen
	}
	if d.Address != "" {
		return r.mailDomain(plainName(d.Address[strings.LastIndexByte(d.Address, '@')+1:]))
	}
	return r.webHost(d.URL)
}

// mailDomain looks whether a domain takes mail: an MX that is not null (RFC
// 7505), or without MX an address (RFC 5321 §5.1).
func (r *round) mailDomain(domain string) Sight {
	f := r.lookupShared(domain, dns.TypeMX)
	if f.msg == nil {
		return Unseen
	}
	if mx := mxOf(f.msg); len(mx) > 0 {
		return thereIf(len(mx) > 1 || mx[0].Host != ".")
	}
	if f.msg.Rcode == dns.RcodeNameError {
		return Gone
	}
	_, state := r.addresses(domain)
	return state
}

// addresses looks up where a host is.
func (r *round) addresses(host string) (addrs []netip.Addr, state Sight) {
	known := true
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		f := r.lookupShared(host, qtype)
		if f.msg == nil {
			known = false
			continue
		}
		addrs = append(addrs, addressesIn(f.msg.Answer, "")...)
	}
	if len(addrs) == 0 && !known {
		return nil, Unseen
	}
	return addrs, thereIf(len(addrs) > 0)
}

// webHost tries a TLS handshake with the host of an https destination, and
// never sends a request (rulings.md 24).
func (r *round) webHost(raw string) Sight {
	u, err := url.Parse(raw)
	if err != nil {
		return Unseen
	}
	host, port := strings.TrimSuffix(u.Hostname(), "."), u.Port()
	if port == "" {
		port = "443"
	}
	addrs, state := r.addressesOfURL(host)
	if state != There {
		return state
	}
	return r.c.handshakes.recall(r.ctx, host+":"+port, r.c.now(), func() (Sight, time.Duration) {
		state := r.anyHandshake(host, port, addrs)
		if state == Unseen {
			return state, 0
		}
		return state, handshakeBelieved
	})
}

func (r *round) addressesOfURL(host string) ([]netip.Addr, Sight) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, There
	}
	return r.addresses(host)
}

// anyHandshake is content with one address that works. What says nothing of
// the host, such as a family without a route from here, is no evidence.
func (r *round) anyHandshake(host, port string, addrs []netip.Addr) Sight {
	state := Gone
	for _, a := range addrs[:min(len(addrs), maxPerNS)] {
		switch r.handshake(host, net.JoinHostPort(a.String(), port)) {
		case There:
			return There
		case Unseen:
			state = Unseen
		}
	}
	return state
}

func (r *round) handshake(host, address string) Sight {
	ctx, cancel := context.WithTimeout(r.ctx, r.c.timeout())
	defer cancel()
	dialer := outbound.Dialer{Allow: r.c.Allow, Ports: []uint16{443}, Timeout: r.c.timeout()}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return goneIf(errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, outbound.ErrAddress))
	}
	defer conn.Close()
	err = tls.Client(conn, &tls.Config{ServerName: host, RootCAs: r.c.Roots}).HandshakeContext(ctx)
	if err == nil {
		return There
	}
	var bad *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	return goneIf(errors.As(err, &bad) || errors.As(err, &unknown) || errors.As(err, &alert) || errors.As(err, &record))
}

func thereIf(there bool) Sight {
	if there {
		return There
	}
	return Gone
}

func goneIf(gone bool) Sight {
	if gone {
		return Gone
	}
	return Unseen
}

// dead sorts the destinations that no report can arrive at.
func (o Observation) dead() (mailboxes, urls []string) {
	for _, d := range o.Destinations {
		switch parsed, err := tlsrpt.ParseDestination(d.URI); {
		case err != nil || d.State != Gone:
		case parsed.Address != "":
			mailboxes = append(mailboxes, parsed.Address)
		default:
			urls = append(urls, d.URI)
		}
	}
	return mailboxes, urls
}
