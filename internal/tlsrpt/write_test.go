package tlsrpt

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// anyReport draws a report in the form that ParseReport gives.
func anyReport(t *rapid.T) *Report {
	start := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "start"), 0).UTC()
	if rapid.Bool().Draw(t, "midnight") {
		start = start.Truncate(day)
	}
	r := &Report{
		Organization: word(t, "organization"),
		ReportID:     strings.Trim(word(t, "report-id"), "<> \t\r\n"),
		Contact:      word(t, "contact"),
		Start:        start,
		End:          start.Add(time.Duration(rapid.IntRange(-1, 7).Draw(t, "days")) * day),
	}
	for range rapid.IntRange(0, 4).Draw(t, "policies") {
		r.Policies = append(r.Policies, anyPolicy(t))
	}
	return r
}

func anyPolicy(t *rapid.T) PolicyResult {
	p := PolicyResult{
		Type:       rapid.SampledFrom([]PolicyType{PolicySTS, PolicyTLSA, NoPolicyFound, "odd", ""}).Draw(t, "type"),
		Domain:     rapid.SampledFrom([]string{"", "example.org", "xn--bcher-kva.example"}).Draw(t, "domain"),
		Successful: anyCount(t),
		Failed:     anyCount(t),
	}
	if p.Type == PolicySTS {
		p.Mode = rapid.SampledFrom([]string{"testing", "enforce", "none"}).Draw(t, "mode")
		p.PolicyStrings = []string{"version: STSv1", "mode: " + p.Mode}
		p.MXHosts = []string{"*.example.org", "mx.example.net"}
	}
	for range rapid.IntRange(0, 3).Draw(t, "failures") {
		p.Failures = append(p.Failures, FailureDetail{
			ResultType:            rapid.SampledFrom([]string{"", "tlsa-invalid", "odd-fault"}).Draw(t, "result-type"),
			SendingMTAIP:          rapid.SampledFrom([]string{"", "192.0.2.1", "2001:db8::0012"}).Draw(t, "ip"),
			ReceivingMXHostname:   rapid.SampledFrom([]string{"", "mx.example.org"}).Draw(t, "mx"),
			Sessions:              rapid.Int64Range(0, maxCount/20).Draw(t, "sessions"),
			ReasonCode:            rapid.String().Draw(t, "reason"),
			AdditionalInformation: rapid.String().Draw(t, "information"),
		})
	}
	for i := range p.Failures {
		f := &p.Failures[i]
		f.ReasonCode = strings.ReplaceAll(f.ReasonCode, "\x00", "␀")
		f.AdditionalInformation = strings.ReplaceAll(f.AdditionalInformation, "\x00", "␀")
	}
	return p
}

func anyCount(t *rapid.T) Count {
	if rapid.Bool().Draw(t, "stated") {
		return Count{N: rapid.Int64Range(0, maxCount/20).Draw(t, "count"), Stated: true}
	}
	return Count{}
}

// word is text as it is after trimming.
func word(t *rapid.T, label string) string {
	return trim(strings.ReplaceAll(rapid.String().Draw(t, label), "\x00", "␀"))
}

func TestEncodeGivesTheReportBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyReport(t)
		b, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseReport(b, DefaultLimits())
		if err != nil {
			t.Fatalf("%s\n%v", b, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Report{}, "JSON", "Warnings"), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if want.Hash() != got.Hash() {
			t.Fatal("the hash differs")
		}
	})
}

func mailOptions() MailOptions {
	return MailOptions{
		From: "tls@post.example", To: "0123456789ab@rpt.example",
		Submitter: "post.example", PolicyDomain: "example.org",
		Date: time.Date(2026, 1, 3, 4, 5, 6, 0, time.UTC), MessageID: "1@post.example",
	}
}

