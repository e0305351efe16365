package tlsrpt

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseDestination(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in   string
		want Destination
		err  error
	}{
		{addrA, Destination{addrA, "mailto", "a@x.example", ""}, nil},
		{"MailTo:a@x.example", Destination{"MailTo:a@x.example", "mailto", "a@x.example", ""}, nil},
		{"mailto:a%21%2Bb@x.example", Destination{"mailto:a%21%2Bb@x.example", "mailto", "a!+b@x.example", ""}, nil},
		{"mailto:a@x.example?subject=t", Destination{"mailto:a@x.example?subject=t", "mailto", "a@x.example", ""}, nil},
		{"mailto:a.b-c_d@xn--bcher-kva.example", Destination{"mailto:a.b-c_d@xn--bcher-kva.example", "mailto", "a.b-c_d@xn--bcher-kva.example", ""}, nil},
		{"https://x.example/v1?k=v", Destination{"https://x.example/v1?k=v", "https", "", "https://x.example/v1?k=v"}, nil},
		{"https://192.0.2.1:8443/", Destination{"https://192.0.2.1:8443/", "https", "", "https://192.0.2.1:8443/"}, nil},
		{"https://[2001:db8::1]/", Destination{"https://[2001:db8::1]/", "https", "", "https://[2001:db8::1]/"}, nil},
		{"a@x.example", Destination{Raw: "a@x.example"}, ErrNoScheme},
		{"", Destination{}, ErrNoScheme},
		{"http://x.example/r", Destination{Raw: "http://x.example/r", Scheme: "http"}, ErrScheme},
		{"javascript:alert(1)", Destination{Raw: "javascript:alert(1)", Scheme: "javascript"}, ErrScheme},
	}
	for _, c := range cases {
		got, err := ParseDestination(c.in)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: error %v, want %v", c.in, err, c.err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, d)
		}
		if got.Usable() != (c.err == nil) {
			t.Errorf("%q: usable %v", c.in, got.Usable())
		}
	}
}

// Reliability case T8 among them.
func TestBadDestinations(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"mailto:", "mailto:a", "mailto:@x.example", "mailto:a@", "mailto:a@x.example.", "mailto:a@.x.example",
		"mailto:a@x..example", "mailto:.a@x.example", "mailto:a.@x.example", "mailto:a@b@x.example", "mailto://a@x.example",
		"mailto:a@-x.example", "mailto:a@x-.example", "mailto:a@x_y.example", "mailto:a%40b@x.example",
		"mailto:<a@x.example>", "mailto:a b@x.example", "mailto: a@x.example", "mailto:a@x.example ", " " + addrA,
		`mailto:"a"@x.example`, `mailto:%22a%22@x.example`, `mailto:a\b@x.example`, "mailto:a@[192.0.2.1]",
		"mailto:ä@x.example", "mailto:%C3%A4@x.example", "mailto:a@bücher.example", "mailto:a%00@x.example",
		"mailto:a\r\nBcc:b@x.example", "mailto:a%0D%0ABcc@x.example", "mailto:a%2@x.example", "mailto:a%zz@x.example",
		"mailto:" + strings.Repeat("l", 65) + "@x.example", "mailto:a@" + strings.Repeat("d", 64) + ".example",
		"mailto:a@" + strings.Repeat("label.", 42) + "example",
		"https:", "https://", "https:///r", "https:x.example/r", "https://x.example:99999/", "https://x.example:100000/", "https://x..example/",
		"https://x.example/a b", "https://ä.example/", `https://x.example/"`, "https://[::1", "https://x_y.example/",
	} {
		if _, err := ParseDestination(s); !errors.Is(err, ErrBadDestination) && !errors.Is(err, ErrNoScheme) {
			t.Errorf("%q: error %v", s, err)
		}
		if text, err := WriteRecord([]string{s}); err == nil {
			t.Errorf("%q: written as %q", s, text)
		}
	}
}

