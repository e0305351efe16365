package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// Rulings 1 to 4. The account has example.com, with its mail at mx.example.com,
// and other.example. Each policy is "type domain successful failed"; each
// result "domain successful/failed foreign" with the policies that are stored,
// those in brackets shown only.
func TestAttribution(t *testing.T) {
	t.Parallel()
	const own = "sts example.com 9 1"
	for _, c := range []struct {
		what     string
		via      string
		policies []string
		want     []string
	}{
		{"own", "token", []string{own}, []string{"example.com 9/1 0 sts"}},
		{"in capitals, with a dot", "token", []string{"sts EXAMPLE.com. 9 1"}, []string{"example.com 9/1 0 sts"}},
		{"nameless", "token", []string{"no-policy-found - 9 1"}, []string{"example.com 9/1 0 no-policy-found"}},
		{"tlsa of the own MX", "token", []string{"tlsa mx.example.com 9 1"}, []string{"example.com 9/1 0 tlsa"}},
		{"tlsa of the domain", "token", []string{"tlsa example.com 9 1"}, []string{"example.com 9/1 0 tlsa"}},
		{"tlsa of another MX", "token", []string{own, "tlsa mx.elsewhere.example 5 5"}, []string{"example.com 9/1 1 sts"}},
		{"sts of the own MX", "token", []string{own, "sts mx.example.com 5 5"}, []string{"example.com 9/1 1 sts"}},
		{"tlsa repeats sts", "token", []string{own, "tlsa mx.example.com 9 1"}, []string{"example.com 9/1 0 sts tlsa"}},
		{"tlsa has more", "token", []string{own, "tlsa mx.example.com 9 4"}, []string{"example.com 9/4 0 sts tlsa"}},
		{"three policies of one day", "token", []string{"sts example.com 1 0", "sts example.com 3 0", "no-policy-found example.com 8 2"}, []string{"example.com 12/2 0 sts sts no-policy-found"}},
		{"a type of its own", "token", []string{"new-type example.com 9 1"}, []string{"example.com 9/1 0 new-type"}},
		{"another domain of the account", "token", []string{own, "sts other.example 5 5"}, []string{"example.com 9/1 0 sts (sts)"}},
		{"another domain of the account only", "token", []string{"sts other.example 5 5"}, nil},
		{"somebody's beside", "token", []string{own, "sts foreign.example 5 5", "sts victim.example 5 5"}, []string{"example.com 9/1 2 sts"}},
		{"somebody's only", "token", []string{"sts foreign.example 5 5"}, nil},
		{"a child of the domain", "token", []string{own, "sts sub.example.com 5 5"}, []string{"example.com 9/1 1 sts"}},
		{"a parent of the domain", "token", []string{own, "sts com 5 5"}, []string{"example.com 9/1 1 sts"}},
		{"no policies", "token", nil, nil},

		{"posted", "secret", []string{own, "no-policy-found - 1 0", "sts other.example 5 5", "sts foreign.example 5 5"}, []string{"example.com 10/1 1 sts no-policy-found (sts)"}},

		{"uploaded", "upload", []string{own}, []string{"example.com 9/1 0 sts"}},
		{"uploaded, two domains", "upload", []string{own, "sts other.example 5 5"}, []string{"example.com 9/1 0 sts", "other.example 5/5 0 sts"}},
		{"uploaded, nameless beside", "upload", []string{own, "no-policy-found - 5 5"}, []string{"example.com 9/1 1 sts"}},
		{"uploaded, nameless only", "upload", []string{"no-policy-found - 5 5"}, nil},
		{"uploaded, tlsa beside", "upload", []string{own, "tlsa mx.example.com 9 1"}, []string{"example.com 9/1 0 sts tlsa"}},
		{"uploaded, somebody's", "upload", []string{"sts foreign.example 5 5"}, nil},
		{"uploaded, of another account", "upload", []string{"sts victim.example 5 5"}, nil},

		{"imported for a domain", "import", []string{own, "no-policy-found - 5 5", "sts other.example 5 5"}, []string{"example.com 14/6 0 sts no-policy-found", "other.example 5/5 0 sts"}},
		{"imported for a domain, nameless only", "import", []string{"no-policy-found - 5 5"}, []string{"example.com 5/5 0 no-policy-found"}},
		{"imported for a domain, tlsa only", "import", []string{"tlsa mx.example.com 5 5"}, []string{"example.com 5/5 0 tlsa"}},
		{"imported for a domain, about another", "import", []string{"sts other.example 5 5"}, []string{"other.example 5/5 0 sts"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.observeMX("mx.example.com")
			other := testkit.Domain(t, w.store, w.account, "other.example")
			testkit.Domain(t, w.store, testkit.Account(t, w.store, "victim@example.test"), "victim.example")
			d := w.judge(w.by(c.via, withPolicies(c.policies)))

			var got []string
			for _, domain := range []models.Domain{w.domain, other} {
				for _, r := range w.reports(domain) {
					got = append(got, describe(domain, r))
					if successful, failed := w.sessions(domain); successful != r.Successful || failed != r.Failed {
						t.Errorf("%s counts %d/%d", domain.Name, successful, failed)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.want == nil && (d.State != models.DeliveryQuarantined || d.Reason != "foreign-domain" && len(c.policies) > 0) {
				t.Errorf("it is %s, %s: %s", d.State, d.Reason, d.Detail)
			}
		})
	}
}

func withPolicies(lines []string) *tlsrpt.Report {
	r := aReport()
	policies := []tlsrpt.PolicyResult{}
	for _, line := range lines {
		f := strings.Fields(line)
		var n [2]int64
		fmt.Sscan(f[2], &n[0])
		fmt.Sscan(f[3], &n[1])
		policies = append(policies, policy(tlsrpt.PolicyType(f[0]), strings.TrimPrefix(f[1], "-"), n[0], n[1]))
	}
	r.Policies = policies
	return r
}

func (w *world) by(via string, r *tlsrpt.Report) ingest.Delivery {
	switch via {
	case "token":
		return w.mail(w.signed(r))
	case "secret":
		return w.post(w.json(r))
	case "import":
		d := w.upload(w.json(r))
		d.Via, d.DomainID = models.ViaImport, w.domain.ID
		return d
	default:
		return w.upload(w.json(r))
	}
}

// observeMX makes a check find a mail server of the domain.
func (w *world) observeMX(host string) {
	w.t.Helper()
	due, err := w.store.ClaimDueDomains(w.ctx, "check", 10, time.Minute)
	w.must(err)
	w.must(w.store.SaveCheck(w.ctx, "check", due[0].Domain, models.Checked{
		At: w.clock.Now(), State: models.Pending, NextCheckAt: w.clock.Now().Add(time.Hour), MXHosts: []string{host},
	}))
}

func describe(d models.Domain, r models.FullReport) string {
	text := fmt.Sprintf("%s %d/%d %d", d.Name, r.Successful, r.Failed, r.ForeignPolicies)
	for _, p := range r.Policies {
		if p.Counted {
			text += " " + p.PolicyType
		} else {
			text += " (" + p.PolicyType + ")"
		}
	}
	return text
}

// G12: a report is about the domain whose token it was sent to. Who signs a
// report about somebody else's domain moves nobody's numbers but their own.
func TestReportsNeverCrossAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	victims := testkit.Account(t, w.store, "victim@example.test")
	victim := testkit.Domain(t, w.store, victims, "victim.example")
	r := aReport(policy(tlsrpt.PolicySTS, "victim.example", 0, 1000), policy(tlsrpt.PolicySTS, "example.com", 9, 1))
	raw := w.signed(r)

	mine := w.judge(w.mail(raw))
	toVictim := w.mail(raw)
	toVictim.AccountID, toVictim.DomainID = victims.ID, victim.ID
	theirs := w.judge(toVictim)

	if mine.State != models.DeliveryCounted || theirs.State != models.DeliveryCounted {
		t.Errorf("mine is %s, theirs %s", mine.State, theirs.State)
	}
	for _, c := range []struct {
		d                  models.Domain
		successful, failed int64
	}{{w.domain, 9, 1}, {victim, 0, 1000}} {
		if s, f := w.sessions(c.d); s != c.successful || f != c.failed {
			t.Errorf("%s counts %d/%d, want %d/%d", c.d.Name, s, f, c.successful, c.failed)
		}
		for _, r := range w.reports(c.d) {
			if len(r.Policies) != 1 || r.Policies[0].PolicyDomain != c.d.Name || r.ForeignPolicies != 1 {
				t.Errorf("%s sees %+v", c.d.Name, r.Policies)
			}
		}
	}
	uploads := w.upload(w.json(aReport(policy(tlsrpt.PolicySTS, "victim.example", 0, 5000))))
	if d := w.judge(uploads); d.State != models.DeliveryQuarantined || d.Reason != "foreign-domain" {
		t.Errorf("an upload about somebody's domain is %s", d.State)
	}
	if _, f := w.sessions(victim); f != 1000 {
		t.Errorf("an upload in another account counted: %d", f)
	}
}

// A name that two accounts have registered counts in each by its own token.
func TestSameNameInTwoAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	others := testkit.Account(t, w.store, "b@example.test")
	theirs := testkit.Domain(t, w.store, others, "example.com")
	w.judge(w.mail(w.signed(aReport())))
	if s, f := w.sessions(theirs); s+f != 0 {
		t.Errorf("the other account counts %d/%d", s, f)
	}
	d := w.mail(w.signed(aReport()))
	d.AccountID, d.DomainID = others.ID, theirs.ID
	if got := w.judge(d); got.State != models.DeliveryCounted {
		t.Errorf("the same report to the other account is %s", got.State)
	}
}

func TestRowsOfAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := aReport()
	r.Policies[0].PolicyStrings = []string{"version: STSv1", "mode: enforce", "mx: mx.example.com"}
	r.Policies[0].MXHosts = []string{"mx.example.com"}
	r.Policies[0].Failures = []tlsrpt.FailureDetail{
		{ResultType: "certificate-expired", SendingMTAIP: "192.0.2.77", ReceivingMXHostname: "MX.Example.com.", Sessions: 1, ReasonCode: "X\x00Y", AdditionalInformation: strings.Repeat("ü", 4090)},
		{ResultType: "starttls-not-supported", SendingMTAIP: "2001:db8:1:2::3", ReceivingIP: "198.51.100.7", Sessions: 1},
	}
	d := w.judge(w.post(w.json(r)))
	got := w.reports(w.domain)[0]
	if got.Day != models.DayOf(start) || !got.StartAt.Equal(start) || !got.EndAt.Equal(r.End) || got.DeliveryID != d.ID || got.ReportID != r.ReportID || !got.Stated {
		t.Errorf("report %+v", got.Report)
	}
	if p := got.Policies[0]; p.Mode != "enforce" || !slices.Equal(p.MXHosts, []string{"mx.example.com"}) || len(p.PolicyStrings) != 3 {
		t.Errorf("policy %+v", p)
	}
	first, second := got.Failures[0], got.Failures[1]
	if first.ReceivingMXHostname != "mx.example.com" || first.SendingNetwork != "192.0.2.0/24" || second.SendingNetwork != "2001:db8:1::/48" ||
		strings.ContainsRune(first.ReasonCode, 0) || len(first.AdditionalInformation) > ingest.MaxText {
		t.Errorf("failures %+v, %+v", first, second)
	}
}

func TestMissingReportIDIsTheHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := aReport()
	r.ReportID = ""
	w.judge(w.post(w.json(r)))
	again := aReport(policy(tlsrpt.PolicySTS, "example.com", 1, 0))
	again.ReportID = ""
	w.judge(w.post(w.json(again)))
	if reports := w.reports(w.domain); len(reports) != 2 || len(reports[0].ReportID) != 64 || reports[0].Standing != models.Counted || reports[1].Standing != models.Counted {
		t.Errorf("two reports without an id: %+v", reports)
	}
}

func TestImplausibleSums(t *testing.T) {
	t.Parallel()
	const most = 1_000_000_000_000
	for _, c := range []struct {
		what     string
		policies []tlsrpt.PolicyResult
		counted  bool
	}{
		{"the most", []tlsrpt.PolicyResult{policy("sts", "example.com", most, 0)}, true},
		{"the most of both", []tlsrpt.PolicyResult{policy("sts", "example.com", most, most)}, true},
		{"more in sum", []tlsrpt.PolicyResult{policy("sts", "example.com", most, 0), policy("sts", "example.com", 1, 0)}, false},
		{"more failures in sum", []tlsrpt.PolicyResult{policy("sts", "example.com", 0, most), policy("sts", "example.com", 0, 1)}, false},
		{"tlsa repeats sts", []tlsrpt.PolicyResult{policy("sts", "example.com", most, 0), policy("tlsa", "example.com", most, 0)}, true},
	} {
		w := newWorld(t)
		d := w.judge(w.post(w.json(aReport(c.policies...))))
		if c.counted != (d.State == models.DeliveryCounted) || !c.counted && d.Reason != "out-of-range" {
			t.Errorf("%s: %s, %s", c.what, d.State, d.Reason)
		}
	}
}

func TestDomainThatWasRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.mail(w.signed(aReport()))
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "example.com"))
	if got := w.judge(d); got.State != models.DeliveryQuarantined || got.Reason != "foreign-domain" {
		t.Errorf("it is %s, %s", got.State, got.Reason)
	}
}
