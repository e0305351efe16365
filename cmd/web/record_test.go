package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

func TestReadDig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []tlsrpt.TXT
	}{
		{"", nil},
		{"\"v=TLSRPTv1; rua=mailto:a@x.example\"\n", []tlsrpt.TXT{{"v=TLSRPTv1; rua=mailto:a@x.example"}}},
		{`"v=TLSRPTv1\; rua=mailto:a@x.example"`, []tlsrpt.TXT{{"v=TLSRPTv1; rua=mailto:a@x.example"}}},
		{`"v=TLSRPTv1\\; rua=\"" ""  "\195\164\01"`, []tlsrpt.TXT{{`v=TLSRPTv1\; rua="`, "", "ä01"}}},
		{"\"one\"\n\"two\" \"strings\"\n", []tlsrpt.TXT{{"one"}, {"two", "strings"}}},
		{"x._smtp._tls.k3.tls.example.\n\"v=TLSRPTv1\"\n", []tlsrpt.TXT{{"v=TLSRPTv1"}}},
		{";; communications error\n", nil},
		{"v=TLSRPTv1; rua=mailto:a@x.example.\n\nother\n", []tlsrpt.TXT{{"v=TLSRPTv1; rua=mailto:a@x.example."}, {"other"}}},
		{`"no end\`, []tlsrpt.TXT{{`no end\`}}},
	} {
		got, err := readDig(strings.NewReader(c.in))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", c.in, err, diff)
		}
	}
	if _, err := readDig(strings.NewReader(strings.Repeat("x", maxDig+1))); err == nil {
		t.Error("a line without an end is read")
	}
}

// TestRecordLintSeveral: what only several strings or records show.
func TestRecordLintSeveral(t *testing.T) {
	t.Parallel()
	const good = "v=TLSRPTv1; rua=mailto:a@x.example"
	for _, c := range []struct {
		args  []string
		stdin string
		code  int
		says  string
	}{
		{[]string{good, "v=spf1 -all"}, "", 0, "R2   info"},
		{[]string{good, good + ";"}, "", 1, "R1   fail"},
		{[]string{"-"}, `"v=TLSRPTv1; rua=mailto:a@" "x.example"`, 0, "R25  info"},
		{[]string{"-"}, `"v=TLSRPTv1" "rua=mailto:a@x.example"`, 1, "R26  fail"},
		{[]string{"-"}, `"` + good + "\"\n\"" + good + `"`, 1, "R1   fail"},
		{[]string{"-"}, "", 1, "as if there were no record"},
	} {
		r := command{args: append([]string{"record", "lint"}, c.args...), stdin: c.stdin}.run(t)
		if r.code != c.code || !strings.Contains(r.out, c.says) || r.err != "" {
			t.Errorf("%q %q: exit %d, %q, %q", c.args, c.stdin, r.code, r.out, r.err)
		}
	}
}