func TestComposeMail(t *testing.T) {
	t.Parallel()
	want, err := ParseReport([]byte(minimal), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []bool{false, true} {
		o := mailOptions()
		o.Plain = plain
		m, err := ComposeMail(o, want)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Read(m, DefaultLimits())
		if err != nil || len(found.Reports) != 1 || len(found.Problems) != 0 {
			t.Fatalf("%v %+v\n%s", err, found, m)
		}
		if got := found.Reports[0]; got.Hash() != want.Hash() || len(got.Warnings) != 0 {
			t.Errorf("got %+v", got)
		}
		ext := ".json.gz"
		if plain {
			ext = ".json"
		}
		wantInfo := &MailInfo{
			FromDomain:      "post.example",
			Subject:         "Report Domain: example.org Submitter: post.example Report-ID: <r1@post.example>",
			TLSReportDomain: "example.org", TLSReportSubmitter: "post.example",
			FileName: "post.example!example.org!1767312000!1767398399!r1" + ext, ReportParts: 1,
		}
		if diff := cmp.Diff(wantInfo, found.Mail); diff != "" {
			t.Error(diff)
		}
		checkIdentity(t, m, o)
		checkLines(t, m)
	}
}

// checkIdentity wants what a mail server asks of every message.
func checkIdentity(t *testing.T, m []byte, o MailOptions) {
	t.Helper()
	read, err := mail.ReadMessage(bytes.NewReader(m))
	if err != nil {
		t.Fatal(err)
	}
	date, err := read.Header.Date()
	if err != nil || !date.Equal(o.Date) || read.Header.Get("From") != o.From || read.Header.Get("Message-ID") != "<"+o.MessageID+">" {
		t.Errorf("%v, %v", read.Header, err)
	}
}

// checkLines wants CRLF everywhere and no line beyond RFC 5322's limit.
func checkLines(t *testing.T, m []byte) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(string(m), "\r\n"), "\r\n") {
		if strings.ContainsAny(line, "\r\n") || len(line) > 998 {
			t.Errorf("line %q", line)
		}
	}
}

func TestComposeMailRefusesHeaderFields(t *testing.T) {
	t.Parallel()
	r, err := ParseReport([]byte(minimal), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, evil := range []string{
		"", "a@b.example\r\nBcc: c@d.example", "a@b.example\nX: y", "a@b.example, c@d.example", "Name <a@b.example>",
		"a@b.example\x00", "ä@b.example", "a b@c.example", "<a@b.example>", strings.Repeat("a", 400) + "@b.example",
	} {
		for i, set := range []func(*MailOptions){
			func(o *MailOptions) { o.From = evil },
			func(o *MailOptions) { o.To = evil },
			func(o *MailOptions) { o.Submitter = evil },
			func(o *MailOptions) { o.PolicyDomain = evil },
			func(o *MailOptions) { o.MessageID = evil },
		} {
			o := mailOptions()
			set(&o)
			if _, err := ComposeMail(o, r); !errors.Is(err, ErrMailOption) {
				t.Errorf("option %d as %q: %v", i, evil, err)
			}
		}
	}
	r.ReportID = "x>\r\nBcc: a@b.example\r\n\r\n--"
	r.Organization = "y\r\nX: z"
	m, err := ComposeMail(mailOptions(), r)
	if err != nil {
		t.Fatal(err)
	}
	if header, _, _ := strings.Cut(string(m), "\r\n\r\n"); strings.Contains(header, "\nBcc") || strings.Contains(header, "\nX:") {
		t.Error(header)
	}
	checkLines(t, m)
}

func TestFileName(t *testing.T) {
	t.Parallel()
	start := time.Unix(1767312000, 0).UTC()
	for _, c := range []struct{ submitter, domain, id, ext, want string }{
		{"a.example", "b.example", "r-1", "json.gz", "a.example!b.example!1767312000!1767398399!r-1.json.gz"},
		{"a.example", "b.example", "", "json", "a.example!b.example!1767312000!1767398399.json"},
		{"../etc", "b\r\nX: y", "a/b!c\"", "", "..-etc!b--X--y!1767312000!1767398399!a-b-c-"},
	} {
		r := &Report{ReportID: c.id, Start: start, End: start.Add(day)}
		if got := r.FileName(c.submitter, c.domain, c.ext); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func ExampleReport_FileName() {
	r := &Report{ReportID: "7", Start: time.Unix(1767312000, 0), End: time.Unix(1767398400, 0)}
	fmt.Println(r.FileName("post.example", "example.org", "json.gz"))
	// Output: post.example!example.org!1767312000!1767398399!7.json.gz
}
