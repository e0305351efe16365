package tlsrpt

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTextsAreReadLikeEverybodyElse compares texts with encoding/json, in every
// position that the fast path treats differently.
func TestTextsAreReadLikeEverybodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		in := strings.Replace(string(reportWith(`[{"failure-details":[{"failure-reason-code":`+string(quoted)+`}]}]`)), `"g-1"`, `"`+strings.Repeat("x", rapid.IntRange(1, 9).Draw(t, "shift"))+`"`, 1)
		r, err := ParseReport([]byte(in), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Policies[0].Failures[0].ReasonCode; got != strings.ReplaceAll(text, "\x00", "␀") {
			t.Fatalf("%q, want %q", got, text)
		}
	})
}

func TestPlainEnd(t *testing.T) {
	t.Parallel()
	const plain = "abcdefghijklmnopqrstuvwxyz~ !#"
	for c := range 256 {
		for i := range len(plain) {
			b := []byte(plain)
			b[i] = byte(c)
			want := i
			if isPlain(byte(c)) {
				want = len(b)
			}
			if got := plainEnd(b, 0); got != want {
				t.Fatalf("%q: %d, want %d", b, got, want)
			}
		}
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want, code string }{
		{`a\"b\\c\/d\be\ff\ng\rh\ti`, "a\"b\\c/d\be\ff\ng\rh\ti", ""},
		{`\u00e9\u20AC\uD83D\uDE00`, "é€\U0001f600", ""},
		{`\u0000`, "␀", "nul-character"},
		{`\ud800x`, "\uFFFDx", "not-utf8"},
		{`\udc00\ud800`, "\uFFFD\uFFFD", "not-utf8"},
		{`\ud83d\u0041`, "\uFFFDA", "not-utf8"},
		{"x\xffy", "x\uFFFDy", "not-utf8"},
		{"x\xe2\x82", "x\uFFFD", "not-utf8"},
		{"\xed\xa0\x80", "\uFFFD", "not-utf8"},
		{"\xc0\x80", "\uFFFD", "not-utf8"},
	} {
		r, err := ParseReport([]byte(strings.Replace(string(reportWith("null")), "Grenz Mail", c.in, 1)), DefaultLimits())
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if r.Organization != trim(c.want) {
			t.Errorf("%q: %q, want %q", c.in, r.Organization, c.want)
		}
		if got := strings.Join(codes(r), " "); !strings.HasPrefix(got, c.code) || c.code == "" && strings.Contains(got, "utf8") {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want int64
		kind string // reason, or the warning's code
	}{
		{"0", 0, ""}, {"-0", 0, ""}, {"7", 7, ""}, {"999999999999", 999999999999, ""}, {"1000000000000", maxCount, ""},
		{"1.0", 1, "count-as-float"}, {"1e3", 1000, "count-as-float"}, {"1E+3", 1000, "count-as-float"}, {"1.5e1", 15, "count-as-float"},
		{"0.0", 0, "count-as-float"}, {"0e99", 0, "count-as-float"}, {"1200e-2", 12, "count-as-float"}, {"100000000000000e-2", maxCount, "count-as-float"},
		{`"12"`, 12, "count-as-text"}, {`" 12 "`, 12, "count-as-text"}, {`"1\u0032"`, 12, "count-as-text"},
		{"1000000000001", 0, "out-of-range"}, {"-1", 0, "out-of-range"}, {"0.5", 0, "out-of-range"}, {"1e13", 0, "out-of-range"}, {"1e-1", 0, "out-of-range"},
		{"99999999999999999999", 0, "out-of-range"}, {`"-1"`, 0, "out-of-range"}, {`"1e99"`, 0, "out-of-range"},
		{"01", 0, "malformed"}, {"1.", 0, "malformed"}, {".5", 0, "malformed"}, {"1e", 0, "malformed"}, {"1e+", 0, "malformed"}, {"--1", 0, "malformed"},
		{"1f", 0, "malformed"}, {"Infinity", 0, "malformed"}, {"1 2", 0, "malformed"}, {"{}", 0, "malformed"}, {`"1 2"`, 0, "malformed"}, {"nul", 0, "malformed"},
	} {
		r, err := ParseReport(reportWith(`[{"policy":{"policy-type":"sts","policy-domain":"a.example","policy-string":["mode: none"]},"summary":{"total-successful-session-count":`+c.in+`,"total-failure-session-count":0}}]`), DefaultLimits())
		if err != nil {
			if Reason(err) != c.kind {
				t.Errorf("%s: %v, want %s", c.in, err, c.kind)
			}
			continue
		}
		if got := (Count{c.want, true}); r.Policies[0].Successful != got || strings.Join(codes(r), " ") != c.kind {
			t.Errorf("%s: %+v %v", c.in, r.Policies[0].Successful, codes(r))
		}
	}
}

// TestErrorsSayWhere pins that an error leads a person to the fault.
func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	_, err := ParseReport([]byte(`{"policies":[],"policies":[]}`), DefaultLimits())
	if err == nil || err.Error() != `duplicate key: "policies" stands twice in one object, at byte 26` {
		t.Error(err)
	}
	if Reason(nil) != "" {
		t.Error("no error has a reason")
	}
}

// TestKeysHoweverTheyAreSpaced: an object whose keys stand where those of the
// last one stood is read faster, and the same.
func TestKeysHoweverTheyAreSpaced(t *testing.T) {
	t.Parallel()
	for _, spaced := range []string{
		`{"result-type":"%","failed-session-count":3}`,
		`{"result-type" : "%" , "failed-session-count" : 3 }`,
		"{\n\t\"result-type\": \"%\",\n\t\"failed-session-count\": 3\n}",
		`{"result-type"` + "\n" + `:"%","failed-session-count"` + "\r\n" + `:3}`,
		`{"result\u002dtype":"%","failed-session-coun\u0074":3}`,
		`{"failed-session-count":3,"result-type":"%"}`,
	} {
		one, other := strings.ReplaceAll(spaced, "%", "tlsa-invalid"), strings.ReplaceAll(spaced, "%", "dane-required")
		usual := `{"result-type":"dnssec-invalid","failed-session-count":3}`
		r, err := ParseReport(reportWith(`[{"failure-details":[`+strings.Join([]string{one, other, usual, one}, ",")+`]}]`), DefaultLimits())
		if err != nil {
			t.Error(spaced, err)
			continue
		}
		for i, want := range []string{"tlsa-invalid", "dane-required", "dnssec-invalid", "tlsa-invalid"} {
			if f := r.Policies[0].Failures[i]; f.ResultType != want || f.Sessions != 3 {
				t.Errorf("%s: detail %d is %+v, want %s", spaced, i, f, want)
			}
		}
	}
}

// TestUTF16IsNamed is J21 without a mail around it.
func TestUTF16IsNamed(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"{\x00\"\x00", "\x00{\x00\"", "\xFF\xFE{\x00", "\xFE\xFF\x00{", "\x00\x00\x00{", "{\x00\x00\x00"} {
		if _, err := Read([]byte(in), DefaultLimits()); Reason(err) != "encoding" {
			t.Errorf("%q: %v", in, err)
		}
	}
}
