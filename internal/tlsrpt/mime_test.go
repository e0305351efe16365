package tlsrpt

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// message is a mail of header lines and a body.
func message(body string, header ...string) []byte {
	return []byte(strings.Join(header, "\r\n") + "\r\nTo: b@rpt.example\r\n" + body)
}

// whole is a mail that is one part with the given fields.
func whole(contentType, encoding, body string) []byte {
	return message("Content-Type: "+contentType+"\r\nContent-Transfer-Encoding: "+encoding+"\r\n\r\n"+body, "From: a@grenz.example")
}

func grenz() string { return string(reportWith("[" + onePolicy + "]")) }

// manyParts is a multipart of n empty text parts and one report.
func manyParts(n int) []byte {
	return whole(`multipart/report; report-type=tlsrpt; boundary=b`, "7bit",
		strings.Repeat("--b\r\n\r\nx\r\n", n)+"--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n"+grenz()+"\r\n--b--\r\n")
}

// nestedParts is a report inside n multiparts.
func nestedParts(n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"%d/\"\r\n\r\n--%d/\r\n", i, i)
	}
	return message(b.String()+"Content-Type: application/tlsrpt+json\r\n\r\n"+grenz(), "From: a@grenz.example")
}

// forwards is a mail with a report inside n messages.
func forwards(n int) []byte {
	return message(strings.Repeat("Content-Type: message/rfc822\r\n\r\nFrom: c@grenz.example\r\n", n)+
		"Content-Type: application/tlsrpt+json\r\n\r\n"+grenz(), "From: a@grenz.example")
}

func headerOf(fields int) []byte {
	return []byte(strings.Repeat("X: y\n", fields-1) + "Content-Type: application/tlsrpt+json\n\n" + grenz())
}

func headerBytes(n int) []byte {
	const rest = "Content-Type: application/tlsrpt+json\nX: \n"
	return []byte("X: " + strings.Repeat("y", n-len(rest)) + "\nContent-Type: application/tlsrpt+json\n\n" + grenz())
}

