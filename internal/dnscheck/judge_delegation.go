package dnscheck

import (
	"slices"
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"golang.org/x/net/publicsuffix"
)

// delegation judges block D: the first state that fits is the one.
func (j *judge) delegation() {
	if j.target != "" && !j.zone.Fits(j.o.Domain) {
		j.add("D23", tlsrpt.SeverityFail)
		return
	}
	switch {
	case !j.seen:
	case j.view.CNAME != "":
		j.aliased()
	case len(j.texts) > 0:
		j.direct()
	default:
		j.missing()
	}
}

// aliased judges a CNAME at the owner name.
func (j *judge) aliased() {
	got := plainName(j.view.CNAME)
	switch {
	case j.view.Beside:
		j.add("D13", tlsrpt.SeverityFail)
	case j.looped():
		j.add("D4", tlsrpt.SeverityFail)
	case j.o.Wildcard: // before D1: it would not prove anything
		j.add("D16", tlsrpt.SeverityFail)
	case j.arrives():
		j.toUs(got)
	case j.target == "" || !j.astray(got):
		j.toOthers(got)
	}
}

// looped reports whether the aliases never end.
func (j *judge) looped() bool {
	if !j.walked() {
		return false
	}
	last := j.o.Chain[len(j.o.Chain)-1].Target
	return len(j.o.Chain) > maxHops || slices.ContainsFunc(j.o.Chain, func(a Alias) bool { return a.Name == last })
}

// toUs judges aliases that end in our target.
func (j *judge) toUs(got string) {
	switch {
	case j.known && !slices.Equal(tlsrpt.SelectRecords(j.texts), []string{j.ours}):
		j.add("D19", SeverityPending)
	case got != j.target:
		j.add("D3", tlsrpt.SeverityWarn)
	case j.view.CNAME != j.target:
		j.delegated("D22")
	default:
		j.delegated("D1")
	}
}

// delegated says that all is well, and when to expect the first report as long
// as none has come.
func (j *judge) delegated(id string) {
	sentence := sentences[id]
	if !j.s.LastReport.IsZero() {
		sentence, _, _ = strings.Cut(sentence, ";")
		sentence += "."
	}
	j.say(id, tlsrpt.SeverityInfo, sentence)
}

// astray judges a CNAME that was meant for us and misses; false when it was not.
func (j *judge) astray(got string) bool {
	domain, _, ok := j.zone.ParseTarget(got)
	switch {
	case ok && domain == j.o.Domain:
		j.add("D18", tlsrpt.SeverityFail)
	case j.appended(got):
		j.add("D6", tlsrpt.SeverityFail)
	case j.zone.IsOurs(got) || slices.Contains(strings.Split(got, "."), j.e.Token):
		j.add("D10", tlsrpt.SeverityFail, "{got}", got)
	default:
		return false
	}
	return true
}

// appended reports whether the DNS host took our target for a relative name.
func (j *judge) appended(got string) bool {
	for _, tail := range []string{j.o.Domain, j.o.Zone} {
		if tail != "" && strings.HasSuffix(got, "."+j.zone.Name+"."+tail) {
			return true
		}
	}
	return strings.HasPrefix(got, j.target+".")
}

// toOthers judges a CNAME that leads to somebody else.
func (j *judge) toOthers(got string) {
	switch {
	case !j.known:
		j.res.Inconclusive = true
		j.say("N2", SeverityPending, "{got}, to which the CNAME points, did not answer; we try again in 10 minutes.", "{got}", got)
	case !slices.ContainsFunc(j.texts, tlsLike):
		j.add("D12", tlsrpt.SeverityFail, "{got}", got)
		j.lint.Findings = nil // what stands there is not a record of this domain
	case j.target != "":
		j.add("D11", tlsrpt.SeverityWarn, "{provider}", provider(got))
	}
}

func tlsLike(t tlsrpt.TXT) bool {
	return strings.Contains(strings.ToLower(t.Text()), "tlsrpt")
}

func provider(name string) string {
	if site, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return site
	}
	return name
}

// direct judges TXT records at the owner name itself.
func (j *judge) direct() {
	if value, ok := j.targetAsText(); ok {
		j.add("D14", tlsrpt.SeverityFail, "{value}", value)
		j.lint.Findings = nil // the fix is another type, not another text
		return
	}
	switch {
	case j.o.Wildcard:
		j.add("D16", tlsrpt.SeverityFail)
	case j.target == "":
	case j.flattened(j.view) && len(j.texts) == 1:
		j.add("D2", tlsrpt.SeverityInfo)
	case !j.lint.Effective:
	case slices.ContainsFunc(j.lint.Destinations, j.isOurs):
		j.add("D20", tlsrpt.SeverityWarn)
	default:
		j.add("D21", tlsrpt.SeverityWarn, "{rua}", shorten(strings.Join(j.lint.Destinations, ", ")))
	}
}

// targetAsText finds the value of the CNAME in a TXT.
func (j *judge) targetAsText() (string, bool) {
	for _, t := range j.texts {
		text := plainName(strings.TrimSpace(t.Text()))
		if _, _, ok := j.zone.ParseTarget(text); ok || text == j.target && text != "" {
			return text + ".", true
		}
	}
	return "", false
}

func (j *judge) isOurs(destination string) bool {
	return strings.EqualFold(destination, j.zone.RUA(j.e.Token))
}

const maxQuoted = 200

func shorten(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}

// missing judges an owner name without CNAME and TXT.
func (j *judge) missing() {
	switch {
	case len(j.o.OtherTypes) > 0 && j.o.Wildcard:
		j.add("D16", tlsrpt.SeverityFail)
	case len(j.o.OtherTypes) > 0:
		j.add("D15", tlsrpt.SeverityFail)
	case j.o.Cut != "":
		j.add("D17", tlsrpt.SeverityFail, "{ns}", j.serverNames())
	case len(j.o.Elsewhere) > 0:
		j.misplaced()
	case j.young():
		j.add("D5", SeverityPending)
	default:
		j.add("D5", tlsrpt.SeverityFail)
	}
}

func (j *judge) misplaced() {
	ids := []string{"D7", "D8", "D9"}
	first := slices.MinFunc(j.o.Elsewhere, func(a, b Misplaced) int {
		return slices.Index(ids, j.mistake(a)) - slices.Index(ids, j.mistake(b))
	})
	j.add(j.mistake(first), tlsrpt.SeverityFail, "{wrong}", first.Name)
}

func (j *judge) mistake(m Misplaced) string {
	switch m.Name {
	case doubled(j.o.Domain, j.o.Domain), doubled(j.o.Domain, j.o.Zone):
		return "D7"
	case j.o.Domain:
		return "D9"
	}
	return "D8"
}
