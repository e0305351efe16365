package tlsrpt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reading describes what a model makes of a text: "rejected", or the raw
// destinations, those it cannot deliver to in parentheses.
func reading(t *testing.T, text string, family SenderFamily) string {
	t.Helper()
	for _, r := range LintText(text).Senders {
		if r.Family != family {
			continue
		}
		if r.Outcome == OutcomeRejected {
			return "rejected"
		}
		useful := " " + strings.Join(r.Useful, " ") + " "
		var out []string
		for _, d := range r.Read {
			if d == "" || !strings.Contains(useful, " "+d+" ") {
				d = "(" + d + ")"
			}
			out = append(out, d)
		}
		return strings.Join(out, " ")
	}
	t.Fatalf("no reading for %s", family)
	return ""
}

// Observed with the two parsers themselves on the same strings.
func TestTwoSenderParsers(t *testing.T) {
	t.Parallel()
	const (
		no   = "rejected"
		both = addrA + " " + addrB
	)
	cases := []struct{ text, mox, postfix string }{
		{"v=TLSRPTv1;rua=" + addrA, addrA, addrA},
		{"v=TLSRPTv1; rua=" + addrA, addrA, addrA},
		{"v=TLSRPTv1; rua=" + addrA + ";", addrA, addrA},
		{"v=TLSRPTv1; rua=" + addrA + "," + addrB, both, both},
		{"v=TLSRPTv1 ; rua=" + addrA, addrA, no},
		{"v=TLSRPTv1; ext=1; rua=" + addrA, addrA, no},
		{"v=TLSRPTv1; rua=" + addrA + "; ext=1", addrA, addrA},
		{"v=TLSRPTv1; rua=" + addrA + "; rua=" + addrB, both, addrA},
		{"v=TLSRPTv1; rua=" + addrA + ", " + addrB, both, addrA + " ( " + addrB + ")"},
		{"v=TLSRPTv1; rua=" + addrA + ",rua=" + addrB, no, addrA + " (rua=" + addrB + ")"},
		{"v=TLSRPTv1; rua=" + addrA + "!10m", no, "(" + addrA + "!10m)"},
		{"v=TLSRPTv1; rua=" + addrA + ";;", no, addrA},
		{"v=TLSRPTv1; rua=" + addrA + "; " + addrB, no, addrA},
		{"v=tlsrptv1; rua=" + addrA, no, no},
		{`v=TLSRPTv1\; rua=` + addrA, no, no},
		{`"v=TLSRPTv1; rua=` + addrA + `"`, no, no},
		{"v=TLSRPTv1 rua=" + addrA, no, no},
		{"v=TLSRPTv1; RUA=" + addrA, no, no},
		{"v=TLSRPTv1; rua = " + addrA, no, no},
		{"v=TLSRPTv1; rua=", no, "()"},
		{"v=TLSRPTv1; ext=1", no, no},
		{"v=TLSRPTv1;", no, no},
		{"v=TLSRPTv1; rua=a@x.example", no, "(a@x.example)"},
		{"v=TLSRPTv1; rua=http://x.example/r", "(http://x.example/r)", "(http://x.example/r)"},
		{"v=TLSRPTv1; rua=mailto:a@x.example.", "(mailto:a@x.example.)", "(mailto:a@x.example.)"},
		// mox sends by mail only, and neither decodes percent signs
		{"v=TLSRPTv1; rua=https://x.example/r", "(https://x.example/r)", "https://x.example/r"},
		{"v=TLSRPTv1; rua=mailto:a%21@x.example", "(mailto:a%21@x.example)", "(mailto:a%21@x.example)"},
		// header fields: mox cuts them off, the other takes them for the address
		{"v=TLSRPTv1; rua=mailto:a@x.example?subject=b", "mailto:a@x.example?subject=b", "(mailto:a@x.example?subject=b)"},
		// mox lets a blank end the list, and a character that no URI holds
		{"v=TLSRPTv1; rua=" + addrA + " ", addrA, addrA},
		{"v=TLSRPTv1; rua=mailto:<a@x.example>", "(mailto:<a@x.example>)", "(mailto:<a@x.example>)"},
	}
	for _, c := range cases {
		if got := reading(t, c.text, SenderMox); got != c.mox {
			t.Errorf("%q: mox reads %q, want %q", c.text, got, c.mox)
		}
		if got := reading(t, c.text, SenderPostfix); got != c.postfix {
			t.Errorf("%q: Postfix reads %q, want %q", c.text, got, c.postfix)
		}
	}
}

