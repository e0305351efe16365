package views

import (
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	now := at("2026-11-21T09:04:30Z")
	for _, c := range []struct{ name, got, want string }{
		{"one", plural(1, "report", "reports"), "1 report"},
		{"none", plural(0, "report", "reports"), "0 reports"},
		{"thousands", plural(12345, "report", "reports"), "12\u202f345 reports"},
		{"points down", points(-0.34), "−0.3"},
		{"points up", points(1.06), "+1.1"},
		{"points hardly", points(-0.04), "±0.0"},
		{"bytes", size(812), "812\u202fB"},
		{"kibibytes", size(3481), "3.4\u202fKiB"},
		{"mebibytes", size(25 << 20), "25.0\u202fMiB"},
		{"seconds", span(4 * time.Second), "4\u202fs"},
		{"minutes", span(59*time.Minute + 59*time.Second), "59\u202fmin"},
		{"hours", span(80 * time.Minute), "1\u202fh 20\u202fmin"},
		{"full hours", span(26 * time.Hour), "26\u202fh"},
		{"days", span(72 * time.Hour), "3\u202fd"},
		{"past", span(-time.Second), "0\u202fs"},
		{"today", recent(now, at("2026-11-21T00:00:00Z")), "today 00:00"},
		{"yesterday", recent(now, at("2026-11-20T23:59:59Z")), "yesterday 23:59"},
		{"another zone", recent(now, at("2026-11-21T01:30:00+02:00")), "yesterday 23:30"},
		{"this year", recent(now, at("2026-03-02T10:00:00Z")), "2 Mar"},
		{"another year", recent(now, at("2025-03-02T10:00:00Z")), "2 Mar 2025"},
		{"just now", ago(now, now), "just now"},
		{"a while ago", ago(now, now.Add(-4*time.Second)), "4\u202fs ago"},
		{"long ago", ago(now, at("2026-11-12T10:00:00Z")), "on 12 Nov 2026 10:00 UTC"},
		{"forgets today", forgets(now, at("2026-11-21T14:32:00Z")), "14:32"},
		{"forgets tomorrow", forgets(now, at("2026-11-22T08:00:00Z")), "22 Nov 08:00"},
		{"a day", dayRange(at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z")), "20 Nov 2026"},
		{"an end before the start", dayRange(at("2026-11-20T00:00:00Z"), at("2026-11-18T00:00:00Z")), "20 Nov 2026"},
		{"a week", dayRange(at("2026-11-14T00:00:00Z"), at("2026-11-21T00:00:00Z")), "14 Nov to 20 Nov 2026"},
		{"short", shorten("abc", 3), "abc"},
		{"shortened", shorten("ärgerlich", 4), "ärg…"},
		{"web", webURL("HTTPS://x.example/"), "HTTPS://x.example/"},
		{"not web", webURL(" javascript:alert(1)"), ""},
		{"query", withQuery("/x", "q", "a b&c", "empty", "", "n", "2"), "/x?q=a+b%26c&n=2"},
		{"domain", domainURL("a/b?c", "setup"), "/domains/a%2Fb%3Fc/setup"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestUnder(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"/domains": true, "/domains?q=x": true, "/domains/a": true, "/domainsx": false, "/": false, "": false} {
		if got := under(path, "/domains"); got != want {
			t.Errorf("under(%q) = %v", path, got)
		}
	}
}

func TestPagerText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p    Pager
		want string
	}{
		{Pager{Page: 1, PerPage: 50, Total: 3}, "3 in all"},
		{Pager{Page: 2, PerPage: 50, Total: 212}, "51 to 100 of 212"},
		{Pager{Page: 5, PerPage: 50, Total: 212}, "201 to 212 of 212"},
		{Pager{Total: 7}, "7 in all"},
		{Pager{Page: 1, PerPage: 50, Total: 10_000, More: true}, "1 to 50 of the newest 10\u202f000"},
	} {
		if got := pagerText(c.p); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}
