package handlers_test

import (
	"net/http"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

// A browser that has no theme is given the usual one with any page, and with
// nothing else; it tells nobody apart and goes with the browser's session.
func TestBrowsersAreGivenAThemeWithPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.BaseURL = mustURL(t, "https://sealpost.test") })
	p := w.person("a@example.test")
	p.cookie.Name = "__Host-sealpost"
	login := w.get("/login", nil).doc(t)
	css := login.Find(`link[rel="stylesheet"]`).First().AttrOr("href", "")
	dark := &http.Cookie{Name: "__Host-theme", Value: "dark"}
	for _, c := range []struct {
		what, accept, path string
		cookies            []*http.Cookie
		given              bool
	}{
		{"a page", browserAccept, "/login", nil, true},
		{"a page of a member", browserAccept, "/overview", []*http.Cookie{p.cookie}, true},
		{"an error", browserAccept, "/nothing", nil, true},
		{"a page of an address for machines", browserAccept, "/healthz", nil, true},
		{"its error", browserAccept, "/api/v1/domains", nil, true},
		{"a policy of another host", browserAccept, "/.well-known/mta-sts.txt", nil, true},
		{"who has chosen", browserAccept, "/login", []*http.Cookie{dark}, false},
		{"who was given it", browserAccept, "/login", []*http.Cookie{{Name: "__Host-theme", Value: "system"}}, false},
		{"a program", "*/*", "/login", nil, false},
		{"a redirect", browserAccept, "/overview", nil, false},
		{"a stylesheet", browserAccept, css, nil, false},
		{"a file", browserAccept, "/robots.txt", nil, false},
		{"a document", browserAccept, "/api/v1/openapi.json", nil, false},
		{"a check of health", "", "/healthz", nil, false},
	} {
		got := w.as(c.accept, "GET", c.path, c.cookies...)
		theme := got.setCookie("__Host-theme")
		if (theme != nil) != c.given || !c.given && len(got.Cookies()) != 0 {
			t.Errorf("%s sets %v", c.what, got.Cookies())
		}
		if c.given && theme.Raw != "__Host-theme=system; Path=/; HttpOnly; Secure; SameSite=Lax" {
			t.Errorf("%s sets %s", c.what, theme.Raw)
		}
	}
	if theme := w.as(browserAccept, "GET", "/login", dark).doc(t).Find("html").AttrOr("data-theme", ""); theme != "dark" {
		t.Errorf("who has chosen dark sees %q", theme)
	}
}
