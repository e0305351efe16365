package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// TestParseFiles: all that can be read of all files is printed, and each thing
// that cannot has a line of its own.
func TestParseFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := string(mustEncode(t, report("example.test", "one", "2026-03-01", 1, 0)))
	two := string(mustEncode(t, report("example.test", "two", "2026-03-01", 1, 0)))
	part := "\n--b\nContent-Type: application/tlsrpt+json\n\n"
	mail := "From: a@reporter.test\nContent-Type: multipart/report; report-type=tlsrpt; boundary=b\n"
	const postmark = "From a@reporter.test Sun Mar  1 04:12:44 2026\n"
	const twice, junk = `duplicate key: "policies" stands twice in one object, at byte 26 (duplicate-key)`,
		"malformed: the part with the report holds neither JSON, gzip nor zip (malformed)"
	for _, c := range []struct {
		path string
		ids  string
		err  string // without the name
	}{
		{put("one.json", one), "one", ""},
		{put("parts.eml", mail+part+one+part+two+"\n--b--\n"), "one two", ""},
		{put("broken.eml", mail+part+`{"policies":[],"policies":[]}`+part+one+part+"junk\n--b--\n"), "one", twice + "|" + junk},
		{put("a.mbox", postmark+mail+part+one+"\n--b--\n\n"+postmark+mail+part+two+"\n--b--\n\n"), "one two", ""},
		{put("b.mbox", postmark+mail+part+"junk\n--b--\n\n"+postmark+mail+part+two+"\n--b--\n\n"), "two", "message 1: " + junk},
		{put("empty", ""), "", "not a TLS report: it is empty (not-a-report)"},
		{put("evil\x1b[2J\n.json", "{"), "", "malformed: a key is missing, at byte 1 (malformed)"},
		{put("large", strings.Repeat(" ", 25<<20+1)), "", "too large: more than 26214400 bytes (too-large)"},
		{filepath.Join(dir, "missing"), "", "no such file or directory"},
		{dir, "", "is a directory"},
	} {
		r := command{args: []string{"parse", "--json", c.path}}.run(t)
		var ids []string
		for line := range strings.Lines(r.out) {
			var got tlsrpt.ReportListing
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Error(err)
			}
			ids = append(ids, got.ReportID)
		}
		want, code := "", 0
		if c.err != "" {
			prefix := "web: " + printable(c.path) + ": "
			want, code = prefix+strings.ReplaceAll(c.err, "|", "\n"+prefix)+"\n", 1
		}
		if diff := cmp.Diff(want, r.err); diff != "" || strings.Join(ids, " ") != c.ids || r.code != code {
			t.Errorf("%q: exit %d, %v, %s", c.path, r.code, ids, diff)
		}
	}
}

// TestNothingActsOnTheTerminal: what a reporter writes comes out as text, and as
// JSON it still means the same.
func TestNothingActsOnTheTerminal(t *testing.T) {
	t.Parallel()
	const evil = "A\x1b[2J\u009b31m\u202e\u007f\U000e0041é"
	rep := report("example.test", evil, "2026-03-01", 1, 0)
	data := string(mustEncode(t, rep))
	r := command{args: []string{"parse", "-"}, stdin: data}.run(t)
	if first, _, _ := strings.Cut(r.out, "\n"); first != `2026-03-01  Reporter  A\u001b[2J\u009b31m\u202e\u007f\U000e0041é` {
		t.Errorf("%q", first)
	}
	r = command{args: []string{"parse", "--json", "-"}, stdin: data}.run(t)
	var got tlsrpt.ReportListing
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || got.ReportID != evil {
		t.Errorf("%v, %q", err, got.ReportID)
	}
	if i := strings.IndexFunc(strings.TrimSuffix(r.out, "\n"), acts); i >= 0 {
		t.Errorf("%q", r.out[i:])
	}
}
