package tlsrpt

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// seeds reads testdata/records/seeds.txt: one Go string per line.
func seeds(tb testing.TB) []string {
	tb.Helper()
	f, err := os.Open("testdata/records/seeds.txt")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var out []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		s, err := strconv.Unquote(lines.Text())
		if err != nil {
			tb.Fatalf("%s: %v", lines.Text(), err)
		}
		out = append(out, s)
	}
	return out
}

func FuzzParseRecord(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecord(text)
		if !strings.HasPrefix(text, joined(r)) {
			t.Fatalf("%q: parts %q", text, joined(r))
		}
		if err != nil {
			return
		}
		checkTiling(t, r)
		uris := 0
		for _, p := range r.Parts {
			if p.Kind == PartURI {
				uris++
			}
		}
		if uris == 0 || uris != len(r.Destinations) {
			t.Fatalf("%q: %d URIs and destinations %v", text, uris, r.Destinations)
		}
		if strings.ContainsFunc(text, func(c rune) bool { return c >= 0x7f || c < ' ' && c != '\t' }) {
			t.Fatalf("%q: read in spite of its characters", text)
		}
	})
}

func FuzzLint(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, len(s)/2, "")
		f.Add(s, 0, "v=spf1 -all")
	}
	f.Fuzz(func(t *testing.T, text string, seam int, other string) {
		in := LintInput{TXT: []TXT{{text}}, OurRUA: addrA}
		if seam > 0 && seam < len(text) {
			in.TXT = []TXT{{text[:seam], text[seam:]}}
		}
		if other != "" {
			in.TXT = append(in.TXT, TXT{other})
		}
		r := Lint(in)
		checkTruth(t, r)
		for _, f := range r.Findings {
			checkText(t, text, f)
		}
		for _, s := range r.Senders {
			if s.Family == SenderStrict && s.Lost() == r.Effective {
				t.Fatalf("%q: effective %v, strict senders %s", text, r.Effective, s.Outcome)
			}
		}
	})
}

func checkText(t *testing.T, text string, f Finding) {
	t.Helper()
	if f.Text == "" || len(f.Text) > 2000 || !utf8.ValidString(f.Text) || f.Severity.rank() < 0 {
		t.Fatalf("%q: finding %+v", text, f)
	}
	if strings.ContainsFunc(f.Text, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }) {
		t.Fatalf("%q: unprintable characters in %q", text, f.Text)
	}
}
