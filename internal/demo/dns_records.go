package demo

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// always makes a record without bounds from a line of a zone file. The lines
// are ours: one that does not parse is a mistake in this file.
func always(line string, args ...any) record {
	rr, err := dns.NewRR(fmt.Sprintf(line, args...))
	if err != nil {
		panic(fmt.Sprintf("demo: %q: %v", line, err))
	}
	return record{rr: rr}
}

func (r record) within(from, until time.Time) record {
	r.from, r.until = from, until
	return r
}

// nameServers host all zones of the demo.
func nameServers() []string { return []string{"ns1.hosting.example", "ns2.hosting.example"} }

// zoneOf gives the records that every zone begins with.
func zoneOf(apex string) []record {
	out := []record{always("%s. 3600 SOA ns1.hosting.example. hostmaster.hosting.example. 1 7200 3600 1209600 300", apex)}
	for _, ns := range nameServers() {
		out = append(out, always("%s. 3600 NS %s.", apex, ns))
	}
	return out
}

// records is what is in DNS from the beginning to the end. The text behind the
// targets is added as domains get their tokens.
func (w *world) records() []record {
	out := append(zoneOf("hosting.example"), zoneOf("post.example")...)
	out = append(out, zoneOf(w.Zone.Name)...)
	for _, ns := range nameServers() {
		out = append(out, always("%s. 3600 A 127.0.0.1", ns))
	}
	for i := range w.domains {
		d := &w.domains[i]
		if d.name != "lists.example.org" { // which lies in the zone of example.org
			out = append(out, zoneOf(d.name)...)
		}
		for _, m := range d.mx {
			mx, host := always("%s. 3600 MX 10 %s.", d.name, m.name), always("%s. 3600 A %s", m.name, addressOf(m.name))
			out = append(out, mx.within(w.turn(m.since), w.turn(m.until)), host)
		}
		if d.setup == direct {
			out = append(out, always("%s. 3600 TXT \"v=TLSRPTv1; rua=mailto:tls-reports@%s\"", hosted.Owner(d.name), d.name))
		}
	}
	public := base64.StdEncoding.EncodeToString(w.key.Public().(ed25519.PublicKey))
	for _, r := range w.reporters {
		if r.posts {
			continue
		}
		out = append(out, always("%s._domainkey.%s. 3600 TXT \"v=DKIM1; k=ed25519; s=tlsrpt; p=%s\"", r.selector, r.identity, public))
	}
	return out
}

// turn is the moment of a change so many days ago; 0 is no change.
func (w *world) turn(ago int) time.Time {
	if ago == 0 {
		return time.Time{}
	}
	return w.date(ago).Add(13 * time.Hour)
}

// published is how long after its registration the record of a domain is put
// into DNS.
const published = 25 * time.Minute

// delegation is what the owner of a domain does after registering it.
func (w *world) delegation(d *domain, row models.Domain) []record {
	target := w.Zone.Target(d.name, row.Token)
	out := []record{always("%s. 3600 TXT %q", target, w.Zone.Record(row.Token))}
	from := row.CreatedAt.Add(published)
	switch d.setup {
	case delegated:
		out = append(out, always("%s. 3600 CNAME %s.", hosted.Owner(d.name), target).within(from, w.turn(d.removed)))
	case appended:
		out = append(out, always("%s. 3600 CNAME %s.%s.", hosted.Owner(d.name), target, d.name).within(from, time.Time{}))
	}
	return out
}