func hostileMails(tb testing.TB) []hostile {
	tb.Helper()
	lim := DefaultLimits()
	big := base64.StdEncoding.EncodeToString(append([]byte(grenz()), bytes.Repeat([]byte(" "), 17<<20)...))
	return []hostile{
		{"M1 200 000 fields", headerOf(200_000), "too-large"},
		{"M1 at the limit", headerOf(lim.HeaderFields), ""},
		{"M1 one field more", headerOf(lim.HeaderFields + 1), "too-many"},
		{"M2 10 MiB of header", headerBytes(10 << 20), "too-large"},
		{"M2 at the limit", headerBytes(lim.HeaderBytes), ""},
		{"M2 one byte more", headerBytes(lim.HeaderBytes + 1), "too-large"},
		{"M2 header without an end", []byte("X: " + strings.Repeat("y", 10<<20)), "too-large"},
		{"M3 100 000 folds", []byte("X: y\r\n" + strings.Repeat(" z\r\n", 100_000) + "\r\n"), "too-large"},
		{"M3 in a part", whole("multipart/mixed; boundary=b", "7bit", "--b\r\nX: y\r\n"+strings.Repeat(" z\r\n", 100_000)+"\r\n"+grenz()), "too-large"},
		{"M4 at the limit", nestedParts(lim.MIMEDepth), ""},
		{"M4 one more", nestedParts(lim.MIMEDepth + 1), "too-deep"},
		{"M4 2 000 nested", nestedParts(2000), "too-deep"},
		{"M5 at the limit", manyParts(lim.Parts - 1), ""},
		{"M5 one more", manyParts(lim.Parts), "too-many"},
		{"M5 50 000 parts", manyParts(50_000), "too-many"},
		{"M6 no boundary", whole("multipart/mixed", "7bit", "--b\r\n\r\n"+grenz()+"\r\n--b--"), "malformed"},
		{"M6 an empty boundary", whole(`multipart/mixed; boundary=""`, "7bit", "--\r\n\r\n"+grenz()+"\r\n----"), "malformed"},
		{"M6 a boundary of 2 049 bytes", whole("multipart/mixed; boundary="+strings.Repeat("b", 2049), "7bit", "--b\r\n\r\n"+grenz()), "malformed"},
		{"M6 a boundary that begins another", whole("multipart/mixed; boundary=b", "7bit", "--bb\r\n\r\n"+grenz()+"\r\n--bb--"), "not-a-report"},
		{"M7 a name and no type", whole("multipart/mixed; boundary=b", "7bit", "--b\r\nContent-Disposition: attachment; filename=r.json\r\n\r\n"+grenz()+"\r\n--b--"), ""},
		{"M22 a virus beside the report", whole("multipart/mixed; boundary=b", "7bit", "--b\r\n\r\n"+grenz()+"\r\n--b\r\nContent-Type: application/x-msdownload\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nMZ\x90\x00 X5O!P%@AP\r\n--b--"), ""},
		{"M23 a bounce", whole("multipart/report; report-type=delivery-status; boundary=b", "7bit", "--b\r\n\r\nIt was not delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--"), "not-a-report"},
		{"M23 an automatic answer", message("Auto-Submitted: auto-replied\r\n\r\nI am away until Monday.", "From: a@grenz.example"), "not-a-report"},
		{"M23 a mailing list's mail", message("List-Id: <x.grenz.example>\r\nContent-Type: text/html\r\n\r\n<p>News", "From: a@grenz.example"), "not-a-report"},
		{"M8 no report-type", whole("multipart/report; boundary=b", "7bit", "--b\r\n\r\n"+grenz()+"\r\n--b--"), ""},
		{"M8 report-type twice", whole("multipart/report; report-type=tlsrpt; report-type=x; boundary=b", "7bit", "--b\r\n\r\n"+grenz()+"\r\n--b--"), ""},
		{"M8 one part", whole("application/tlsrpt+json", "7bit", grenz()), ""},
		{"M8 no type at all", message("\r\n"+grenz(), "From: a@grenz.example"), ""},
		{"M10 junk", whole("application/tlsrpt+json", "base64", "!!"+base64.StdEncoding.EncodeToString([]byte(grenz()))+"\r\n"), ""},
		{"M10 no padding", whole("application/tlsrpt+json", "base64", base64.RawStdEncoding.EncodeToString([]byte(grenz()))), ""},
		{"M10 one line of 23 MiB", whole("application/tlsrpt+json", "base64", big), ""},
		{"M10 nothing but junk", whole("application/tlsrpt+gzip", "base64", strings.Repeat("*", 4<<20)), "not-a-report"},
		{"M11 soft breaks", whole("application/tlsrpt+json", "quoted-printable", strings.Repeat("=\r\n", 1<<20)+grenz()), ""},
		{"M11 blanks before no break", whole("application/tlsrpt+json", "quoted-printable", strings.Repeat("= ", 1<<20)), "malformed"},
		{"a report before too many parts", whole("multipart/mixed; boundary=b", "7bit", "--b\r\n\r\n"+grenz()+strings.Repeat("\r\n--b\r\n", 60)), "too-many"},
		{"behind the From line of a mailbox", append([]byte("From a@grenz.example Thu Mar  5 04:12:44 2026\n"), whole("application/tlsrpt+json", "7bit", grenz())...), ""},
		{"behind empty lines", append([]byte("\r\n\n"), whole("application/tlsrpt+json", "7bit", grenz())...), ""},
		{"M12 unknown encoding", whole("application/tlsrpt+gzip", "x-uuencode", "begin 644 r\r\n#0V%T\r\n"), "malformed"},
		{"M13 8 bit in 7bit", whole("application/tlsrpt+json", "7bit", strings.Replace(grenz(), "Grenz", "Grüße", 1)), ""},
		{"forwarded thrice", forwards(lim.Forwards), ""},
		{"forwarded four times", forwards(lim.Forwards + 1), "too-deep"},
		{"forwarded 10 000 times", forwards(10_000), "too-deep"},
		{"a boundary on every line", whole("multipart/mixed; boundary=b", "7bit", strings.Repeat("x--b\r\n --b\r\n--bb\r\n", 200_000)), "not-a-report"},
		{"quotes without an end", whole(`multipart/mixed; boundary="`+strings.Repeat(`\"`, 50_000), "7bit", grenz()), "malformed"},
		{"parameters without an end", whole("multipart/mixed"+strings.Repeat(";x=y", 50_000), "7bit", grenz()), "malformed"},
	}
}

func TestHostileMail(t *testing.T) {
	t.Parallel()
	for _, c := range hostileMails(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := readGuarded(t, c.in, DefaultLimits())
			if Reason(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			if n := len(found.Reports); (n == 1) != (c.want == "") || n == 1 && found.Mail == nil {
				t.Errorf("%d reports, mail %+v", n, found.Mail)
			}
		})
	}
}

