package tlsrpt

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRecordGood(t *testing.T) {
	t.Parallel()
	good := func(text string, destinations ...string) {
		t.Helper()
		r, err := ParseRecord(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			return
		}
		if d := cmp.Diff(destinations, raws(r.Destinations)); d != "" {
			t.Errorf("%q: destinations (-want +got):\n%s", text, d)
		}
		checkTiling(t, r)
	}
	// RFC 8460 §3.1
	good("v=TLSRPTv1;rua=mailto:reports@example.com", "mailto:reports@example.com")
	good("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", "https://reporting.example.com/v1/tlsrpt")
	// delimiters
	good("v=TLSRPTv1;rua="+addrA, addrA)
	good("v=TLSRPTv1; rua="+addrA+";", addrA)
	good("v=TLSRPTv1; rua="+addrA+" ; ", addrA)
	good("v=TLSRPTv1 \t;\t rua="+addrA, addrA)
	good("v=TLSRPTv1; rua="+addrA+",mailto:b@x.example", addrA, "mailto:b@x.example")
	good("v=TLSRPTv1; rua="+addrA+" ,\tmailto:b@x.example", addrA, "mailto:b@x.example")
	// several fields, extensions
	good("v=TLSRPTv1; rua="+addrA+"; rua=mailto:b@x.example", addrA, "mailto:b@x.example")
	good("v=TLSRPTv1; ext=1; rua="+addrA, addrA)
	good("v=TLSRPTv1; rua="+addrA+"; "+strings.Repeat("e", 32)+"=v", addrA)
	good("v=TLSRPTv1; rua="+addrA+"; 0_-.=!,~:<", addrA)
	good("v=TLSRPTv1; RUA=mailto:b@x.example; rua="+addrA, addrA)
	good("v=TLSRPTv1; v=TLSRPTv1; rua="+addrA, addrA)
	// URIs that the grammar takes whatever they lead to
	good("v=TLSRPTv1; rua=http://x.example/r", "http://x.example/r")
	good("v=TLSRPTv1; rua=mailto:a@x.example.", "mailto:a@x.example.")
	good("v=TLSRPTv1; rua=mailto:", "mailto:")
	good("v=TLSRPTv1; rua=mailto:a%2Cb%21%3B@x.example", "mailto:a%2Cb%21%3B@x.example")
	good("v=TLSRPTv1; rua=mailto:a@x.example?subject=a=b", "mailto:a@x.example?subject=a=b")
	good("v=TLSRPTv1; rua=https://u:p@[2001:db8::1]:8443/a/b?c/?d#e", "https://u:p@[2001:db8::1]:8443/a/b?c/?d#e")
	good("v=TLSRPTv1; rua=urn:x+y.z-1:$&'()*+=~_", "urn:x+y.z-1:$&'()*+=~_")
}

