package tlsrpt

import (
	"fmt"
	"strings"
	"testing"
)

// reportWith is a report whose policies are as given.
func reportWith(policies string) []byte {
	return []byte(`{"organization-name":"Grenz Mail","date-range":{"start-datetime":"2026-03-04T00:00:00Z","end-datetime":"2026-03-04T23:59:59Z"},` +
		`"contact-info":"a@grenz.example","report-id":"g-1","policies":` + policies + `}`)
}

func repeat(s string, n int) string {
	return strings.TrimSuffix(strings.Repeat(s+",", n), ",")
}

const (
	onePolicy = `{"policy":{"policy-type":"no-policy-found","policy-domain":"ziel.example"},"summary":{"total-successful-session-count":1,"total-failure-session-count":0}}`
	oneDetail = `{"result-type":"tlsa-invalid","failed-session-count":1}`
)

func withDetails(n int) string {
	return `{"policy":{"policy-type":"sts"},"failure-details":[` + repeat(oneDetail, n) + `]}`
}

// nested puts arrays n deep into a report, whose own object is one level.
func nested(n int) []byte {
	return append(reportWith("[]")[:len(reportWith("[]"))-1],
		[]byte(`,"x":`+strings.Repeat("[", n-1)+strings.Repeat("]", n-1)+`}`)...)
}

func withOrganization(n int) []byte {
	return []byte(strings.Replace(string(reportWith("[]")), "Grenz Mail", strings.Repeat("a", n), 1))
}

// TestLimits checks each limit of a report at its value and one beyond.
func TestLimits(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	for _, c := range []struct {
		name      string
		at, after []byte
		reason    string
	}{
		{"J13 depth", nested(lim.Depth), nested(lim.Depth + 1), "too-deep"},
		{"J15 policies", reportWith("[" + repeat(onePolicy, lim.Policies) + "]"), reportWith("[" + repeat(onePolicy, lim.Policies+1) + "]"), "too-many"},
		{"J14 details", reportWith("[" + withDetails(lim.Details) + "]"), reportWith("[" + withDetails(lim.Details) + "," + withDetails(1) + "]"), "too-many"},
		{"lines", withLines(lim.Lines), withLines(lim.Lines + 1), "too-many"},
		{"lines in one text", withText(`\n`, lim.Lines), withText(`\n`, lim.Lines+1), "too-many"},
		{"records in one text", withText(`;`, lim.Lines), withText(`;`, lim.Lines+1), "too-many"},
		{"mx hosts", withHosts(lim.Lines), withHosts(lim.Lines + 1), "too-many"},
		{"J16 text", withOrganization(lim.String), withOrganization(lim.String + 1), "too-large"},
		{"J16 escaped text", withOrganizationEscaped(lim.String), withOrganizationEscaped(lim.String + 1), "too-large"},
		{"J16 key", withKey(lim.String), withKey(lim.String + 1), "too-large"},
		{"J37 report-id", withID(lim.ReportID), withID(lim.ReportID + 1), "too-large"},
	} {
		if _, err := ParseReport(c.at, lim); err != nil {
			t.Errorf("%s at its limit: %v", c.name, err)
		}
		if _, err := ParseReport(c.after, lim); Reason(err) != c.reason {
			t.Errorf("%s beyond: %v, want %s", c.name, err, c.reason)
		}
	}
}

func withLines(n int) []byte {
	return reportWith(`[{"policy":{"policy-string":[` + repeat(`"a"`, n) + `]}}]`)
}

func withText(end string, n int) []byte {
	return reportWith(`[{"policy":{"policy-type":"tlsa","policy-string":"` + strings.Repeat("a"+end, n) + `"}}]`)
}

func withHosts(n int) []byte {
	return reportWith(`[{"policy":{"mx-host":[` + repeat(`"a"`, n) + `]}}]`)
}

func withOrganizationEscaped(n int) []byte {
	return []byte(strings.Replace(string(reportWith("[]")), "Grenz Mail", strings.Repeat(`\u0041`, n), 1))
}

func withKey(n int) []byte {
	return []byte(strings.Replace(string(reportWith("[]")), `{"org`, `{"`+strings.Repeat("k", n)+`":1,"org`, 1))
}

func withID(n int) []byte {
	return []byte(strings.Replace(string(reportWith("[]")), "g-1", strings.Repeat("i", n), 1))
}

func hostileSizes(tb testing.TB) []hostile {
	tb.Helper()
	return []hostile{
		{"J12 deep arrays", []byte(strings.Repeat("[", 10001)), "too-deep"},
		{"J12 deep inside", nested(10001), "too-deep"},
		{"J12 deep objects", []byte(`{"policies":` + strings.Repeat(`{"a":`, 10001)), "too-deep"},
		{"J12 nested text", reportWith(`[{"policy":{"policy-type":"tlsa","policy-string":"` + strings.Repeat("[", 8000) + `"}}]`), ""},
		{"J14 a million details", reportWith(`[{"failure-details":[` + repeat("{}", 1_000_000) + `]}]`), "too-many"},
		{"J14 a million nulls", reportWith(`[{"failure-details":[` + repeat("null", 1_000_000) + `]}]`), "too-many"},
		{"J15 policies", reportWith(`[` + repeat("{}", 100_000) + `]`), "too-many"},
		{"J15 null policies", reportWith(`[` + repeat("null", 100_000) + `]`), "too-many"},
		{"many lines", reportWith(`[{"policy":{"policy-string":[` + repeat(`"a"`, 1_000_000) + `]}}]`), "too-many"},
		{"nested texts", reportWith(`[{"policy":{"policy-string":[` + repeat(`"[`+repeat(`\"a\"`, 500)+`]"`, 900) + `]}}]`), "too-many"},
		{"J16 one text", withOrganization(24 << 20), "too-large"},
		{"a mail of 25 MiB and one", make([]byte, 25<<20+1), "too-large"},
		{"a number", reportWith(`[{"summary":{"total-failure-session-count":` + strings.Repeat("9", 1<<20) + `}}]`), "out-of-range"},
		{"a long fraction", reportWith(`[{"summary":{"total-failure-session-count":1.` + strings.Repeat("0", 1<<20) + `}}]`), ""},
	}
}

// TestHostileSizes reads what is too much to keep in a file.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	for _, c := range hostileSizes(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := readGuarded(t, c.in, DefaultLimits()); Reason(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestMXHostsOfBothKeysAreListedOnce(t *testing.T) {
	t.Parallel()
	var hosts []string
	for i := range 1000 {
		hosts = append(hosts, fmt.Sprintf(`"mx%d.ziel.example"`, i))
	}
	list := strings.Join(hosts, ",")
	found, err := readGuarded(t, reportWith(`[{"policy":{"mx-host":[`+list+`],"mx-host-pattern":[`+list+`]}}]`), DefaultLimits())
	if err != nil || len(found.Reports[0].Policies[0].MXHosts) != 1000 {
		t.Error(err, len(found.Reports))
	}
}