// TestEncodedForward: an attached message in base64, against RFC 2046, whose
// parts are encoded themselves.
func TestEncodedForward(t *testing.T) {
	t.Parallel()
	part := "--b\r\nContent-Type: application/tlsrpt+json\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	inner := "Subject: x\r\nContent-Type: multipart/report; report-type=tlsrpt; boundary=b\r\n\r\n" +
		strings.Replace(part, "\r\n", "\r\nContent-Disposition: attachment; filename=a!b!1!2.json\r\n", 1) + base64.StdEncoding.EncodeToString([]byte(grenz())) + "\r\n" +
		part + base64.StdEncoding.EncodeToString([]byte(strings.Replace(grenz(), "g-1", "g-2", 1))) + "\r\n--b--\r\n"
	found, err := Read(whole("message/rfc822", "base64", base64.StdEncoding.EncodeToString([]byte(inner))), DefaultLimits())
	if err != nil || len(found.Reports) != 2 || len(found.Problems) != 0 {
		t.Fatalf("%v, %d reports, %v", err, len(found.Reports), found.Problems)
	}
	if got := strings.Join(codes(found.Reports[1]), " "); got != "not-multipart transfer-encoding forwarded" || found.Mail.FileName != "a!b!1!2.json" {
		t.Error(got, found.Mail)
	}
}

// TestTwoReportParts is M9.
func TestTwoReportParts(t *testing.T) {
	t.Parallel()
	part := func(s string) string { return "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + s + "\r\n" }
	other := strings.Replace(grenz(), "g-1", "g-2", 1)
	broken := strings.Replace(grenz(), "}", "", 1)
	reordered := strings.Replace(grenz(), `"organization-name":"Grenz Mail",`, "\n", 1)
	reordered = strings.Replace(reordered, `"report-id":"g-1"`, `"report-id" : "g-1", "organization-name":"Grenz \u004dail"`, 1)
	for _, c := range []struct {
		parts                    []string
		reports, problems, count int
	}{
		{[]string{grenz()}, 1, 0, 1},
		{[]string{grenz(), other}, 2, 0, 2},
		{[]string{grenz(), other, grenz()}, 2, 0, 3},
		{[]string{grenz(), reordered}, 1, 0, 2},
		{[]string{grenz(), broken}, 1, 1, 2},
		{[]string{broken, other}, 1, 1, 2},
	} {
		body := ""
		for _, p := range c.parts {
			body += part(p)
		}
		found, err := Read(whole("multipart/report; report-type=tlsrpt; boundary=b", "7bit", body+"--b--\r\n"), DefaultLimits())
		if err != nil || len(found.Reports) != c.reports || len(found.Problems) != c.problems || found.Mail.ReportParts != c.count {
			t.Errorf("%v, %d reports, %v, %+v", err, len(found.Reports), found.Problems, found.Mail)
		}
	}
}

// TestFromDomain is M15: only one plain address can be compared with a
// signature.
func TestFromDomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, want string }{
		{"From: a@grenz.example", "grenz.example"},
		{"from:a@Grenz.Example.", "grenz.example"},
		{"From: <a@grenz.example>", "grenz.example"},
		{"From: Grenz TLS <a@grenz.example>", "grenz.example"},
		{"From: \"Grenz, TLS; a: b\" <a@grenz.example>", "grenz.example"},
		{"From: a@grenz.example (b@evil.example)", "grenz.example"},
		{"From: =?utf-8?q?b=40evil.example?= <a@grenz.example>", "grenz.example"},
		{"From: Grenz\r\n <a@grenz.example>", "grenz.example"},
		{"From: a@x.example\r\nFrom: b@y.example", ""},
		{"From: a@x.example\r\nX: y\r\nFROM: a@x.example", ""},
		{"X: y", ""},
		{"From:", ""},
		{"From: a@x.example, b@y.example", ""},
		{"From: a@x.example b@y.example", ""},
		{"From: a@x.example <b@y.example>", ""},
		{"From: <a@x.example> b", ""},
		{"From: Group: a@x.example;", ""},
		{"From: a@b@c.example", ""},
		{"From: a", ""},
		{"From: @x.example", ""},
		{"From: <a@x.example", ""},
	} {
		found, err := Read(message("\r\n"+grenz(), c.from), DefaultLimits())
		if err != nil || found.Mail.FromDomain != c.want {
			t.Errorf("%q: %q, want %q; %v", c.from, found.Mail.FromDomain, c.want, err)
		}
	}
}

