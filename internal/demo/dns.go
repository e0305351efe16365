package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// DNS is the name service of the demo's world, on free UDP ports of loopback:
// one server that is authoritative for all of its domains, and resolvers, of
// which some are behind the times. What it says depends on the Clock alone.
// There is no TCP, as no answer is too long for UDP.
type DNS struct {
	clock   *Clock
	mu      sync.RWMutex
	content content
	auth    *dns.Server
	caches  []*dns.Server
	serving sync.WaitGroup
}

// lags are how far the resolvers are behind: their caches, in short.
func lags() []time.Duration { return []time.Duration{0, time.Minute, 12 * time.Minute} }

// ListenDNS opens and serves the name service. Until Fill has made its world
// it knows no names but those of strangers.
func ListenDNS(clock *Clock) (*DNS, error) {
	d := &DNS{clock: clock, content: newContent(nil)}
	var err error
	if d.auth, err = d.listen(d.authoritative); err != nil {
		return nil, err
	}
	for _, lag := range lags() {
		cache, err := d.listen(func(q *dns.Msg) *dns.Msg { return d.recursive(q, lag) })
		if err != nil {
			d.Close()
			return nil, err
		}
		d.caches = append(d.caches, cache)
	}
	return d, nil
}

func (d *DNS) listen(answer func(*dns.Msg) *dns.Msg) (*dns.Server, error) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the demo's DNS: %w", err)
	}
	up := make(chan struct{})
	server := &dns.Server{PacketConn: socket, NotifyStartedFunc: func() { close(up) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(answer(q)) // who asked may be gone
	})}
	d.serving.Go(func() { _ = server.ActivateAndServe() }) // ends by Shutdown only
	<-up
	return server, nil
}

// Close stops the name service.
func (d *DNS) Close() error {
	var errs []error
	for _, server := range append([]*dns.Server{d.auth}, d.caches...) {
		errs = append(errs, server.Shutdown())
	}
	d.serving.Wait()
	return errors.Join(errs...)
}

// AuthPort is the port of the authoritative server, on 127.0.0.1.
func (d *DNS) AuthPort() uint16 {
	return uint16(d.auth.PacketConn.LocalAddr().(*net.UDPAddr).Port)
}

// Resolvers are the addresses of the resolvers, host:port each.
func (d *DNS) Resolvers() []string {
	var out []string
	for _, cache := range d.caches {
		out = append(out, cache.PacketConn.LocalAddr().String())
	}
	return out
}

// LookupTXT finds TXT records without a socket, as ingest.Config wants it.
func (d *DNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	var texts []string
	for _, rr := range d.at(0).find(dns.CanonicalName(name), dns.TypeTXT) {
		if txt, ok := rr.(*dns.TXT); ok {
			text := ""
			for _, part := range txt.Txt {
				text += part
			}
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return texts, nil
}

// publish replaces all that there is; add adds to it.
func (d *DNS) publish(records []record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.content = newContent(records)
}

func (d *DNS) add(records ...record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.content = newContent(append(d.content.records, records...))
}

// at is the world as it was a lag ago.
func (d *DNS) at(lag time.Duration) view {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return view{d.content, d.clock.Now().Add(-lag)}
}

func (d *DNS) authoritative(q *dns.Msg) *dns.Msg {
	m := reply(q)
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	m.Authoritative = true
	d.at(0).answer(m, dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype)
	return m
}

// maxAliases is how many aliases a resolver follows.
const maxAliases = 8

func (d *DNS) recursive(q *dns.Msg, lag time.Duration) *dns.Msg {
	m := reply(q)
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	m.RecursionAvailable = true
	v, name := d.at(lag), dns.CanonicalName(q.Question[0].Name)
	for range maxAliases {
		before := len(m.Answer)
		v.answer(m, name, q.Question[0].Qtype)
		if len(m.Answer) == before {
			return m
		}
		alias, ok := m.Answer[len(m.Answer)-1].(*dns.CNAME)
		if !ok || q.Question[0].Qtype == dns.TypeCNAME {
			return m
		}
		name = dns.CanonicalName(alias.Target)
	}
	m.Rcode = dns.RcodeServerFailure
	return m
}

func reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	if q.IsEdns0() != nil {
		m.SetEdns0(1232, false)
	}
	return m
}
