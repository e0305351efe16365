package tlsrpt

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDeviations reads one fixture for every departure from the RFC that has
// been seen in the field, and wants it named and the numbers right.
func TestDeviations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file  string
		codes string // of the warnings
		says  func(*Report) bool
	}{
		{"00-plain.eml", "", counts(12, 0)},
		{"01-date-without-zone.json", "date-without-zone", lasts(day)},
		{"02-date-only.json", "date-only", lasts(day)},
		{"03-end-next-midnight.json", "", lasts(day)},
		{"04-end-before-start.json", "end-before-start", lasts(-day)},
		{"04-seven-days.json", "range-over-a-day", lasts(7 * day)},
		{"05-contact-null.json", "null-value contact-missing", counts(12, 0)},
		{"05-contact-absent.json", "contact-missing", counts(12, 0)},
		{"06-domain-absent.json", "policy-domain-missing", first(func(p PolicyResult) bool { return p.Domain == "" && p.Type == NoPolicyFound })},
		{"07-domain-spelling.json", "policy-domain-normalised", domain("kunde.example")},
		{"07-domain-u-label.json", "policy-domain-u-label", domain("xn--bcher-kva.example")},
		{"08-policy-string-text.json", "policy-string-not-array", first(func(p PolicyResult) bool { return len(p.PolicyStrings) == 4 && p.Mode == "testing" })},
		{"08-policy-string-absent.json", "policy-string-missing", first(func(p PolicyResult) bool { return p.PolicyStrings == nil && p.Mode == "" })},
		{"09-nested-json.json", "policy-string-nested-json", lines("3 1 1 00aa11bb22cc33dd44ee55ff66", "2 1 1 99887766554433221100")},
		{"10-tlsa-recipient-domain.json", "tlsa-recipient-domain", counts(2, 0)},
		{"11-carriage-returns.json", "policy-string-line-end policy-string-no-blank", lines("version: STSv1", "mode:enforce", "mx: mx.kunde.example", "max_age: 604800")},
		{"12-mx-text.json", "mx-host-not-array", mx("*.kunde.example")},
		{"12-mx-empty.json", "mx-host-not-array mx-host-empty", mx()},
		{"12-mx-pattern.json", "mx-host-prefix key-mx-host-pattern", mx("mx.kunde.example", "mx2.kunde.example")},
		{"13-host-name-key.json", "key-receiving-mx-host-name", detail(func(f FailureDetail) bool { return f.ReceivingMXHostname == "mx.kunde.example" })},
		{"14-old-keys.json", "key-additional-info-uri key-failure-error-code", detail(func(f FailureDetail) bool {
			return f.AdditionalInformation == "https://nordpost.example/x?y=1" && f.ReasonCode == "X509_EXPIRED"
		})},
		{"15-ip-empty.json", "ip-empty", detail(func(f FailureDetail) bool { return f.SendingMTAIP == "" && f.ReceivingIP == "203.0.113.9" })},
		{"16-no-hosts.json", "detail-without-host", counts(12, 2)},
		{"17-count-absent.json", "count-missing", first(func(p PolicyResult) bool { return p.Successful == Count{12, true} && p.Failed == Count{} })},
		{"17-summary-absent.json", "count-missing", func(r *Report) bool { return !Tally(r.Policies).Stated }},
		{"18-count-text.json", "count-as-text", counts(12, 0)},
		{"18-count-float.json", "count-as-float details-missing", counts(12, 1000)},
		{"18-count-null.json", "null-value count-missing", first(func(p PolicyResult) bool { return !p.Successful.Stated && p.Failed.Stated })},
		{"19-details-differ.json", "details-differ", counts(12, 1)},
		{"20-no-details.json", "details-missing", counts(12, 5)},
		{"21-policy-twice.json", "policy-repeated", counts(7, 0)},
		{"22-unknown-types.json", "unknown-policy-type unknown-result-type", detail(func(f FailureDetail) bool { return f.ResultType == "Cert-From-Mars" })},
		{"22-type-case.json", "policy-type-case result-type-case", detail(func(f FailureDetail) bool { return f.ResultType == "certificate-expired" })},
		{"23-report-id.json", "report-id-brackets", func(r *Report) bool { return r.ReportID == "1847362940586+" }},
		{"24-html-part.eml", "", counts(12, 0)},
		{"25-empty-part.eml", "empty-part", counts(12, 0)},
		{"25-twice.eml", "", counts(12, 0)},
		{"26-type-1.eml", "content-type", counts(12, 0)},
		{"26-type-2.eml", "content-type", counts(12, 0)},
		{"26-type-3.eml", "content-type", counts(12, 0)},
		{"26-type-4.eml", "content-type", counts(12, 0)},
		{"26-zip.eml", "content-type", counts(12, 0)},
		{"26-json-as-text.eml", "content-type", counts(12, 0)},
		{"26-json-called-gzip.eml", "type-mismatch file-name-mismatch", counts(12, 0)},
		{"27-not-multipart.eml", "not-multipart", counts(12, 0)},
		{"27-mixed.eml", "report-type-missing", counts(12, 0)},
		{"27-no-report-type.eml", "report-type-missing", counts(12, 0)},
		{"28-base64.eml", "base64-repaired", counts(12, 0)},
		{"28-base64-one-line.eml", "", counts(12, 0)},
		{"29-gzip-name.json.gz", "", counts(12, 0)},
		{"29-gzip-members.json.gz", "gzip-members", counts(12, 0)},
		{"29-gzip-padding.json.gz", "trailing-bytes", counts(12, 0)},
		{"30-banner.eml", "report-type-missing", counts(12, 0)},
		{"31-forwarded.eml", "report-type-missing forwarded", counts(12, 0)},
		{"34-nulls.json", "null-value organization-missing contact-missing report-id-missing policy-string-missing count-missing failed-session-count-missing result-type-missing detail-without-host", counts(0, 0)},
		{"34-single-objects.json", "policies-not-array failure-details-not-array", counts(12, 2)},
		{"35-quoted-printable.eml", "", counts(12, 0)},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			found, err := Read(fixture(t, c.file), DefaultLimits())
			if err != nil || len(found.Problems) > 0 || len(found.Reports) != 1 {
				t.Fatalf("%d reports, %v, %v", len(found.Reports), err, found.Problems)
			}
			r := found.Reports[0]
			if got := strings.Join(codes(r), " "); got != c.codes {
				t.Errorf("warnings %q, want %q", got, c.codes)
			}
			if !c.says(r) {
				t.Errorf("read as %+v", Listing(r))
			}
		})
	}
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "reports", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func codes(r *Report) []string {
	var out []string
	for _, w := range r.Warnings {
		out = append(out, w.Code)
	}
	return out
}