// TestMailInfo is M14 and M17 too: what is shown cannot act.
func TestMailInfo(t *testing.T) {
	t.Parallel()
	in := message("MIME-Version: 1.0\r\nContent-Type: application/tlsrpt+json\r\n"+
		"Content-Disposition: attachment; filename*=utf-8''..%2Fa%0D%0AX%3A%20%00%E2%80%AE%21b.json\r\n\r\n"+grenz(),
		"From: Ops <a@grenz.example>",
		"Subject: =?utf-8?q?Caf=C3=A9?=\r\n\t\x1b[2J\u202e\U0001f600 \x00"+strings.Repeat("z", 20_000),
		"Subject: second", "Message-ID: <1@grenz.example>", "Date: Thu, 5 Mar 2026 04:12:44 +0100 (CET)",
		"TLS-Report-Domain: Ziel.Example.", "TLS-Report-Submitter: grenz.example\xff")
	found, err := Read(in, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	m := found.Mail
	if !strings.HasPrefix(m.Subject, "Café ␛[2J\uFFFD\U0001f600 ␀zzz") || len(m.Subject) > maxHeaderText {
		t.Errorf("subject of %d bytes: %.60q", len(m.Subject), m.Subject)
	}
	m.Subject = ""
	want := &MailInfo{
		FromDomain:      "grenz.example",
		TLSReportDomain: "ziel.example", TLSReportSubmitter: "grenz.example\uFFFD",
		FileName: "../a X: ␀\uFFFD!b.json", ReportParts: 1,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
}

func TestMailPolicyDomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m    MailInfo
		want string
	}{
		{MailInfo{TLSReportDomain: "a.example", Subject: "Report Domain: b.example Submitter: c", FileName: "x!d.example!1!2.json"}, "a.example"},
		{MailInfo{Subject: "Report Domain: B.example. Submitter: c", FileName: "x!d.example!1!2.json"}, "b.example"},
		{MailInfo{Subject: "[EXTERNAL] Report Domain: b.example", FileName: "x!d.example!1!2.json"}, "d.example"},
		{MailInfo{Subject: "Fwd", FileName: "report.json"}, ""},
	} {
		if got := c.m.PolicyDomain(); got != c.want {
			t.Errorf("%+v: %q", c.m, got)
		}
	}
}

// TestHeaderAgainstReport is M16: the report wins, and it is said.
func TestHeaderAgainstReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ header, want string }{
		{"TLS-Report-Domain: ziel.example\r\nTLS-Report-Submitter: grenz.example", ""},
		{"TLS-Report-Domain: ZIEL.example.\r\nTLS-Report-Submitter: Grenz.Example", ""},
		{"TLS-Report-Domain: other.example", "header-domain-differs"},
		{"TLS-Report-Submitter: other.example", "header-submitter-differs"},
		{"Subject: Report Domain: other.example Submitter: grenz.example", "header-domain-differs"},
		{"Subject: Report Domain: other.example\r\nTLS-Report-Domain: other.example\r\nTLS-Report-Submitter: x", "header-domain-differs header-submitter-differs"},
	} {
		found, err := Read(message("Content-Type: multipart/report; report-type=tlsrpt; boundary=b\r\n\r\n--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n"+grenz()+"\r\n--b--", c.header), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(codes(found.Reports[0]), " "); got != c.want || found.Reports[0].Policies[0].Domain != "ziel.example" {
			t.Errorf("%q: %q, want %q", c.header, got, c.want)
		}
	}
}

func TestDecodeBase64(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		want := random(n)
		for _, text := range []string{
			base64.StdEncoding.EncodeToString(want),
			strings.Join(strings.SplitAfter(base64.StdEncoding.EncodeToString(want), ""), "\r\n"),
			strings.TrimRight(base64.StdEncoding.EncodeToString(want), "="),
			"*" + base64.StdEncoding.EncodeToString(want) + "~",
		} {
			if got, _ := decodeBase64(nil, text); !bytes.Equal(got, want) {
				t.Errorf("%q: %x, want %x", text, got, want)
			}
		}
	}
	for _, c := range []struct {
		in, want string
		repaired bool
	}{
		{"TWFu", "Man", false}, {"TWE=", "Ma", false}, {"TQ==", "M", false}, {"TWE", "Ma", true}, {"TQ", "M", true},
		{"T", "", true}, {"", "", false}, {"TQ==TWE=", "MMa", false}, {"TW!Fu", "Man", true}, {" TW\r\nFu\t", "Man", false}, {"====", "", false},
	} {
		got, repaired := decodeBase64([]byte("old"), c.in)
		if string(got) != c.want || repaired != c.repaired {
			t.Errorf("%q: %q %v", c.in, got, repaired)
		}
	}
}

func TestDecodeQuoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"}, {"a=3D=3db", "a==b"}, {"a=\r\nb", "ab"}, {"a= \t\r\nb", "ab"}, {"a=\nb", "ab"}, {"a=", "a"},
		{"a=zz", "a=zz"}, {"a=4", "a=4"}, {"=C3=A9", "é"}, {"line\r\nline", "line\r\nline"},
	} {
		if got := decodeQuoted(nil, c.in); string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
