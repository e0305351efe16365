package dnscheck

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// referral is the way that a server of the parent zone points to a zone cut.
type referral struct {
	cut   string
	names []string
	glue  map[string][]netip.Addr
}

// authoritative asks every address of every server of the zone for the owner
// name, and follows referrals to a zone cut below the domain. relays are the
// endpoints that answered for the zone itself.
func (r *round) authoritative(o *Observation, names []string) (answers []ServerAnswer, relays []string) {
	zone, glue := o.Zone, map[string][]netip.Addr(nil)
	for range maxReferral {
		if len(names) == 0 {
			break
		}
		rows, referred := r.askAll(zone, r.unasked(r.seats(names, glue), answers))
		if relays == nil {
			relays = r.endpointsOf(rows, referred)
		}
		var next referral
		for i, row := range rows {
			if referred[i] == nil {
				answers = append(answers, row)
				continue
			}
			next.add(referred[i])
		}
		zone, names, glue = next.cut, next.names, next.glue
		if zone != "" {
			o.Cut = zone
		}
	}
	return answers, relays
}

func (n *referral) add(more *referral) {
	if n.cut == "" {
		n.cut, n.glue = more.cut, map[string][]netip.Addr{}
	}
	if n.cut != more.cut {
		return
	}
	for _, ns := range more.names {
		if !slices.Contains(n.names, ns) && len(n.names) < maxServers {
			n.names = append(n.names, ns)
		}
		if len(more.glue[ns]) > 0 {
			n.glue[ns] = more.glue[ns]
		}
	}
}

func (r *round) endpointsOf(rows []ServerAnswer, referred []*referral) []string {
	var out []string
	for i, row := range rows {
		if endpoint, ok := r.c.endpoint(row.Addr); ok && (referred[i] != nil || row.Answered()) {
			out = append(out, endpoint)
		}
	}
	return out
}

// unasked leaves out the addresses that have answered already.
func (r *round) unasked(seats []seat, answers []ServerAnswer) []seat {
	return slices.DeleteFunc(seats, func(s seat) bool {
		return slices.ContainsFunc(answers, func(a ServerAnswer) bool { return a.Addr != "" && a.Addr == s.addr.String() })
	})
}

func (r *round) askAll(zone string, seats []seat) ([]ServerAnswer, []*referral) {
	rows, referred := make([]ServerAnswer, len(seats)), make([]*referral, len(seats))
	var asks []func()
	for i, s := range seats {
		asks = append(asks, func() { rows[i], referred[i] = r.askSeat(zone, s) })
	}
	parallel(asks...)
	return rows, referred
}

// askSeat asks one address for the TXT, which brings the CNAME along, and for
// the CNAME itself when it did not: some servers hold both at one name.
func (r *round) askSeat(zone string, s seat) (ServerAnswer, *referral) {
	a := ServerAnswer{Server: s.ns, Kind: Authoritative, Err: s.err}
	if s.err != "" {
		return a, nil
	}
	a.Addr = s.addr.String()
	server, ok := r.c.endpoint(a.Addr)
	if !ok {
		a.Err = ErrSpecial
		return a, nil
	}
	got := r.ask(server, query{name: r.owner, qtype: dns.TypeTXT})
	if got.err == "" {
		if ref := referralIn(got.msg, zone, r.owner); ref != nil {
			return a, ref
		}
	}
	a.read(r.owner, got)
	a.notAuthoritative(got.msg)
	if a.Err == "" && a.Rcode == "NOERROR" && a.CNAME == "" {
		r.askCNAME(&a, server)
	}
	return a, nil
}

func (r *round) askCNAME(a *ServerAnswer, server string) {
	got := r.ask(server, query{name: r.owner, qtype: dns.TypeCNAME})
	if got.err != "" {
		return
	}
	hadText := len(a.TXT) > 0
	a.readCNAME(r.owner, got.msg.Answer)
	a.Beside = hadText && a.CNAME != ""
}

// notAuthoritative marks a server that speaks without authority: it refuses
// the zone, or repeats what it has from others.
func (a *ServerAnswer) notAuthoritative(m *dns.Msg) {
	switch {
	case m == nil:
	case m.Rcode == dns.RcodeRefused || m.Rcode == dns.RcodeNotAuth:
		a.Err = ErrLame
	case !m.Authoritative && a.Answered() && (m.RecursionAvailable || len(m.Answer) == 0):
		a.Err = ErrLame
	}
}

// referralIn finds a delegation strictly below zone on the way to owner. One
// that points anywhere else is a lame server's.
func referralIn(m *dns.Msg, zone, owner string) *referral {
	if m.Authoritative || m.Rcode != dns.RcodeSuccess || len(m.Answer) > 0 {
		return nil
	}
	for _, rr := range m.Ns {
		cut := plainName(rr.Header().Name)
		if rr.Header().Rrtype != dns.TypeNS || cut == zone || !below(cut, zone) || !below(owner, cut) {
			continue
		}
		ref := &referral{cut: cut, names: nsAt(cut, m.Ns), glue: map[string][]netip.Addr{}}
		for _, ns := range ref.names {
			if below(ns, cut) {
				ref.glue[ns] = addressesIn(m.Extra, ns)
			}
		}
		return ref
	}
	return nil
}
