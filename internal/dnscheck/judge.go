package dnscheck

import (
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// Judge says what an observation means for a domain with the given history.
// It is pure: the same facts give the same verdict. The findings have the ids
// A (does the domain take mail), N (do names resolve), D (the delegation) and
// R (the record's text); states of ownership are judged only with a token.
func Judge(zone hosted.Zone, o Observation, e Expect, s State) Result {
	j := &judge{zone: zone, o: o, e: e, s: s}
	j.res = Result{Domain: o.Domain, At: o.At, Presence: Unknown}
	if e.Token != "" {
		j.target, j.ours = zone.Target(o.Domain, e.Token), zone.Record(e.Token)
	}
	j.survey()
	j.reach()
	j.facts()
	if j.takesMail() {
		j.names()
		j.delegation()
		j.record()
	}
	j.finish()
	return j.res
}

// judge is one judgement in the making.
type judge struct {
	zone hosted.Zone
	o    Observation
	e    Expect
	s    State
	res  Result

	target string // plain name that the CNAME should have, "" without a token
	ours   string // text of the hosted record, "" without a token

	live      []ServerAnswer // authoritative servers that answered
	caches    []ServerAnswer // resolvers that answered
	view      ServerAnswer   // the answer that is judged
	seen      bool           // view is one
	fromCache bool           // view is a resolver's
	removed   bool           // resolvers still have what the servers have lost (N6)
	stale     []ServerAnswer // authoritative servers that contradict view
	texts     []tlsrpt.TXT   // the TXT records that view leads to
	known     bool           // texts is what is there, and not a gap in the facts
	lint      tlsrpt.LintResult
	badge     tlsrpt.Verdict // overrides what the findings say
}

// survey sorts the answers and picks the one to judge: the servers' own, and
// where they disagree the one that shows our target; without them, or when
// they have lost what the caches still have, the resolvers'.
func (j *judge) survey() {
	for _, a := range j.o.Servers {
		switch {
		case a.Kind == Authoritative && a.Answered():
			j.live = append(j.live, a)
		case a.Kind == Resolver && a.Answered():
			j.caches = append(j.caches, a)
		}
	}
	j.view, j.stale = j.prefer(j.live)
	j.seen = len(j.live) > 0
	cached, _ := j.prefer(j.caches)
	j.removed = j.seen && absent(j.live) && j.worthKeeping(cached)
	if j.removed || !j.seen && len(j.caches) > 0 {
		j.view, j.seen, j.fromCache = cached, true, true
	}
}

// prefer picks the best of several answers and gives those that differ.
func (j *judge) prefer(answers []ServerAnswer) (best ServerAnswer, others []ServerAnswer) {
	score := func(a ServerAnswer) int {
		n := 0
		for _, b := range answers {
			if sameRecord(a, b) {
				n++
			}
		}
		if !a.Empty() {
			n += 1000
		}
		if j.matches(a) {
			n += 2000
		}
		return n
	}
	for i, a := range answers {
		if i == 0 || score(a) > score(best) {
			best = a
		}
	}
	for _, a := range answers {
		if !sameRecord(a, best) {
			others = append(others, a)
		}
	}
	return best, others
}

// worthKeeping reports whether a cached answer is the record that should be
// there, so that its removal is news.
func (j *judge) worthKeeping(cached ServerAnswer) bool {
	if j.target != "" {
		return j.matches(cached) || j.flattened(cached)
	}
	return len(cached.TXT) > 0 && tlsrpt.Lint(tlsrpt.LintInput{TXT: textsOf(cached)}).Effective
}

// matches reports whether an answer is the CNAME to our target and nothing else.
func (j *judge) matches(a ServerAnswer) bool {
	return j.target != "" && a.Answered() && plainName(a.CNAME) == j.target && !a.Beside
}

// flattened reports whether an answer is a copy of our TXT in place of the CNAME.
func (j *judge) flattened(a ServerAnswer) bool {
	return j.ours != "" && a.CNAME == "" && slices.Equal(tlsrpt.SelectRecords(textsOf(a)), []string{j.ours})
}

// sameRecord compares what stands at the owner name itself: behind a CNAME
// some servers add what they know of its target, others do not.
func sameRecord(a, b ServerAnswer) bool {
	if a.CNAME != "" && !a.Beside && b.CNAME != "" && !b.Beside {
		return strings.EqualFold(a.CNAME, b.CNAME)
	}
	return a.Beside == b.Beside && sameAnswer(a, b)
}

// textsOf gives the TXT records of an answer byte by byte.
func textsOf(a ServerAnswer) []tlsrpt.TXT {
	var out []tlsrpt.TXT
	for _, s := range a.Strings {
		out = append(out, wire(s))
	}
	return out
}

// reach finds the TXT records that the view leads to.
func (j *judge) reach() {
	if !j.seen {
		return
	}
	if j.view.CNAME == "" || j.view.Beside {
		j.texts, j.known = textsOf(j.view), true
	} else if end, ok := j.end(); ok {
		j.texts, j.known = textsOf(end), end.Answered()
	}
	if len(j.texts) == 0 {
		return
	}
	in := tlsrpt.LintInput{TXT: j.texts, Domain: j.o.Domain}
	if j.e.Token != "" {
		in.OurRUA = j.zone.RUA(j.e.Token)
	}
	in.DeadMailboxes, in.DeadURLs = j.o.dead()
	in.Unenforced = j.o.Enforcement.STS == Gone && j.o.Enforcement.DANE == Gone
	in.SilentDays = j.s.silentDays(j.o.At)
	if j.view.CNAME == "" && !j.fromCache { // a cache shows what is left of a TTL
		in.TTL = j.view.TTL
	}
	j.lint = tlsrpt.Lint(in)
}

// end is the answer at the end of the aliases: of our own server when they end
// in the target, else of the walk along them. A cache that went the same way
// stands in when that gave nothing, which may be an old absence.
func (j *judge) end() (end ServerAnswer, ok bool) {
	if j.arrives() {
		for _, a := range j.o.Servers {
			if a.Kind == Own && a.Answered() {
				return a, true
			}
		}
	} else if j.o.End != nil && j.o.End.Answered() && j.walked() {
		end, ok = *j.o.End, true
	}
	for _, a := range j.caches {
		if strings.EqualFold(a.CNAME, j.view.CNAME) && (!ok || len(end.TXT) == 0) {
			end, ok = a, true
		}
	}
	return end, ok
}

// walked reports whether the chain of the observation begins with the view.
func (j *judge) walked() bool {
	return len(j.o.Chain) > 0 && j.o.Chain[0].Target == plainName(j.view.CNAME)
}

// arrives reports whether the aliases lead to our target, however far.
func (j *judge) arrives() bool {
	if j.target == "" || j.view.CNAME == "" {
		return false
	}
	return plainName(j.view.CNAME) == j.target || j.walked() && j.o.Chain[len(j.o.Chain)-1].Target == j.target
}

// facts fills in what holds whatever the verdict is.
func (j *judge) facts() {
	r := &j.res
	r.CNAME, r.Record, r.Senders = plainName(j.view.CNAME), j.lint.Record, j.lint.Senders
	r.Disagree = len(j.stale) > 0
	r.Effective = j.lint.Effective && !j.looped() && !j.view.Beside && !j.bogus()
	r.Delegated = !j.looped() && !j.view.Beside && (j.arrives() || j.flattened(j.view) || j.leadsToUs())
	r.Presence = j.presence()
	r.Proven = r.Presence == Present && j.o.Sibling && !j.o.Wildcard
}

// leadsToUs is the delegation of a domain whose token is not known here.
func (j *judge) leadsToUs() bool {
	if j.target != "" || j.view.CNAME == "" || len(j.texts) == 0 {
		return false
	}
	name := plainName(j.view.CNAME)
	if j.walked() {
		name = j.o.Chain[len(j.o.Chain)-1].Target
	}
	domain, _, ok := j.zone.ParseTarget(name)
	return ok && domain == j.o.Domain
}

func (j *judge) presence() Presence {
	if j.target == "" || len(j.live) == 0 || len(j.stale) > 0 {
		return Unknown
	}
	if slices.ContainsFunc(j.live, func(a ServerAnswer) bool { return !j.matches(a) }) {
		return Absent
	}
	return Present
}

// takesMail judges block A and reports whether the others matter.
func (j *judge) takesMail() bool {
	a := j.o.Apex
	null := slices.ContainsFunc(a.MX, func(m MX) bool { return m.Host == "." })
	exists := slices.ContainsFunc(j.live, func(a ServerAnswer) bool { return a.Rcode == "NOERROR" })
	switch {
	case !a.Known:
	case a.Rcode == "NXDOMAIN" && !exists:
		j.add("A1", tlsrpt.SeverityFail)
		return false
	case null && len(a.MX) == 1: // RFC 7505
		return j.noMail("A2")
	case null:
		j.add("A3", tlsrpt.SeverityWarn)
	case len(a.MX) == 0 && !a.Address:
		return j.noMail("A4")
	case len(a.MX) == 0:
		j.add("A5", tlsrpt.SeverityInfo)
		j.badge = tlsrpt.NotApplicable
	}
	return true
}

func (j *judge) noMail(id string) bool {
	j.add(id, tlsrpt.SeverityInfo)
	if len(j.texts) > 0 && len(tlsrpt.SelectRecords(j.texts)) > 0 && j.res.Effective {
		j.add("A6", tlsrpt.SeverityInfo)
	}
	j.badge = tlsrpt.NotApplicable
	return false
}

// record judges block R on whatever text was reached.
func (j *judge) record() {
	j.res.Findings = append(j.res.Findings, j.lint.Findings...)
}

func (j *judge) finish() {
	r := &j.res
	j.caching()
	slices.SortStableFunc(r.Findings, func(a, b tlsrpt.Finding) int { return weight(a.Severity) - weight(b.Severity) })
	r.Verdict = verdictOf(r.Findings)
	if j.badge != "" {
		r.Verdict = j.badge
	}
	if r.Findings == nil {
		r.Findings = []tlsrpt.Finding{}
	}
	for _, a := range j.o.Servers {
		r.Servers = append(r.Servers, ServerVerdict{a, j.server(a)})
	}
}

func weight(s tlsrpt.Severity) int {
	return slices.Index([]tlsrpt.Severity{tlsrpt.SeverityFail, SeverityPending, tlsrpt.SeverityWarn, tlsrpt.SeverityInfo}, s)
}

func verdictOf(sorted []tlsrpt.Finding) tlsrpt.Verdict {
	if len(sorted) == 0 || sorted[0].Severity == tlsrpt.SeverityInfo {
		return tlsrpt.Pass
	}
	return tlsrpt.Verdict(sorted[0].Severity)
}

// server judges one answer by itself.
func (j *judge) server(a ServerAnswer) tlsrpt.Verdict {
	switch {
	case a.Err == ErrSpecial || a.Err == ErrBudget || a.Err == ErrNoRoute:
		return tlsrpt.NotApplicable
	case a.Err == ErrSpared:
		return tlsrpt.Pending
	case a.Bogus:
		return tlsrpt.Fail
	case !a.Answered():
		return tlsrpt.Warn
	case a.Kind == Own:
		return j.ownServer(a)
	case j.right(a) && !j.o.Wildcard:
		return tlsrpt.Pass
	case sameRecord(a, j.view) && (j.o.Wildcard || !j.right(j.view)):
		return j.core()
	case a.Kind == Authoritative && verdictOf(j.of('N')) == tlsrpt.Fail:
		return tlsrpt.Fail
	}
	return tlsrpt.Pending
}

// core is the verdict on the judged answer itself.
func (j *judge) core() tlsrpt.Verdict {
	if found := j.of('D', 'R'); len(found) > 0 {
		return verdictOf(found)
	}
	if len(j.of('A')) > 0 {
		return j.res.Verdict
	}
	return tlsrpt.Pass
}

// of picks the findings of some blocks.
func (j *judge) of(blocks ...byte) []tlsrpt.Finding {
	var out []tlsrpt.Finding
	for _, f := range j.res.Findings {
		if slices.Contains(blocks, f.ID[0]) {
			out = append(out, f)
		}
	}
	return out
}

func (j *judge) ownServer(a ServerAnswer) tlsrpt.Verdict {
	if j.ours != "" && slices.Equal(tlsrpt.SelectRecords(textsOf(a)), []string{j.ours}) || j.ours == "" && len(a.TXT) > 0 {
		return tlsrpt.Pass
	}
	return tlsrpt.Pending
}

// right reports whether an answer is what should be seen from that server.
func (j *judge) right(a ServerAnswer) bool {
	if j.target == "" {
		return j.lint.Effective && sameRecord(a, j.view) && j.complete(a)
	}
	return j.matches(a) && j.complete(a) || j.flattened(a)
}

// complete reports whether a resolver got behind the CNAME as well.
func (j *judge) complete(a ServerAnswer) bool {
	return a.Kind != Resolver || !j.known || sameTexts(textsOf(a), j.texts)
}

func sameTexts(a, b []tlsrpt.TXT) bool {
	text := func(all []tlsrpt.TXT) []string {
		var out []string
		for _, t := range all {
			out = append(out, t.Text())
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(text(a), text(b))
}

// young is the time in which a missing record is not yet a mistake.
func (j *judge) young() bool {
	return j.target != "" && !j.s.Active && j.o.At.Sub(j.s.Registered) < graceAfterRegistration
}

const graceAfterRegistration = 48 * time.Hour
