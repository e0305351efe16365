package handlers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views/chart"
)

// domainEvidence is what a problem of a domain is judged by.
type domainEvidence struct {
	span     models.Span
	sum      ledger.Sum
	problems []ledger.ProblemParts
	same     []string // other domains that have it
}

// whoseFault is a guess from who sees a failure and who does not, and what it
// rests on; both are said as such.
func whoseFault(d models.Domain, p ledger.ProblemParts, e domainEvidence) (guess string, evidence []string) {
	kind := tlsrpt.DescribeResult(p.ResultType)
	seen, all := len(p.ByReporter), len(e.sum.Reporters)
	evidence = append(evidence, fmt.Sprintf("%d of %d %s %s it.", seen, all, plural(int64(all), "reporter", "reporters"), plural(int64(seen), "sees", "see")))
	var clean []string
	if kind.Actor == tlsrpt.ActorMail || kind.Group == tlsrpt.GroupDANE {
		clean = otherMXs(d, p, e.problems) // what is not about an MX host says nothing of the others
	}
	if len(clean) > 0 {
		evidence = append(evidence, "No such failure at "+listed(clean)+".")
	}
	if len(e.same) > 0 {
		evidence = append(evidence, "Your other domains with it: "+listed(e.same)+".")
	}
	switch {
	case kind.Actor == tlsrpt.ActorSender:
		return "It follows from a setting of the sender.", evidence
	case seen > 1 && kind.Actor == tlsrpt.ActorWeb:
		return "It looks like " + sideOf(kind, p.MX) + ".", evidence
	case seen > 1 && len(e.same) > 0:
		return "It looks like " + sideOf(kind, p.MX) + ", which several of your domains share.", evidence
	case seen > 1 && len(clean) > 0:
		return "It looks like your side: one MX.", evidence
	case seen > 1 && seen*2 > all:
		return "It looks like your side.", evidence
	case seen == 1 && all > 1 && len(e.same) == 0:
		return "It may be on the side of " + reporterName(p.ByReporter[0].Name) + ", who alone sees it.", evidence
	default:
		return "The reports do not tell whose side it is.", evidence
	}
}

// sideOf is what of the receiving side a kind of failure speaks of.
func sideOf(kind tlsrpt.ResultType, mx string) string {
	switch kind.Actor {
	case tlsrpt.ActorWeb:
		return "the web host of the MTA-STS policy"
	case tlsrpt.ActorDNS:
		return "the DNS records of " + mx
	default:
		return "the server " + mx
	}
}

// otherMXs are the MX hosts of the domain at which nobody reports such a failure.
func otherMXs(d models.Domain, p ledger.ProblemParts, problems []ledger.ProblemParts) []string {
	if p.MX == "" {
		return nil
	}
	var clean []string
	for _, mx := range d.MXHosts {
		mx = strings.TrimSuffix(mx, ".")
		failing := slices.ContainsFunc(problems, func(o ledger.ProblemParts) bool { return o.ResultType == p.ResultType && strings.EqualFold(o.MX, mx) })
		if !failing {
			clean = append(clean, mx)
		}
	}
	return clean
}

// whoseOverAll is the guess about a problem of several domains, as far as those
// with most sessions of it tell.
func whoseOverAll(p models.AccountProblem) (guess string, evidence []string) {
	kind, names := tlsrpt.DescribeResult(p.ResultType), reportersOfProblem(p)
	most := int64(len(names))
	for _, e := range p.Examples {
		most = max(most, e.Reporters)
	}
	if p.Domains > 1 {
		evidence = append(evidence, chart.Number(p.Domains)+" of your domains have it.")
	}
	evidence = append(evidence, fmt.Sprintf("%d %s %s it.", most, plural(most, "reporter", "reporters"), plural(most, "sees", "see")))
	switch {
	case kind.Actor == tlsrpt.ActorSender:
		return "It follows from a setting of the sender.", evidence
	case most > 1 && kind.Actor == tlsrpt.ActorWeb:
		return "It looks like " + sideOf(kind, p.ReceivingMX) + ".", evidence
	case most > 1 && p.Domains > 1:
		return "It looks like " + sideOf(kind, p.ReceivingMX) + ", which these domains share.", evidence
	case most == 1 && len(names) == 1:
		return "It may be on the side of " + names[0] + ", as nobody else reports it.", evidence
	case most > 1 && p.ReceivingMX != "":
		return "It looks like " + sideOf(kind, p.ReceivingMX) + ".", evidence
	default:
		return "The reports do not tell whose side it is.", evidence
	}
}

// reportersOfProblem names those who see a problem at the domains with most
// sessions of it.
func reportersOfProblem(p models.AccountProblem) []string {
	var names []string
	for _, e := range p.Examples {
		for _, identity := range e.ReporterList {
			if name := reporterName(identity); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// placeOfProblem is the MX, or the domain where none is named.
func placeOfProblem(p models.AccountProblem) string {
	switch {
	case p.ReceivingMX != "":
		return p.ReceivingMX
	case len(p.Examples) > 0:
		return p.Examples[0].Name
	default:
		return "your mail server"
	}
}

// listedNames is how many names a sentence has room for.
const listedNames = 3

// listed joins names for a sentence: "a, b and c", or "a, b, c and 2 more".
func listed(names []string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > listedNames:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:listedNames], ", "), n-listedNames)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}
