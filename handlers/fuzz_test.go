package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzOwnPath holds that whatever comes out leads to this site, as a browser
// reads it.
func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c#d", "//evil", `/\evil`, "/\t/evil", "https:evil", "/%2f/evil", "javascript:x", "/a//b"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "sealpost.test", Path: "/login"}
	f.Fuzz(func(t *testing.T, next string) {
		got := ownPath(next, "/")
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.ContainsAny(got, "\\\t\r\n") {
			t.Errorf("%q leads to %q", next, got)
		}
	})
}

// FuzzNormalizeEmail holds that an address has one spelling.
func FuzzNormalizeEmail(f *testing.F) {
	for _, seed := range []string{"a@example.com", "A.B@EXAMPLE.com.", "a@bücher.example", `"a"@example.com`, "a@b", "@", "a@[192.0.2.1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		email, err := NormalizeEmail(typed)
		if err != nil {
			return
		}
		again, err := NormalizeEmail(strings.ToUpper(email))
		if err != nil || again != email || strings.Count(email, "@") != 1 || len(email) > maxEmail {
			t.Errorf("%q becomes %q and then %q, %v", typed, email, again, err)
		}
	})
}

// FuzzRange holds that every query gives a range that a page can show.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"days=30", "days=-1", "from=2026-01-01&to=2026-01-31", "from=0000-01-01&to=9999-12-31", "to=2026-01-01"} {
		f.Add(seed)
	}
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		r, _ := rangeOf(q, now)
		if n := length(spanOf(r)); n < 1 || n > maxFreeDays || r.To.After(now) {
			t.Errorf("%q gives %d days to %v", query, n, r.To)
		}
	})
}

// FuzzAcceptRange holds that no Accept makes a weight beyond its bounds, and
// that a type that is refused is not wanted.
func FuzzAcceptRange(f *testing.F) {
	for _, seed := range []string{"text/html", "text/html;q=0.9", "*/*;q=0.8", "text/html;q=NaN", "text/html; q=\"1\"", ";;;", "text/html;q=1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, part string) {
		kind, weight := acceptRange(part)
		r := &http.Request{Method: http.MethodGet, Header: http.Header{"Accept": {part}}}
		if !(weight >= 0 && weight <= 1) || fromBrowser(r) && !strings.Contains(strings.ToLower(part), "text/html") || kind == "text/html" && weight == 0 && !strings.Contains(part, ",") && fromBrowser(r) {
			t.Errorf("%q is %q with %v", part, kind, weight)
		}
	})
}
