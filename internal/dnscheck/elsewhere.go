package dnscheck

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// wrongHosts are the labels under which the record is found when it is not
// where it belongs: labels swapped, joined or doubled, an underscore left out,
// and the names of old drafts.
var wrongHosts = []string{
	"_tls._smtp", "_tlsrpt", "_tls-rpt", "smtp._tls", "_smtp.tls", "_smtp-tls", "_smtp_tls",
	"_smtp._tls._smtp._tls", "_smtp._tls._smtp", "_smtp-tlsrpt", "_smtp_tlsrpt", "_smtp._tls.www",
}

// wrongPlaces are the names to look at when the owner name is empty: first
// where a DNS host that completes names by itself puts it.
func wrongPlaces(domain, zone string) []string {
	places := []string{doubled(domain, domain), domain}
	if zone != domain && zone != "" {
		places = append(places, doubled(domain, zone))
	}
	for _, host := range wrongHosts {
		places = append(places, host+"."+domain)
	}
	return slices.DeleteFunc(places, func(name string) bool { return len(name) > 253 })
}

func doubled(domain, zone string) string { return "_smtp._tls." + domain + "." + zone }

// elsewhere looks at the wrong places, at the zone's own servers in turn.
func (r *round) elsewhere(zone string, servers []string) []Misplaced {
	if len(servers) == 0 {
		return nil
	}
	places := wrongPlaces(r.domain, zone)
	found := make([]*Misplaced, len(places))
	var asks []func()
	for i, name := range places {
		asks = append(asks, func() {
			var a ServerAnswer
			a.read(name, r.ask(servers[i%len(servers)], query{name: name, qtype: dns.TypeTXT}))
			found[i] = r.misplaced(name, a)
		})
	}
	parallel(asks...)
	var out []Misplaced
	for _, m := range found {
		if m != nil {
			out = append(out, *m)
		}
	}
	return out
}

// misplaced keeps what was meant for the owner name: a CNAME into our zone, or
// a TXT that begins like a TLS-RPT record.
func (r *round) misplaced(name string, a ServerAnswer) *Misplaced {
	m := Misplaced{Name: name}
	if a.Answered() && a.CNAME != "" && r.c.Zone.IsOurs(plainName(a.CNAME)) {
		m.CNAME = a.CNAME
	}
	for _, text := range a.TXT {
		if strings.HasPrefix(strings.ToLower(text), "v=tlsrpt") {
			m.TXT = append(m.TXT, text)
		}
	}
	if m.CNAME == "" && m.TXT == nil {
		return nil
	}
	return &m
}