func TestWriteRecord(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in   []string
		want string
		err  error
	}{
		{[]string{addrA}, "v=TLSRPTv1; rua=mailto:a@x.example", nil},
		{[]string{addrB, addrA, "https://x.example/r"}, "v=TLSRPTv1; rua=mailto:b@x.example,mailto:a@x.example,https://x.example/r", nil},
		{[]string{"mailto:o!brien@x.example"}, "v=TLSRPTv1; rua=mailto:o%21brien@x.example", nil},
		{[]string{"mailto:o%21brien@x.example"}, "v=TLSRPTv1; rua=mailto:o%21brien@x.example", nil},
		{[]string{"https://x.example/r;a=1,2!"}, "v=TLSRPTv1; rua=https://x.example/r%3Ba=1%2C2%21", nil},
		{[]string{"https://x.example/?k=a@b"}, "v=TLSRPTv1; rua=https://x.example/?k=a@b", nil},
		{nil, "", ErrNoDestination},
		{[]string{""}, "", ErrNoScheme},
		{[]string{"a@x.example"}, "", ErrNoScheme},
		{[]string{"http://x.example/r"}, "", ErrScheme},
		{[]string{addrA, addrA}, "", ErrRepeated},
		{[]string{addrA, "MAILTO:a@X.EXAMPLE"}, "", ErrRepeated},
		{[]string{"mailto:a@x.example,mailto:b@x.example"}, "", ErrBadDestination},
		{[]string{"mailto:a,b@x.example"}, "", ErrBadDestination},
		{[]string{"mailto:a;b@x.example"}, "", ErrBadDestination},
		{[]string{"mailto:a@x.example!10m"}, "", ErrBadDestination},
		{[]string{"mailto:a@x.example; rua=mailto:b@x.example"}, "", ErrBadDestination},
		{[]string{"mailto:a@x.example?cc=b@x.example"}, "", ErrBadDestination},
		{[]string{"mailto:a@x.example#f"}, "", ErrBadDestination},
		{[]string{"https://u:p@x.example/r"}, "", ErrBadDestination},
		{[]string{"https://x.example/r#f"}, "", ErrBadDestination},
		{[]string{addrA, "https://x.example/" + strings.Repeat("a", MaxRecordLen)}, "", ErrRecordTooLong},
	}
	for _, c := range cases {
		got, err := WriteRecord(c.in)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%.80q: %q, %v; want %q, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestWriteManyDestinations(t *testing.T) {
	t.Parallel()
	var in []string
	for i := range 50 {
		in = append(in, fmt.Sprintf("mailto:reports-%d@x.example", i))
	}
	text, err := WriteRecord(in)
	if err != nil {
		t.Fatal(err)
	}
	parts := SplitTXT(text)
	if len(parts) != len(text)/255+1 {
		t.Errorf("%d strings for %d bytes", len(parts), len(text))
	}
	r := Lint(LintInput{TXT: []TXT{parts}})
	if d := cmp.Diff(in, r.Destinations); d != "" || r.Verdict != Pass {
		t.Errorf("verdict %s, destinations (-want +got):\n%s", r.Verdict, d)
	}
}

func TestSplitTXT(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 254, 255, 256, 510, 511, MaxRecordLen} {
		s := strings.Repeat("x", n)
		parts := SplitTXT(s)
		if want := max(1, (n+254)/255); len(parts) != want {
			t.Errorf("%d bytes: %d strings, want %d", n, len(parts), want)
		}
		rdata := 0
		for _, p := range parts {
			if len(p) > 255 {
				t.Errorf("%d bytes: a string of %d", n, len(p))
			}
			rdata += 1 + len(p)
		}
		if rdata > 65535 {
			t.Errorf("%d bytes: RDATA of %d", n, rdata)
		}
		if TXT(parts).Text() != s {
			t.Errorf("%d bytes: joined, they differ", n)
		}
	}
}