func counts(successful, failed int64) func(*Report) bool {
	return func(r *Report) bool {
		s := Tally(r.Policies)
		return s.Successful == successful && s.Failed == failed
	}
}

func lasts(d time.Duration) func(*Report) bool {
	return func(r *Report) bool {
		return r.End.Sub(r.Start) == d && r.Day().Equal(time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC))
	}
}

func first(ok func(PolicyResult) bool) func(*Report) bool {
	return func(r *Report) bool { return ok(r.Policies[0]) }
}

func domain(want string) func(*Report) bool {
	return first(func(p PolicyResult) bool { return p.Domain == want })
}

func lines(want ...string) func(*Report) bool {
	return first(func(p PolicyResult) bool { return slices.Equal(p.PolicyStrings, want) })
}

func mx(want ...string) func(*Report) bool {
	return first(func(p PolicyResult) bool { return slices.Equal(p.MXHosts, want) })
}

func detail(ok func(FailureDetail) bool) func(*Report) bool {
	return first(func(p PolicyResult) bool { return ok(p.Failures[0]) })
}

// TestTLSARecordsInOneText is the form of RFC 8460 §4's prose.
func TestTLSARecordsInOneText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, strings, want string }{
		{"tlsa", `"3 1 1 aa; 2 0 1 bb;"`, "3 1 1 aa|2 0 1 bb"},
		{"tlsa", `["3 1 1 aa;2 0 1 bb"]`, "3 1 1 aa|2 0 1 bb"},
		{"tlsa", `["3 1 1 aa","2 0 1 bb"]`, "3 1 1 aa|2 0 1 bb"},
		{"tlsa", `"[\"3 1 1 aa\",\n\"2 0 1 bb\"]"`, "3 1 1 aa|2 0 1 bb"},
		{"tlsa", `["[\"3 1 1 aa\\n2 0 1 bb\"]"]`, "3 1 1 aa|2 0 1 bb"},
		{"sts", `["version: STSv1; mode: none"]`, "version: STSv1; mode: none"},
		{"sts", `["version: STSv1\nmode: none\n"]`, "version: STSv1|mode: none"},
	} {
		r := mustParse(t, reportWith(`[{"policy":{"policy-string":`+c.strings+`,"policy-type":"`+c.kind+`"}}]`))
		if got := strings.Join(r.Policies[0].PolicyStrings, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.strings, got, c.want)
		}
	}
}