func TestStrictAndMicrosoft(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, strict, microsoft string }{
		{goodRecord, addrA, addrA},
		{goodRecord + " , " + addrB, addrA + " " + addrB, addrA},
		{goodRecord + "; rua=" + addrB, addrA + " " + addrB, addrA},
		{"v=TLSRPTv1; rua=ftp://x.example/," + addrB, "(ftp://x.example/) " + addrB, "(ftp://x.example/)"},
		{goodRecord + "!10m", "rejected", "rejected"},
	}
	for _, c := range cases {
		if got := reading(t, c.text, SenderStrict); got != c.strict {
			t.Errorf("%q: strictly %q, want %q", c.text, got, c.strict)
		}
		if got := reading(t, c.text, SenderMicrosoft); got != c.microsoft {
			t.Errorf("%q: Microsoft reads %q, want %q", c.text, got, c.microsoft)
		}
	}
}

func TestFindingSenders(t *testing.T) {
	t.Parallel()
	all := []SenderFamily{SenderStrict, SenderMox, SenderPostfix, SenderMicrosoft}
	cases := []struct {
		id          string
		in          LintInput
		drops, cuts []SenderFamily
	}{
		{"R1", LintInput{TXT: []TXT{{goodRecord}, {goodRecord + ";"}}}, all, nil},
		{"R3", LintInput{TXT: []TXT{{"abc"}}}, all, nil},
		{"R4", LintInput{TXT: []TXT{{"v=tlsrptv1;rua=" + addrA}}}, all, nil},
		{"R8", LintInput{TXT: []TXT{{"v=TLSRPTv1;"}}}, all, nil},
		{"R12", LintInput{TXT: []TXT{{goodRecord + ",rua=" + addrB}}}, []SenderFamily{SenderStrict, SenderMox, SenderMicrosoft}, []SenderFamily{SenderPostfix}},
		{"R13", LintInput{TXT: []TXT{{"v=TLSRPTv1; e=1; rua=" + addrA}}}, []SenderFamily{SenderPostfix}, nil},
		{"R13", LintInput{TXT: []TXT{{goodRecord + "; rua=" + addrB}}}, nil, []SenderFamily{SenderPostfix}},
		{"R13", LintInput{TXT: []TXT{{goodRecord + ", " + addrB}}}, nil, []SenderFamily{SenderPostfix}},
		{"R19", LintInput{TXT: []TXT{{goodRecord + "," + addrB}}, OurRUA: addrB}, nil, []SenderFamily{SenderMicrosoft}},
		{"R21", LintInput{TXT: []TXT{{"v=TLSRPTv1 ;rua=" + addrA}}}, []SenderFamily{SenderPostfix}, nil},
		{"R21", LintInput{TXT: []TXT{{"v=TLSRPTv1 ;rua=" + addrA}, {"abc"}}}, all, nil},
		{"R21", LintInput{TXT: []TXT{{goodRecord + ";;"}}}, []SenderFamily{SenderStrict, SenderMox, SenderMicrosoft}, nil},
		{"R23", LintInput{TXT: []TXT{{goodRecord + "; e=1"}}}, nil, nil},
		{"R17", LintInput{TXT: []TXT{{goodRecord}}, DeadMailboxes: []string{"a@x.example"}}, nil, nil},
	}
	for _, c := range cases {
		r := Lint(c.in)
		i := indexOf(r.Findings, c.id)
		if i < 0 {
			t.Errorf("%s is not among %v", c.id, ids(r))
			continue
		}
		f := r.Findings[i]
		if d := cmp.Diff(c.drops, f.Drops); d != "" {
			t.Errorf("%s in %v: drops (-want +got):\n%s", c.id, c.in.TXT, d)
		}
		if d := cmp.Diff(c.cuts, f.Cuts); d != "" {
			t.Errorf("%s in %v: cuts (-want +got):\n%s", c.id, c.in.TXT, d)
		}
	}
}

func indexOf(fs []Finding, id string) int {
	for i, f := range fs {
		if f.ID == id {
			return i
		}
	}
	return -1
}
