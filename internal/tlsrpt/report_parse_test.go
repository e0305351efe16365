package tlsrpt

import "testing"

const minimal = `{"organization-name":"Post AG","date-range":{"start-datetime":"2026-01-02T00:00:00Z","end-datetime":"2026-01-02T23:59:59Z"},
"contact-info":"tls@post.example","report-id":"r1","policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: enforce","mx: mx.example.org","max_age: 86400"],
"policy-domain":"example.org","mx-host":["mx.example.org"]},"summary":{"total-successful-session-count":7,"total-failure-session-count":0}}]}`

func TestParseReport(t *testing.T) {
	t.Parallel()
	r, err := ParseReport([]byte(minimal), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if r.Organization != "Post AG" || r.ReportID != "r1" || len(r.Policies) != 1 || len(r.Warnings) != 0 {
		t.Fatalf("%+v", r)
	}
	p := r.Policies[0]
	if p.Mode != "enforce" || p.Successful != (Count{7, true}) || p.Failed != (Count{0, true}) || r.End.Day() != 3 {
		t.Fatalf("%+v", r)
	}
}