// TestMode is RFC 8461 §3.2, read with a lenient eye.
func TestMode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ strings, want string }{
		{`["version: STSv1","mode: enforce"]`, "enforce"},
		{`["version: STSv1","mode:testing\r"]`, "testing"},
		{`["Mode :  None "]`, "none"},
		{`["mode: enforce","mode: none"]`, "enforce"},
		{`["version: STSv1","model: enforce","mx: mode: x"]`, ""},
		{`["mode"]`, ""},
		{`[]`, ""},
		{`"version: STSv1\nmode: enforce"`, "enforce"},
		{`["version: STSv1\nmode: enforce\nmx: a.example"]`, "enforce"},
		{`"[\"version: STSv1\",\n\"mode: enforce\"]"`, "enforce"},
		{`["[\"[\\\"mode: enforce\\\"]\"]"]`, "enforce"},
	} {
		r, err := ParseReport(reportWith(`[{"policy":{"policy-string":`+c.strings+`}}]`), DefaultLimits())
		if err != nil || r.Policies[0].Mode != c.want {
			t.Errorf("%s: %v %v", c.strings, err, Listing(r))
		}
	}
}

func TestDeliveriesWithoutAReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		want error
		part int
	}{
		{"29-gzip-cut.json.gz", ErrMalformed, 0},
		{"32-rubbish.eml", ErrNotAReport, 1},
		{"33-stripped.eml", ErrNotAReport, 0},
	} {
		found, err := Read(fixture(t, c.file), DefaultLimits())
		if !errors.Is(err, c.want) || len(found.Reports) != 0 {
			t.Errorf("%s: %v, want %v", c.file, err, c.want)
		}
		if m := found.Mail; m != nil && (m.TLSReportDomain != "kunde.example" || m.ReportParts != c.part) {
			t.Errorf("%s: %+v", c.file, m)
		}
	}
}

func TestPartsThatAreReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file           string
		reports, parts int
	}{{"25-twice.eml", 1, 2}, {"25-two-reports.eml", 2, 2}, {"25-empty-part.eml", 1, 1}, {"31-forwarded.eml", 1, 1}} {
		found, err := Read(fixture(t, c.file), DefaultLimits())
		if err != nil || len(found.Reports) != c.reports || found.Mail.ReportParts != c.parts {
			t.Errorf("%s: %v, %d reports, %+v", c.file, err, len(found.Reports), found.Mail)
		}
	}
}

// TestFixturesAreTested keeps the folder and the tables together.
func TestFixturesAreTested(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("report_deviation_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/reports/[0-9]*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(source), `"`+filepath.Base(f)+`"`) {
			t.Errorf("%s is in no table", f)
		}
	}
}

// TestReadAndParseAgree reads the JSON of every fixture again on its own.
func TestReadAndParseAgree(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/reports/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		found, err := Read(fixture(t, filepath.Base(f)), DefaultLimits())
		if err != nil {
			continue
		}
		for _, want := range found.Reports {
			got, err := ParseReport(want.JSON, DefaultLimits())
			if err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			got.Warnings, want.Warnings = nil, nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(f, diff)
			}
		}
	}
}

// TestNames: every spelling of a name gives one, and reading that one again
// changes nothing.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stated, want string }{
		{" MX.Kunde.example. ", "mx.kunde.example"},
		{"kunde.example", "kunde.example"},
		{".", ""},
		{"", ""},
		{"kunde.example..", "kunde.example.."},
		{"kunde.example .", "kunde.example ."},
	} {
		if got := mxName(c.stated); got != c.want || mxName(got) != got {
			t.Errorf("%q gives %q, want %q", c.stated, got, c.want)
		}
	}
	r := mustParse(t, reportWith(`[{"policy":{"policy-domain":"_smtp._tls._SMTP._TLS.kunde.example.","mx-host":"mx: MX:mx.kunde.example"}}]`))
	if p := r.Policies[0]; p.Domain != "kunde.example" || !slices.Equal(p.MXHosts, []string{"mx.kunde.example"}) {
		t.Errorf("%+v", p)
	}
}

func TestResultTypesAgree(t *testing.T) {
	t.Parallel()
	for _, rt := range ResultTypes() {
		if rt.Known && !isResultType(rt.Name) {
			t.Errorf("%s is described and not known", rt.Name)
		}
	}
	if isResultType("certificate-from-mars") {
		t.Error("an unknown type is known")
	}
}
