package tlsrpt

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ids gives the findings as "R13 warn", worst first.
func ids(r LintResult) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, f.ID+" "+string(f.Severity))
	}
	return out
}

// lintCase is one text, its verdict, and its findings in order.
type lintCase struct {
	text    string
	verdict Verdict
	want    string // "R13 warn, R23 info"
	fix     string // the first finding's sentence; "" is not compared
}

const (
	addrA      = "mailto:a@x.example"
	addrB      = "mailto:b@x.example"
	goodRecord = "v=TLSRPTv1; rua=" + addrA
)

func TestLintText(t *testing.T) {
	t.Parallel()
	cases := []lintCase{
		{goodRecord, Pass, "", ""},
		{"v=TLSRPTv1;rua=" + addrA, Pass, "", ""},
		{goodRecord + ";", Pass, "", ""},
		{goodRecord + " ; ", Pass, "", ""},
		{goodRecord + "," + addrB, Pass, "", ""},
		{goodRecord + ",https://x.example/v1", Pass, "", ""},
		{"v=TLSRPTv1; rua=https://x.example/v1/tlsrpt", Pass, "", ""},
		{"v=TLSRPTv1; rua=mailto:a%21b@x.example", Pass, "", ""},

		{"v=spf1 -all", Fail, "R3 fail", "Replace the text at _smtp._tls by a TLS-RPT record."},
		{"", Fail, "R3 fail", ""},
		{"v=DMARC1; p=none; rua=" + addrA, Fail, "R3 fail", ""},
		{"abc123-verification", Fail, "R3 fail", ""},

		{"v=tlsrptv1; rua=" + addrA, Fail, "R4 fail", "Write v=TLSRPTv1 exactly, with capitals TLSRPT and no blanks."},
		{"V=TLSRPTv1; rua=" + addrA, Fail, "R4 fail", ""},
		{"v = TLSRPTv1; rua=" + addrA, Fail, "R4 fail", ""},
		{"v= TLSRPTv1; rua=" + addrA, Fail, "R4 fail", ""},
		{"v=TLSRPTV1;rua=" + addrA, Fail, "R4 fail", ""},
		{"TLSRPTv1; rua=" + addrA, Fail, "R4 fail", ""},
		{"v=TLS-RPTv1; rua=" + addrA, Fail, "R4 fail", ""},

		{"v=TLSRPTv2; rua=" + addrA, Fail, "R5 fail", "The only version is v=TLSRPTv1."},
		{"v=TLSRPT1; rua=" + addrA, Fail, "R5 fail", ""},
		{"v=TLSRPT; rua=" + addrA, Fail, "R5 fail", ""},
		{"v=TLSRPTv10; rua=" + addrA, Fail, "R5 fail", ""},
		{"v=TLSRPTv1.0; rua=" + addrA, Fail, "R5 fail", ""},
		{"v=TLSRTPv1; rua=" + addrA, Fail, "R5 fail", ""},

		{" " + goodRecord, Fail, "R6 fail", "Remove the blank before v=TLSRPTv1 in the record value."},
		{"\t" + goodRecord, Fail, "R6 fail", "Remove the tab before v=TLSRPTv1 in the record value."},
		{`"` + goodRecord + `"`, Fail, "R6 fail", "Remove the quotation mark before v=TLSRPTv1 in the record value."},
		{"“" + goodRecord + "”", Fail, "R6 fail", "Remove the curly quotation mark before v=TLSRPTv1 in the record value."},
		{"\ufeff" + goodRecord, Fail, "R6 fail", "Remove the byte order mark before v=TLSRPTv1 in the record value."},
		{"\u00a0" + goodRecord, Fail, "R6 fail", "Remove the no-break space before v=TLSRPTv1 in the record value."},
		{`"v=TLSRPTv1; " "rua=` + addrA + `"`, Fail, "R6 fail", ""},
		{"_smtp._tls IN TXT " + goodRecord, Fail, "R6 fail", `Remove the text "_smtp._tls IN TXT" before v=TLSRPTv1 in the record value.`},

		{`v=TLSRPTv1\; rua=` + addrA, Fail, "R7 fail", "Remove the backslash: your DNS form already escapes the semicolon."},
		{`v=TLSRPTv1; rua=` + addrA + `\;`, Fail, "R7 fail", ""},

		{"v=TLSRPTv1;", Warn, "R8 warn", "Add rua=mailto:you@example.com: without it no report is ever sent."},
		{"v=TLSRPTv1; ", Warn, "R8 warn", ""},
		{"v=TLSRPTv1; RUA=" + addrA, Warn, "R8 warn", ""},
		{"v=TLSRPTv1; ruf=" + addrA, Warn, "R8 warn", ""},
		{"v=TLSRPTv1; ext=1", Warn, "R8 warn, R23 info", ""},
		{"v=TLSRPTv1; " + addrA, Fail, "R24 fail, R8 warn", `Remove "mailto:a@x.example": strict senders reject the whole record.`},

		{"v=TLSRPTv1; rua=", Fail, "R9 fail", "Put an address after rua=."},
		{"v=TLSRPTv1; rua=;", Fail, "R9 fail", ""},
		{"v=TLSRPTv1; rua=,mailto:a@x.example", Fail, "R9 fail", ""},

		{"v=TLSRPTv1; rua=a@x.example", Fail, "R10 fail", "Write mailto: before a@x.example."},
		{goodRecord + ",b@x.example", Fail, "R10 fail", "Write mailto: before b@x.example."},

		{"v=TLSRPTv1; rua=http://x.example/r", Fail, "R11 fail", "Use mailto: or https:, not http:."},
		{"v=TLSRPTv1; rua=ftp://x.example/r," + addrA, Warn, "R11 warn", "Use mailto: or https:, not ftp:."},

		{goodRecord + ",rua=" + addrB, Fail, "R12 fail", "Write rua= once: rua=mailto:a@example.com,mailto:b@example.com."},

		{goodRecord + "; rua=" + addrB, Warn, "R13 warn", "Write one rua= list directly after the version, without blanks: Postfix-based senders read only that form."},
		{"v=TLSRPTv1; ext=1; rua=" + addrA, Warn, "R13 warn, R23 info", ""},
		{goodRecord + ", " + addrB, Warn, "R13 warn", ""},
		{goodRecord + " ," + addrB, Warn, "R13 warn", ""},

		{goodRecord + "; " + addrB, Fail, "R14 fail", "Separate the addresses by commas."},
		{goodRecord + " " + addrB, Fail, "R14 fail", ""},
		{goodRecord + ";b@x.example", Fail, "R10 fail, R14 fail", ""},
		{goodRecord + "; https://x.example/r?a=b", Fail, "R14 fail", ""},

		{goodRecord + "!10m", Fail, "R15 fail", "Remove !10m: TLS-RPT has no size limit, and ! must be written %21."},
		{goodRecord + "!10m," + addrB + "!5k", Fail, "R15 fail, R15 fail", ""},
		{"v=TLSRPTv1; rua=mailto:o!brien@x.example", Fail, "R15 fail", "Remove !: TLS-RPT has no size limit, and ! must be written %21."},

		{"v=TLSRPTv1; rua=mailto:a@x.example.", Fail, "R16 fail", "Correct the address mailto:a@x.example.."},
		{"v=TLSRPTv1; rua=mailto:a@x.example.," + addrB, Warn, "R16 warn", ""},
		{"v=TLSRPTv1; rua=mailto:<a@x.example>", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=<mailto:a@x.example>," + addrB, Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto:a b@x.example", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto:ä@x.example", Fail, "R16 fail", "Correct the address mailto:ä@x.example."},
		{"v=TLSRPTv1; rua=mailto:a@bücher.example," + addrB, Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto:", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto://a@x.example", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto:a@@x.example", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=x.example/r", Fail, "R16 fail", ""},
		{`v=TLSRPTv1; rua="mailto:a@x.example"`, Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=https:///r", Fail, "R16 fail", ""},
		{"v=TLSRPTv1; rua=mailto:a@x.example?cc=b@x.example", Warn, "R16 warn", ""},

		{goodRecord + "," + addrA, Warn, "R20 warn", "Remove the repeated mailto:a@x.example."},
		{goodRecord + ",MAILTO:a@X.example", Warn, "R20 warn", "Remove the repeated MAILTO:a@X.example."},

		{"v=TLSRPTv1 ; rua=" + addrA, Warn, "R21 warn", "Write v=TLSRPTv1; without a blank and with single semicolons."},
		{"v=TLSRPTv1\t;rua=" + addrA, Warn, "R21 warn", ""},
		{"v=TLSRPTv1;;rua=" + addrA, Fail, "R21 fail", ""},
		{goodRecord + ";;", Fail, "R21 fail", ""},

		{"v=TLSRPTv1 rua=" + addrA, Fail, "R22 fail", "Put a semicolon after v=TLSRPTv1."},
		{"v=TLSRPTv1,rua=" + addrA, Fail, "R22 fail", ""},
		{"v=TLSRPTv1rua=" + addrA, Fail, "R22 fail", ""},
		{"v=TLSRPTv1", Fail, "R22 fail, R8 warn", ""},

		{goodRecord + "; ext=1", Pass, "R23 info", "Unknown field ext is ignored by senders."},
		{goodRecord + "; RUA=" + addrB, Pass, "R23 info", ""},

		{goodRecord + "; ext", Fail, "R24 fail", `Remove "ext": strict senders reject the whole record.`},
		{goodRecord + "; ext=a b", Fail, "R24 fail", ""},
		{goodRecord + "; ext=", Fail, "R24 fail", ""},
		{goodRecord + "; " + strings.Repeat("e", 33) + "=1", Fail, "R24 fail", ""},
		{"v=TLSRPTv1; rua = " + addrA, Fail, "R24 fail", `Remove the blanks around = in "rua = mailto:a@x.example": strict senders reject the whole record.`},
		{"v=TLSRPTv1; rua= " + addrA, Fail, "R24 fail", ""},
		{goodRecord + ",", Fail, "R24 fail", "Remove the comma without an address: strict senders reject the whole record."},
		{goodRecord + ",," + addrB, Fail, "R24 fail", ""},
		{goodRecord + " ", Fail, "R24 fail", "Remove the blank at the end: strict senders reject the whole record."},
		{goodRecord + "\n", Fail, "R24 fail", "Remove the line break at the end: strict senders reject the whole record."},
		{goodRecord + strings.Repeat("; e=1", 14000), Fail, "R24 fail, R23 info", ""},

		// several mistakes at once, worst first
		{` "v=tlsrptv1\; ext=1;; rua=a@x.example!10m,http://x.example/"`, Fail,
			"R4 fail, R6 fail, R6 fail, R7 fail, R10 fail, R15 fail, R21 fail, R11 warn, R13 warn, R23 info", ""},
	}
	for _, c := range cases {
		r := LintText(c.text)
		if got := strings.Join(ids(r), ", "); r.Verdict != c.verdict || got != c.want {
			t.Errorf("%.80q: %s with %q, want %s with %q", c.text, r.Verdict, got, c.verdict, c.want)
		}
		if c.fix != "" && (len(r.Findings) == 0 || r.Findings[0].Text != c.fix) {
			t.Errorf("%.80q: findings %+v, want the fix %q", c.text, r.Findings, c.fix)
		}
		checkTruth(t, r)
	}
}

// checkTruth holds a result against the strict parser.
func checkTruth(t interface{ Errorf(string, ...any) }, r LintResult) {
	parsed, err := ParseRecord(r.Record)
	if strict := err == nil && parsed.Usable(); r.Effective && !strict {
		t.Errorf("%q: effective, but the strict parser says %v", r.Record, err)
	}
	useless := r.Verdict == Fail
	for _, f := range r.Findings {
		useless = useless || f.ID == "R8"
	}
	if r.Effective == useless {
		t.Errorf("%q: effective %v with verdict %s and findings %v", r.Record, r.Effective, r.Verdict, ids(r))
	}
	if r.Effective != (len(r.Destinations) > 0) {
		t.Errorf("%q: effective %v with destinations %v", r.Record, r.Effective, r.Destinations)
	}
}

func TestLintSeveralTXT(t *testing.T) {
	t.Parallel()
	spf := TXT{"v=spf1 -all"}
	cases := []struct {
		name    string
		txt     []TXT
		verdict Verdict
		want    string
		record  string
	}{
		{"none", nil, Fail, "", ""},
		{"R1 two records", []TXT{{goodRecord}, {"v=TLSRPTv1;rua=" + addrB}}, Fail, "R1 fail", goodRecord},
		{"R1 and a stranger", []TXT{spf, {goodRecord}, {"v=TLSRPTv1;rua=" + addrB}}, Fail, "R1 fail, R2 info", goodRecord},
		{"R2 one and a stranger", []TXT{spf, {goodRecord}}, Pass, "R2 info", goodRecord},
		{"R2 one and a botched one", []TXT{{"v=tlsrptv1; rua=" + addrB}, {goodRecord}}, Pass, "R2 info", goodRecord},
		{"R3 strangers only", []TXT{spf, {"abc"}}, Fail, "R3 fail", "v=spf1 -all"},
		{"R4 botched and a stranger", []TXT{spf, {"v=tlsrptv1;rua=" + addrA}}, Fail, "R4 fail, R2 info", "v=tlsrptv1;rua=" + addrA},
		{"R21 dies beside a stranger", []TXT{spf, {"v=TLSRPTv1 ;rua=" + addrA}}, Fail, "R21 fail, R2 info", "v=TLSRPTv1 ;rua=" + addrA},
		{"R21 dies twice", []TXT{{"v=TLSRPTv1 ;rua=" + addrA}, {"v=TLSRPTv1 ;rua=" + addrB}}, Fail, "R21 fail, R2 info", "v=TLSRPTv1 ;rua=" + addrA},
		{"R25 strings", []TXT{{"v=TLSRPTv1; rua=mailto:a@x.", "example"}}, Pass, "R25 info", goodRecord},
		{"R25 strings with a warning", []TXT{{"v=TLSRPTv1 ; rua=mailto:a@x.", "example"}}, Warn, "R21 warn, R25 info", "v=TLSRPTv1 ; rua=mailto:a@x.example"},
		{"R26 no semicolon after the version", []TXT{{"v=TLSRPTv1", "rua=" + addrA}}, Fail, "R26 fail", "v=TLSRPTv1rua=" + addrA},
		{"R26 no semicolon between fields", []TXT{{goodRecord, "ext=1"}}, Fail, "R26 fail, R23 info", goodRecord + "ext=1"},
		{"R26 no comma", []TXT{{goodRecord, addrB}}, Fail, "R26 fail", goodRecord + addrB},
		{"R26 blank inside the address", []TXT{{"v=TLSRPTv1; rua=mailto:a@x.", " example"}}, Fail, "R26 fail", "v=TLSRPTv1; rua=mailto:a@x. example"},
		{"R26 blank inside the version", []TXT{{"v=TLSR ", "PTv1;rua=" + addrA}}, Fail, "R26 fail", "v=TLSR PTv1;rua=" + addrA},
		{"not the seam's fault", []TXT{{"v=TLSRPTv1; rua=a@x.", "example"}}, Fail, "R10 fail", "v=TLSRPTv1; rua=a@x.example"},
	}
	for _, c := range cases {
		r := Lint(LintInput{TXT: c.txt})
		if got := strings.Join(ids(r), ", "); r.Verdict != c.verdict || got != c.want || r.Record != c.record {
			t.Errorf("%s: %s with %q for %q, want %s with %q for %q", c.name, r.Verdict, got, r.Record, c.verdict, c.want, c.record)
		}
		checkTruth(t, r)
	}
}

func TestLintFacts(t *testing.T) {
	t.Parallel()
	two := TXT{goodRecord + ",https://x.example/r"}
	post := TXT{"v=TLSRPTv1; rua=https://x.example/r"}
	none := TXT{"v=TLSRPTv1;"}
	cases := []struct {
		name string
		in   LintInput
		want string
		fix  string
	}{
		{"R3 with the domain", LintInput{TXT: []TXT{{"abc"}}, Domain: "x.example"}, "R3 fail", "Replace the text at _smtp._tls.x.example by a TLS-RPT record."},
		{"R8 with our rua", LintInput{TXT: []TXT{none}, OurRUA: "mailto:t@r.example"}, "R8 warn", "Add rua=mailto:t@r.example: without it no report is ever sent."},
		{"R8 with our bare rua", LintInput{TXT: []TXT{none}, OurRUA: "t@r.example"}, "R8 warn", "Add rua=mailto:t@r.example: without it no report is ever sent."},
		{"R17", LintInput{TXT: []TXT{{goodRecord}}, DeadMailboxes: []string{"a@x.example"}}, "R17 fail", "a@x.example cannot receive mail: use a working mailbox."},
		{"R18 beside mail", LintInput{TXT: []TXT{two}, DeadURLs: []string{"https://x.example/r"}}, "R18 warn", "Make https://x.example/r accept POST over HTTPS with a valid certificate, or use mailto:."},
		{"R18 alone", LintInput{TXT: []TXT{post}, DeadURLs: []string{"https://x.example/r"}}, "R18 fail", ""},
		{"R19 second", LintInput{TXT: []TXT{{goodRecord + "," + addrB}}, OurRUA: "b@x.example"}, "R19 warn", "Put our address first: Microsoft reports only to the first one."},
		{"R19 second, other case", LintInput{TXT: []TXT{{goodRecord + "," + addrB}}, OurRUA: "b@X.EXAMPLE"}, "R19 warn", ""},
		{"R19 in a second field", LintInput{TXT: []TXT{{goodRecord + "; rua=" + addrB}}, OurRUA: addrB}, "R13 warn, R19 warn", ""},
		{"R19 first", LintInput{TXT: []TXT{{goodRecord + "," + addrB}}, OurRUA: addrA}, "", ""},
		{"R19 first and last", LintInput{TXT: []TXT{{goodRecord + "," + addrA}}, OurRUA: addrA}, "R20 warn", ""},
		{"R19 absent", LintInput{TXT: []TXT{{goodRecord}}, OurRUA: addrB}, "", ""},
		{"R27 short", LintInput{TXT: []TXT{{goodRecord}}, TTL: 299}, "R27 warn", "Raise the TTL to 3600: the RFC advises a large one."},
		{"R27 long enough", LintInput{TXT: []TXT{{goodRecord}}, TTL: 300}, "", ""},
		{"R28", LintInput{TXT: []TXT{{goodRecord}}, Unenforced: true}, "R28 info", "Add MTA-STS to get enforceable TLS; reports alone only observe."},
		{"R28 not for a broken record", LintInput{TXT: []TXT{none}, Unenforced: true}, "R8 warn", ""},
		{"R29", LintInput{TXT: []TXT{{goodRecord}}, OurRUA: addrA, Domain: "x.example", SilentDays: 7}, "R29 warn", "No report for 7 days: check that x.example still receives mail from Google or Microsoft."},
		{"R29 too early", LintInput{TXT: []TXT{{goodRecord}}, OurRUA: addrA, SilentDays: 6}, "", ""},
		{"R29 not ours", LintInput{TXT: []TXT{{goodRecord}}, OurRUA: addrB, SilentDays: 30}, "", ""},
		{"R29 unknown rua", LintInput{TXT: []TXT{{goodRecord}}, SilentDays: 30}, "", ""},
	}
	for _, c := range cases {
		r := Lint(c.in)
		if got := strings.Join(ids(r), ", "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.fix != "" && (len(r.Findings) == 0 || r.Findings[0].Text != c.fix) {
			t.Errorf("%s: findings %+v, want the fix %q", c.name, r.Findings, c.fix)
		}
	}
}

func TestLintJSON(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, want string }{
		{goodRecord, `{"verdict":"pass","effective":true,"record":"v=TLSRPTv1; rua=mailto:a@x.example","destinations":["mailto:a@x.example"],"findings":[]}`},
		{"v=TLSRPTv1;", `{"verdict":"warn","effective":false,"record":"v=TLSRPTv1;","destinations":[],"findings":[{"id":"R8","severity":"warn","text":"Add rua=mailto:you@example.com: without it no report is ever sent."}]}`},
		{"", `{"verdict":"fail","effective":false,"record":"","destinations":[],"findings":[{"id":"R3","severity":"fail","text":"Replace the text at _smtp._tls by a TLS-RPT record."}]}`},
	}
	for _, c := range cases {
		got, err := json.Marshal(LintText(c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %s, %v\nwant %s", c.text, got, err, c.want)
		}
	}
	if got, _ := json.Marshal(Lint(LintInput{})); strings.Contains(string(got), "null") {
		t.Errorf("without TXT: %s", got)
	}
}

func TestLintIntended(t *testing.T) {
	t.Parallel()
	r := LintText(`"v=tlsrptv1; rua=a@x.example!10m, rua=` + addrB + `,http://x.example/"`)
	if d := cmp.Diff([]string{addrA, addrB}, r.Intended); d != "" {
		t.Errorf("intended destinations (-want +got):\n%s", d)
	}
	if len(r.Destinations) != 0 {
		t.Errorf("destinations of a broken record: %v", r.Destinations)
	}
}

func TestFindingTextIsHarmless(t *testing.T) {
	t.Parallel()
	cases := []struct{ addr, want string }{
		{"mailto:\x1b[31ma@x.example", `Correct the address mailto:\x1b[31ma@x.example.`},
		{"mailto:\u202ea@x.example", `Correct the address mailto:\u202ea@x.example.`},
		{"mailto:\xffa@x.example", `Correct the address mailto:\xffa@x.example.`},
		{"mailto:a\u0301@x.example", `Correct the address mailto:a\u0301@x.example.`},
		{"mailto:{addr}@x.example", `Correct the address mailto:{addr}@x.example.`},
		{"mailto:" + strings.Repeat("ä", 200), "Correct the address mailto:" + strings.Repeat("ä", 113) + "…."},
	}
	for _, c := range cases {
		r := LintText("v=TLSRPTv1; rua=" + c.addr)
		if len(r.Findings) == 0 || r.Findings[0].Text != c.want {
			t.Errorf("%q: %+v, want %q", c.addr, r.Findings, c.want)
		}
	}
	many := LintText("v=TLSRPTv1; rua=" + addrA + strings.Repeat(";a", 9) + ";" + manyFields(5000))
	if len(many.Findings) > maxFindings {
		t.Errorf("%d findings", len(many.Findings))
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("x" + itoa(i) + ";")
	}
	return b.String()
}