func TestParseRecordBad(t *testing.T) {
	t.Parallel()
	bad := func(text string, want error, offset int) {
		t.Helper()
		r, err := ParseRecord(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !errors.Is(err, want) {
			t.Errorf("%q: error %v, want %v", text, err, want)
			return
		}
		if syntax.Offset != offset {
			t.Errorf("%q: offset %d, want %d (%v)", text, syntax.Offset, offset, err)
		}
		if !strings.HasPrefix(text, joined(r)) {
			t.Errorf("%q: parts before the error are %q", text, joined(r))
		}
	}
	bad("", ErrNotTLSRPT, 0)
	bad("v=spf1 -all", ErrNotTLSRPT, 0)
	bad("V=TLSRPTv1; rua="+addrA, ErrNotTLSRPT, 0)
	bad("v=tlsrptv1; rua="+addrA, ErrNotTLSRPT, 0)
	bad("v = TLSRPTv1; rua="+addrA, ErrNotTLSRPT, 0)
	bad(" v=TLSRPTv1; rua="+addrA, ErrNotTLSRPT, 0)
	bad(`"v=TLSRPTv1; rua=`+addrA+`"`, ErrNotTLSRPT, 0)
	bad("v=TLSRPTv2; rua="+addrA, ErrNotTLSRPT, 0)
	bad("v=TLSRPTv1", ErrRecordSyntax, 10)
	bad("v=TLSRPTv1 rua="+addrA, ErrRecordSyntax, 10)
	bad(`v=TLSRPTv1\; rua=`+addrA, ErrRecordSyntax, 10)
	bad("v=TLSRPTv10; rua="+addrA, ErrRecordSyntax, 10)
	bad("v=TLSRPTv1;", ErrNoRUA, 11)
	bad("v=TLSRPTv1; ext=1;", ErrNoRUA, 18)
	bad("v=TLSRPTv1; RUA="+addrA, ErrNoRUA, 34)
	bad("v=TLSRPTv1;;rua="+addrA, ErrRecordSyntax, 11)
	bad("v=TLSRPTv1; rua="+addrA+";;", ErrRecordSyntax, 35)
	bad("v=TLSRPTv1; rua="+addrA+" ", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua="+addrA+"\n", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua =mailto:a@x.example", ErrRecordSyntax, 12)
	bad("v=TLSRPTv1; rua= mailto:a@x.example", ErrRecordSyntax, 16)
	bad("v=TLSRPTv1; rua=", ErrRecordSyntax, 16)
	bad("v=TLSRPTv1; rua=;", ErrRecordSyntax, 16)
	bad("v=TLSRPTv1; rua=,"+addrA, ErrRecordSyntax, 16)
	bad("v=TLSRPTv1; rua="+addrA+",", ErrRecordSyntax, 35)
	bad("v=TLSRPTv1; rua="+addrA+",,"+addrA, ErrRecordSyntax, 35)
	bad("v=TLSRPTv1; rua=a@x.example", ErrRecordSyntax, 16)
	bad("v=TLSRPTv1; rua="+addrA+",rua=mailto:b@x.example", ErrRecordSyntax, 35)
	bad("v=TLSRPTv1; rua="+addrA+" mailto:b@x.example", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua="+addrA+"; mailto:b@x.example", ErrRecordSyntax, 36)
	bad("v=TLSRPTv1; rua="+addrA+"!10m", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua=mailto:<a@x.example>", ErrRecordSyntax, 23)
	bad("v=TLSRPTv1; rua=mailto:ä@x.example", ErrRecordSyntax, 23)
	bad("v=TLSRPTv1; rua=mailto:a%zz@x.example", ErrRecordSyntax, 24)
	bad("v=TLSRPTv1; rua=mailto:a@x.example%2", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua=https://x.example:8o/", ErrRecordSyntax, 34)
	bad("v=TLSRPTv1; rua=https://[::1/", ErrRecordSyntax, 24)
	bad("v=TLSRPTv1; rua=https://[::1]x/", ErrRecordSyntax, 29)
	bad("v=TLSRPTv1; rua=https://x.example/a#b#c", ErrRecordSyntax, 37)
	bad("v=TLSRPTv1; rua="+addrA+"; ext", ErrRecordSyntax, 36)
	bad("v=TLSRPTv1; rua="+addrA+"; ext=", ErrRecordSyntax, 40)
	bad("v=TLSRPTv1; rua="+addrA+"; ext=a=b", ErrRecordSyntax, 41)
	bad("v=TLSRPTv1; rua="+addrA+"; ext=a b", ErrRecordSyntax, 41)
	bad("v=TLSRPTv1; rua="+addrA+"; ext=a\x7f", ErrRecordSyntax, 41)
	bad("v=TLSRPTv1; rua="+addrA+"; ext=ä", ErrRecordSyntax, 40)
	bad("v=TLSRPTv1; rua="+addrA+"; _e=1", ErrRecordSyntax, 36)
	bad("v=TLSRPTv1; rua="+addrA+"; "+strings.Repeat("e", 33)+"=v", ErrRecordSyntax, 36)
	bad("v=TLSRPTv1; rua="+addrA+strings.Repeat("x", MaxRecordLen), ErrRecordSyntax, 0)
}

func TestRecordParts(t *testing.T) {
	t.Parallel()
	r, err := ParseRecord("v=TLSRPTv1 ; rua=mailto:a@x.example , https://x.example/r; e=1;")
	if err != nil {
		t.Fatal(err)
	}
	want := []Part{
		{PartVersion, 0, 10, "v", "TLSRPTv1"},
		{PartDelim, 10, 13, "", ""},
		{PartRUA, 13, 17, "rua", ""},
		{PartURI, 17, 35, "", "mailto:a@x.example"},
		{PartComma, 35, 38, "", ""},
		{PartURI, 38, 57, "", "https://x.example/r"},
		{PartDelim, 57, 59, "", ""},
		{PartExtension, 59, 62, "e", "1"},
		{PartDelim, 62, 63, "", ""},
	}
	if d := cmp.Diff(want, r.Parts); d != "" {
		t.Errorf("parts (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Extension{{"e", "1"}}, r.Extensions); d != "" {
		t.Errorf("extensions (-want +got):\n%s", d)
	}
}

// checkTiling asserts that the parts cover the text without gap or overlap.
func checkTiling(t *testing.T, r Record) {
	t.Helper()
	at := 0
	for _, p := range r.Parts {
		if p.Start != at || p.End <= p.Start {
			t.Fatalf("%q: part %+v begins at %d", r.Text, p, at)
		}
		at = p.End
	}
	if at != len(r.Text) {
		t.Fatalf("%q: parts end at %d of %d", r.Text, at, len(r.Text))
	}
}

func joined(r Record) string {
	var b strings.Builder
	for _, p := range r.Parts {
		b.WriteString(r.Text[p.Start:p.End])
	}
	return b.String()
}

func raws(ds []Destination) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Raw)
	}
	return out
}
