package dnscheck

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// disagreementEnds is how long name servers may contradict each other before
// it is a failure: a zone transfer takes less.
const disagreementEnds = 24 * time.Hour

// names judges block N but for the caches, which come last.
func (j *judge) names() {
	j.bogusZone()
	j.silence()
	j.deadServers()
	j.disagreement()
	if j.removed {
		j.res.RecheckAt = j.o.At.Add(seconds(j.longest(j.caches)))
		j.add("N6", tlsrpt.SeverityWarn, "{time}", clock(j.res.RecheckAt))
	}
	if j.o.Parent == "NXDOMAIN" {
		j.add("N7", tlsrpt.SeverityWarn)
	}
	j.halfSigned()
}

// bogus reports whether validation fails for the owner name: at one resolver
// at least, while no other one validates it.
func (j *judge) bogus() bool {
	bogus, valid := false, false
	for _, a := range j.o.Servers {
		bogus = bogus || a.Kind == Resolver && a.Bogus
		valid = valid || a.Kind == Resolver && a.Answered() && a.AD
	}
	return bogus && !valid
}

func (j *judge) bogusZone() {
	if j.bogus() {
		zone := j.o.Zone
		if zone == "" {
			zone = j.o.Domain
		}
		j.add("N1", tlsrpt.SeverityFail, "{zone}", zone)
	}
}

// silence is when nobody at all has answered, or none of the domain's own servers.
func (j *judge) silence() {
	list := j.serverNames()
	if list == "" {
		list = "your name servers"
	}
	switch {
	case len(j.live) == 0 && len(j.caches) == 0 && !j.bogus():
		j.res.Inconclusive = true
		if j.target == "" { // nobody checks again by himself, and they may be a stranger's
			list = strings.Replace(list, "your", "its", 1)
			j.say("N2", SeverityPending, "The DNS servers of {domain} did not answer: check {ns list}, and ask again in some minutes.", "{ns list}", list)
			return
		}
		j.add("N2", SeverityPending, "{ns list}", list)
	case len(j.live) == 0 && j.target != "":
		j.res.Inconclusive = !j.bogus()
		j.add("N2", SeverityPending, "{ns list}", list)
	case len(j.live) == 0:
		j.say("N2", tlsrpt.SeverityInfo, "None of your name servers answered us directly, so this verdict rests on the resolvers alone; check {ns list}.", "{ns list}", list)
	}
}

// deafResolvers is when the domain's own servers answer and no resolver gets
// through to them.
func (j *judge) deafResolvers() bool {
	asked := slices.ContainsFunc(j.o.Servers, func(a ServerAnswer) bool {
		return a.Kind == Resolver && a.Err != ErrSpared && a.Err != ErrBudget
	})
	return asked && len(j.caches) == 0 && !j.bogus()
}

func (j *judge) serverNames() string {
	var names []string
	for _, a := range j.o.Servers {
		if a.Kind == Authoritative && !slices.Contains(names, a.Server) {
			names = append(names, a.Server)
		}
	}
	return strings.Join(names, ", ")
}

// deadServers names each authoritative server that fails while another works.
func (j *judge) deadServers() {
	told := map[string]bool{}
	for _, a := range j.o.Servers {
		id := j.trouble(a)
		if id == "" || told[id+a.Server] {
			continue
		}
		told[id+a.Server] = true
		severity := tlsrpt.SeverityWarn
		if id == "N11" {
			severity = tlsrpt.SeverityInfo
		}
		j.add(id, severity, "{ns}", a.Server, "{addr}", a.Addr)
	}
}

func (j *judge) trouble(a ServerAnswer) string {
	switch {
	case a.Kind != Authoritative:
		return ""
	case a.Err == ErrSpecial:
		return "N11"
	case a.Err == ErrTCP:
		return "N9"
	case len(j.live) == 0 || a.Answered() || a.Err == ErrBudget || a.Err == ErrNoRoute || !j.reachable(a):
		return ""
	}
	return "N3"
}

// reachable reports whether silence of a server means anything: when nobody of
// its address family answered, the fault may be on our side.
func (j *judge) reachable(a ServerAnswer) bool {
	if a.Err == ErrNoAddress || a.Rcode != "" {
		return true
	}
	return slices.ContainsFunc(j.o.Servers, func(b ServerAnswer) bool {
		return b.Rcode != "" && sixth(a.Addr) == sixth(b.Addr)
	})
}

// sixth reports whether an address, with a port or without, is of IPv6.
func sixth(addr string) bool {
	if with, err := netip.ParseAddrPort(addr); err == nil {
		return with.Addr().Is6()
	}
	a, err := netip.ParseAddr(addr)
	return err == nil && a.Is6()
}

func (j *judge) disagreement() {
	if len(j.stale) == 0 {
		return
	}
	severity := SeverityPending
	if !j.s.DisagreeSince.IsZero() && j.o.At.Sub(j.s.DisagreeSince) >= disagreementEnds {
		severity = tlsrpt.SeverityFail
	}
	var names []string
	for _, a := range j.stale {
		if !slices.Contains(names, a.Server) {
			names = append(names, a.Server)
		}
	}
	j.add("N4", severity, "{ns}", strings.Join(names, ", "))
}

// halfSigned notes that the same resolver validated the domain and not the
// answer behind its CNAME.
func (j *judge) halfSigned() {
	for _, a := range j.caches {
		if a.Server == j.o.Apex.Secure && !a.AD && a.CNAME != "" {
			j.add("N10", tlsrpt.SeverityInfo)
			return
		}
	}
}

// caching judges the resolvers that lag behind, which matters only where
// everything else is well.
func (j *judge) caching() {
	if j.fromCache || len(j.live) == 0 || !j.well() {
		return
	}
	if j.deafResolvers() {
		j.res.Inconclusive = true
		j.say("N2", SeverityPending, "Your name servers answer, but no resolver could find the record; we try again in 10 minutes.")
		return
	}
	var behind []ServerAnswer
	var names []string
	for _, a := range j.caches {
		if !j.right(a) {
			behind, names = append(behind, a), append(names, a.Server)
		}
	}
	if len(behind) == 0 {
		return
	}
	j.res.RecheckAt = j.o.At.Add(seconds(j.longest(behind)))
	until := clock(j.res.RecheckAt)
	j.add("N5", SeverityPending, "{resolver}", strings.Join(names, ", "), "{time}", until)
	if j.longest(behind) > 86400 {
		j.add("N8", SeverityPending, "{time}", until)
	}
}

// well reports whether the record at the authoritative servers passes.
func (j *judge) well() bool {
	for _, f := range j.res.Findings {
		if f.Severity != tlsrpt.SeverityInfo && f.ID[0] != 'N' && f.ID[0] != 'A' {
			return false
		}
		if f.ID == "A1" || f.ID == "A2" || f.ID == "A4" || f.ID == "N4" {
			return false
		}
	}
	return j.lint.Effective || j.view.CNAME != "" && !j.known
}

func (j *judge) longest(answers []ServerAnswer) uint32 {
	var ttl uint32
	for _, a := range answers {
		ttl = max(ttl, a.TTL)
	}
	return ttl
}

func seconds(ttl uint32) time.Duration { return time.Duration(ttl) * time.Second }

// clock writes a time for a sentence, rounded up to the minute.
func clock(t time.Time) string {
	return t.UTC().Add(time.Minute - time.Nanosecond).Truncate(time.Minute).Format("2006-01-02 15:04 UTC")
}
