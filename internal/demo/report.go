package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// scene is what one reporter has seen of one domain on one day.
type scene struct {
	domain   *domain
	reporter *reporter
	day      models.Day
	ago      int
	rnd      *rand.Rand
	total    int64 // sessions
}

// tally is the sessions that a report should add to the day.
type tally struct{ successful, failed int64 }

// report writes what the reporter has to say, and what is to be counted of it.
func (s *scene) report() (*tlsrpt.Report, tally) {
	policies, failed := s.policies()
	start := s.day.Time()
	return &tlsrpt.Report{
		Organization: s.reporter.organization, Contact: s.reporter.contact,
		ReportID: s.reporter.id(s.domain.name, start, s.rnd),
		Start:    start, End: start.Add(day), Policies: policies,
	}, tally{s.total - failed, failed}
}

// policies divides the sessions among the policies that the reporter applied.
// DANE and MTA-STS are both applied to the same sessions.
func (s *scene) policies() (all []tlsrpt.PolicyResult, failed int64) {
	sts, dane := s.domain.mode(s.ago) != "", s.domain.dane && s.reporter.dane
	met := s.failures()
	if dane {
		all = s.tlsa(met.under(tlsrpt.PolicyTLSA))
		failed = met.under(tlsrpt.PolicyTLSA).sessions()
	}
	switch {
	case sts:
		all = append(all, s.sts(met.under(tlsrpt.PolicySTS))...)
		failed = max(failed, met.under(tlsrpt.PolicySTS).sessions())
	case !dane:
		all = []tlsrpt.PolicyResult{s.noPolicy(met.under(""))}
		failed = met.under("").sessions()
	}
	return all, failed
}

// failure is a failure detail with the policy that it breaks, "" for any.
type failure struct {
	tlsrpt.FailureDetail
	policy tlsrpt.PolicyType
}

type failures []failure

// under gives the failures that show under a policy type.
func (f failures) under(t tlsrpt.PolicyType) failures {
	var out failures
	for _, one := range f {
		if one.policy == "" || one.policy == t {
			out = append(out, one)
		}
	}
	return out
}

func (f failures) at(host string) failures {
	var out failures
	for _, one := range f {
		if one.ReceivingMXHostname == host {
			out = append(out, one)
		}
	}
	return out
}

func (f failures) sessions() int64 {
	var n int64
	for _, one := range f {
		n += one.Sessions
	}
	return n
}

func (f failures) details() []tlsrpt.FailureDetail {
	out := make([]tlsrpt.FailureDetail, len(f))
	for i, one := range f {
		out[i] = one.FailureDetail
	}
	return out
}

// failures gathers what went wrong in these sessions, never more than there were.
func (s *scene) failures() failures {
	var out failures
	left := s.total
	for _, story := range stories() {
		if n := min(left, story.hits(s.domain, s.reporter, s.ago, s.total, s.rnd)); n > 0 {
			out = append(out, failure{s.detail(&story, n), story.policy})
			left -= n
		}
	}
	if story := trifle(s.domain, s.ago, left, s.rnd); story != nil {
		out = append(out, failure{s.detail(story, 1+s.rnd.Int64N(3)), ""})
	}
	return out
}

func (s *scene) detail(i *incident, n int64) tlsrpt.FailureDetail {
	f := tlsrpt.FailureDetail{ResultType: i.result, ReceivingMXHostname: i.host, Sessions: n}
	if i.host != "" {
		f.ReceivingIP = addressOf(i.host)
		f.SendingMTAIP = fmt.Sprintf(s.reporter.network4, 1+s.rnd.IntN(250))
		if s.reporter.network6 != "" && s.rnd.IntN(2) == 0 {
			f.SendingMTAIP = fmt.Sprintf(s.reporter.network6, 1+s.rnd.IntN(0xfff0))
		}
	}
	if s.reporter.identity != google {
		f.ReasonCode = i.reason
	}
	return f
}

// addressOf is an address for documentation (RFC 5737) that a host keeps.
func addressOf(host string) string {
	sum := sha256.Sum256([]byte(host))
	return fmt.Sprintf("192.0.2.%d", 1+int(sum[0])%254)
}

func stated(n int64) tlsrpt.Count { return tlsrpt.Count{N: n, Stated: true} }

func result(t tlsrpt.PolicyType, n int64, met failures) tlsrpt.PolicyResult {
	return tlsrpt.PolicyResult{Type: t, Successful: stated(n - met.sessions()), Failed: stated(met.sessions()), Failures: met.details()}
}

// sts is the result under MTA-STS. A policy that could not be fetched is an
// element of its own, without the text that nobody has seen.
func (s *scene) sts(met failures) []tlsrpt.PolicyResult {
	unfetched := met.at("")
	var elsewhere failures
	for _, f := range met {
		if f.ReceivingMXHostname != "" {
			elsewhere = append(elsewhere, f)
		}
	}
	main := result(tlsrpt.PolicySTS, s.total-unfetched.sessions(), elsewhere)
	main.Domain = s.domain.name
	main.PolicyStrings = []string{"version: STSv1", "mode: " + s.domain.mode(s.ago)}
	for _, m := range s.domain.hosts(s.ago) {
		main.PolicyStrings = append(main.PolicyStrings, "mx: "+m.name)
		if s.reporter.mxHosts {
			main.MXHosts = append(main.MXHosts, m.name)
		}
	}
	main.PolicyStrings = append(main.PolicyStrings, "max_age: 604800")
	if len(unfetched) == 0 {
		return []tlsrpt.PolicyResult{main}
	}
	bare := result(tlsrpt.PolicySTS, unfetched.sessions(), unfetched)
	bare.Domain = s.domain.name
	return []tlsrpt.PolicyResult{main, bare}
}

// tlsa is the result under DANE: by MX host as RFC 8460 §1.1 has it, or in one
// piece under the name of the domain.
func (s *scene) tlsa(met failures) []tlsrpt.PolicyResult {
	hosts := s.domain.hosts(s.ago)
	if !s.reporter.daneByMX {
		whole := result(tlsrpt.PolicyTLSA, s.total, met)
		whole.Domain = s.domain.name
		for _, m := range hosts {
			whole.PolicyStrings = append(whole.PolicyStrings, s.tlsaRecord(m.name))
		}
		return []tlsrpt.PolicyResult{whole}
	}
	var all []tlsrpt.PolicyResult
	left := s.total
	for i, m := range hosts {
		here := met.at(m.name)
		n := max(int64(float64(s.total)*m.share), here.sessions())
		if i == len(hosts)-1 {
			n = left
		}
		n = min(n, left)
		left -= n
		one := result(tlsrpt.PolicyTLSA, n, here)
		one.Domain, one.PolicyStrings, one.MXHosts = m.name, []string{s.tlsaRecord(m.name)}, []string{m.name}
		all = append(all, one)
	}
	return all
}

// tlsaRecord is the TLSA record of a host, which follows its key three days late.
func (s *scene) tlsaRecord(host string) string {
	key := "first key of " + host
	if s.ago < rollover-2 {
		key = "second key of " + host
	}
	sum := sha256.Sum256([]byte(key))
	return "3 1 1 " + hex.EncodeToString(sum[:])
}

func (s *scene) noPolicy(met failures) tlsrpt.PolicyResult {
	p := result(tlsrpt.NoPolicyFound, s.total, met)
	if s.reporter.identity != northmail { // which leaves the name out
		p.Domain = s.domain.name
	}
	return p
}

// stamp names a moment in a message id.
func stamp(t time.Time) string { return t.UTC().Format("20060102150405") }