func TestSelectRecords(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in   []TXT
		want []string
	}{
		{nil, nil},
		{[]TXT{{"v=TLSRPTv1 ;rua=", "x"}}, []string{"v=TLSRPTv1 ;rua=x"}},
		{[]TXT{{"abc"}, {"v=TLS", "RPTv1;rua=x"}}, []string{"v=TLSRPTv1;rua=x"}},
		{[]TXT{{"abc"}, {"v=TLSRPTv1 ;rua=x"}}, nil},
		{[]TXT{{"abc"}, {" v=TLSRPTv1;rua=x"}, {"v=tlsrptv1;rua=x"}}, nil},
		{[]TXT{{"v=TLSRPTv1;a"}, {"abc"}, {"v=TLSRPTv1;b"}}, []string{"v=TLSRPTv1;a", "v=TLSRPTv1;b"}},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, SelectRecords(c.in)); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, d)
		}
	}
}

// genDestination draws what a form may hold: good mailboxes and URLs, some with
// the characters that must be encoded.
func genDestination() *rapid.Generator[string] {
	label := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?`)
	host := rapid.Custom(func(t *rapid.T) string {
		return label.Draw(t, "label") + "." + label.Draw(t, "label")
	})
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "mail") {
			local := rapid.StringMatching(`[A-Za-z0-9!$&'*+=_~-]{1,20}(\.[a-z!]{1,5})?`).Draw(t, "local")
			return "mailto:" + local + "@" + host.Draw(t, "host")
		}
		return "https://" + host.Draw(t, "host") + rapid.StringMatching(`(/[A-Za-z0-9,;!=@:$._~%]{0,0}[a-z,;!]{0,12}){0,3}(\?[a-z=,;!&]{0,9})?`).Draw(t, "path")
	})
}

// What is written is read back as it was, passes the checker, and is written the
// same again.
func TestWriteThenParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfNDistinct(genDestination(), 1, 20, func(s string) string { return strings.ToLower(s) }).Draw(t, "destinations")
		text, err := WriteRecord(in)
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
			t.Fatalf("%q: a zone file would need escapes", text)
		}
		r, err := ParseRecord(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for i, d := range r.Destinations {
			if !d.Usable() || d.Raw != encodeURI(in[i]) {
				t.Fatalf("%q: destination %d is %+v", in, i, d)
			}
		}
		again, err := WriteRecord(raws(r.Destinations))
		if err != nil || again != text {
			t.Fatalf("%q written again is %q, %v", text, again, err)
		}
		if l := Lint(LintInput{TXT: []TXT{SplitTXT(text)}}); l.Verdict != Pass || !l.Effective {
			t.Fatalf("%q: %s %+v", text, l.Verdict, l.Findings)
		}
	})
}

// genRecord draws records by the grammar: any blanks, fields in any order.
func genRecord() *rapid.Generator[string] {
	blanks := rapid.StringMatching(`[ \t]{0,2}`)
	return rapid.Custom(func(t *rapid.T) string {
		text := version
		fields := rapid.IntRange(1, 4).Draw(t, "fields")
		rua := rapid.IntRange(0, fields-1).Draw(t, "rua")
		for i := range fields {
			text += blanks.Draw(t, "before") + ";" + blanks.Draw(t, "after")
			if i != rua {
				text += rapid.StringMatching(`[a-qs-z0-9][A-Za-z0-9._-]{0,31}=[!-:<>-~]{1,9}`).Draw(t, "extension")
				continue
			}
			text += "rua=" + encodeURI(genDestination().Draw(t, "first"))
			for range rapid.IntRange(0, 3).Draw(t, "more") {
				text += blanks.Draw(t, "before") + "," + blanks.Draw(t, "after") + encodeURI(genDestination().Draw(t, "next"))
			}
		}
		return text + rapid.SampledFrom([]string{"", ";", " ; "}).Draw(t, "end")
	})
}

// Every record of the grammar is read, without a gap between its parts, is
// effective, and is read by the model of mox as well.
func TestGrammarIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := genRecord().Draw(t, "record")
		r, err := ParseRecord(text)
		if err != nil || joined(r) != text {
			t.Fatalf("%q: %v, parts %q", text, err, joined(r))
		}
		if l := LintText(text); !l.Effective || l.Verdict == Fail {
			t.Fatalf("%q: %s %+v", text, l.Verdict, l.Findings)
		}
		if _, ok := readMox(text); !ok {
			t.Fatalf("%q: not read by mox", text)
		}
	})
}
