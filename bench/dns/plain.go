package main

import (
	"context"
	"os"
	"strings"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/nameserver"
)

// plain is a name server as the library's examples have it: a handler that
// unpacks, looks into a map and packs. It says nothing of EDNS, and NXDOMAIN
// where it should say NODATA.
type plain map[string]string

// ServeDNS implements dns.Handler.
func (p plain) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	name := q.Question[0].Name
	text, found := p[strings.ToLower(strings.TrimSuffix(name, "."))]
	switch {
	case q.Question[0].Qtype == dns.TypeSOA:
		m.Answer = []dns.RR{plainSOA()}
	case !found:
		m.Rcode = dns.RcodeNameError
		m.Ns = []dns.RR{plainSOA()}
	default:
		m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 3600}, Txt: []string{text}}}
	}
	w.WriteMsg(m)
}

func plainSOA() *dns.SOA {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: origin + ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 300},
		Ns:  "ns1." + origin + ".", Mbox: "hostmaster.rpt." + origin + ".", Serial: 1, Refresh: 14400, Retry: 3600, Expire: 1209600, Minttl: 300,
	}
}

// servePlain answers until a signal comes.
func servePlain(ctx context.Context, zoneFile, addr string) error {
	file, err := os.Open(zoneFile)
	if err != nil {
		return err
	}
	snapshot, err := nameserver.ReadSnapshot(file)
	file.Close()
	if err != nil {
		return err
	}
	names := make(plain, len(snapshot.Entries))
	for _, e := range snapshot.Entries {
		names[e.Owner] = e.TXT
	}
	ended := make(chan error, 2)
	for _, network := range []string{"udp", "tcp"} {
		go func() { ended <- (&dns.Server{Net: network, Addr: addr, Handler: names}).ListenAndServe() }()
	}
	ctx, stop := signalContext(ctx)
	defer stop()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}
