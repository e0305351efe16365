package demo

import (
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"
)

// record is a resource record while it is published; zero times are no bounds.
type record struct {
	rr          dns.RR
	from, until time.Time
}

func (r record) live(at time.Time) bool {
	return !at.Before(r.from) && (r.until.IsZero() || at.Before(r.until))
}

// content is everything that is ever published. It is not changed once made.
type content struct {
	records []record
	byName  map[string][]record
}

func newContent(records []record) content {
	c := content{records: records, byName: map[string][]record{}}
	for _, r := range records {
		name := dns.CanonicalName(r.rr.Header().Name)
		c.byName[name] = append(c.byName[name], r)
	}
	return c
}

// view is the content at one moment.
type view struct {
	content
	at time.Time
}

func (v view) find(name string, qtype uint16) []dns.RR {
	var out []dns.RR
	for _, r := range v.byName[name] {
		if r.rr.Header().Rrtype == qtype && r.live(v.at) {
			out = append(out, r.rr)
		}
	}
	return out
}

// answer puts what there is of a name into m: records, an alias, or the SOA
// that comes with an absence.
func (v view) answer(m *dns.Msg, name string, qtype uint16) {
	if v.soa(name) == nil && len(v.byName[name]) == 0 {
		v = view{newContent(stranger(name)), v.at}
	}
	soa := v.soa(name)
	found := v.find(name, qtype)
	if len(found) == 0 {
		found = v.find(name, dns.TypeCNAME)
	}
	m.Answer = append(m.Answer, found...)
	switch {
	case len(found) > 0:
	case soa == nil:
		m.Rcode = dns.RcodeNameError
	default:
		m.Ns = append(m.Ns, soa)
		if !v.exists(name) {
			m.Rcode = dns.RcodeNameError
		}
	}
}

// soa is the SOA of the zone that a name lies in, nil when there is none.
func (v view) soa(name string) dns.RR {
	for name != "" {
		if soa := v.find(name, dns.TypeSOA); len(soa) > 0 {
			return soa[0]
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return nil
}

// exists says whether there is anything at a name or below it.
func (v view) exists(name string) bool {
	for other, records := range v.byName {
		if other != name && !strings.HasSuffix(other, "."+name) {
			continue
		}
		for _, r := range records {
			if r.live(v.at) {
				return true
			}
		}
	}
	return false
}

// stranger is the zone of a domain that is not part of the demo: one that
// takes mail and has no TLS-RPT record, so that visitors can register it.
func stranger(name string) []record {
	apex, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(name, "."))
	if err != nil {
		return nil
	}
	return append(zoneOf(apex), always("%s. 3600 MX 10 mail.%s.", apex, apex), always("mail.%s. 3600 A %s", apex, addressOf("mail."+apex)))
}
