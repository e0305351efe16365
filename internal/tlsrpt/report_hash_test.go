package tlsrpt

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHashTellsReportsApart changes one thing at a time.
func TestHashTellsReportsApart(t *testing.T) {
	t.Parallel()
	base := func() *Report {
		return &Report{
			Organization: "o", ReportID: "r", Contact: "c", Start: time.Unix(1e9, 0), End: time.Unix(1e9+86400, 0),
			Policies: []PolicyResult{
				{
					Type: PolicySTS, Domain: "d", PolicyStrings: []string{"a", "b"}, MXHosts: []string{"m"}, Successful: Count{0, true}, Failed: Count{1, true},
					Failures: []FailureDetail{{ResultType: "t", SendingMTAIP: "1", ReceivingMXHostname: "2", ReceivingMXHELO: "3", ReceivingIP: "4", Sessions: 5, ReasonCode: "6", AdditionalInformation: "7"}},
				},
				{Type: PolicyTLSA},
			},
		}
	}
	seen := map[[32]byte]int{base().Hash(): -1}
	for i, change := range []func(*Report){
		func(r *Report) { r.Organization = "x" },
		func(r *Report) { r.Organization, r.ReportID = "or", "" },
		func(r *Report) { r.ReportID = "x" },
		func(r *Report) { r.Contact = "x" },
		func(r *Report) { r.Start = r.Start.Add(time.Second) },
		func(r *Report) { r.End = r.End.Add(time.Second) },
		func(r *Report) { r.Policies = r.Policies[:1] },
		func(r *Report) { slices.Reverse(r.Policies) },
		func(r *Report) { r.Policies[0].Type = "x" },
		func(r *Report) { r.Policies[0].Domain = "x" },
		func(r *Report) {
			r.Policies[0].PolicyStrings, r.Policies[0].MXHosts = []string{"a"}, []string{"b", "m"}
		},
		func(r *Report) { r.Policies[0].PolicyStrings = []string{"ab"} },
		func(r *Report) { r.Policies[0].MXHosts = nil },
		func(r *Report) { r.Policies[0].Successful = Count{} },
		func(r *Report) { r.Policies[0].Successful = Count{1, true} },
		func(r *Report) { r.Policies[0].Failed = Count{2, true} },
		func(r *Report) { r.Policies[0].Failures = nil },
		func(r *Report) { r.Policies[0].Failures[0].ResultType = "x" },
		func(r *Report) { r.Policies[0].Failures[0].SendingMTAIP = "x" },
		func(r *Report) { r.Policies[0].Failures[0].ReceivingMXHostname = "x" },
		func(r *Report) { r.Policies[0].Failures[0].ReceivingMXHELO = "x" },
		func(r *Report) { r.Policies[0].Failures[0].ReceivingIP = "x" },
		func(r *Report) { r.Policies[0].Failures[0].Sessions = 6 },
		func(r *Report) { r.Policies[0].Failures[0].ReasonCode = "x" },
		func(r *Report) { r.Policies[0].Failures[0].AdditionalInformation = "x" },
	} {
		r := base()
		change(r)
		if other, ok := seen[r.Hash()]; ok {
			t.Errorf("change %d hashes like %d", i, other)
		}
		seen[r.Hash()] = i
	}
	r := base()
	r.Warnings, r.JSON = []Warning{{"a", "b"}}, []byte("{}")
	if _, ok := seen[r.Hash()]; !ok {
		t.Error("the hash depends on how the report was read")
	}
}

// TestHashSeesWhatIsSaid: order of keys, blanks, escapes, spelling of numbers
// and compression do not matter.
func TestHashSeesWhatIsSaid(t *testing.T) {
	t.Parallel()
	one := mustParse(t, reportWith("["+onePolicy+"]"))
	two := mustParse(t, []byte(`{ "policies" : [ { "summary":{"total-failure-session-count":0,"total-successful-session-count":1.0},
		"policy":{"policy-domain":"ZIEL.example.","policy-type":"no-policy-f\u006fund","new":1} , "failure-details":[] } ],
		"report-id":"<g-1>","contact-info":"a@grenz.example","organization-name":"Grenz Mail",
		"date-range":{"end-datetime":"2026-03-05T00:00:00Z","start-datetime":"2026-03-04T00:00:00"}}`))
	if one.Hash() != two.Hash() {
		t.Errorf("%+v\n%+v", Listing(one), Listing(two))
	}
}

func mustParse(t *testing.T, b []byte) *Report {
	t.Helper()
	r, err := ParseReport(b, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReportOutlivesItsInput: neither the caller's bytes nor the next report
// read with the same scratch space can change a report.
func TestReportOutlivesItsInput(t *testing.T) {
	t.Parallel()
	in := string(reportWith("[" + onePolicy + "," + withDetails(3) + "]"))
	direct := []byte(in)
	mail := whole("application/tlsrpt+json", "8bit", in)
	one := mustParse(t, direct)
	found, err := Read(mail, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	two, want := found.Reports[0], one.Hash()
	clear(direct)
	clear(mail)
	mustParse(t, []byte(strings.ReplaceAll(in, "tlsa-invalid", "another-type")))
	if one.Hash() != want || two.Hash() != want || string(one.JSON) != in || string(two.JSON) != in {
		t.Error("a report has changed")
	}
	if m := found.Mail; m.FromDomain != "grenz.example" {
		t.Errorf("the mail has changed: %+v", m)
	}
}

func TestScratchSpaceKeepsNothing(t *testing.T) {
	t.Parallel()
	if s := emptied([]string{"a", "b"}, 8); len(s) != 0 || s[:2][0] != "" || s[:2][1] != "" {
		t.Error(s[:2])
	}
	if s := emptied(make([]string, 9), 8); s != nil {
		t.Error("what has grown too large is kept")
	}
}
