package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

func TestWritesFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.BaseURL = mustURL(t, "https://sealpost.test") })
	p := w.person("a@example.test")
	p.cookie.Name = "__Host-sealpost"
	for _, c := range []struct {
		what, fetchSite, origin string
		who                     *person
		refused                 bool
	}{
		{"same origin", "same-origin", "", p, false},
		{"typed by the person", "none", "", p, false},
		{"same origin by Origin", "", "http://sealpost.test", p, false},
		{"the public address by Origin", "", "https://sealpost.test", p, false},
		{"another site", "cross-site", "", p, true},
		{"a sibling", "same-site", "", p, true},
		{"another site with our Origin", "cross-site", "https://evil.example", p, true},
		{"Origin null", "", "null", p, true},
		{"Origin of another site", "", "https://evil.example", p, true},
		{"Origin of a sibling", "", "https://x.sealpost.test", p, true},
		{"neither header, logged in", "", "", p, true},
		{"neither header, nobody", "", "", nil, false},
		{"another site, nobody", "cross-site", "", nil, true},
	} {
		for _, path := range []string{"/domains/new", "/theme", "/logout", "/login", "/domains/example.com/reports"} {
			r := formRequest(path, nil, "name", "192.0.2.1")
			if c.who != nil {
				s := w.session(c.who.user, c.who.account)
				s.Name = "__Host-sealpost"
				r.AddCookie(s)
			}
			setOrDrop(r.Header, "Sec-Fetch-Site", c.fetchSite)
			setOrDrop(r.Header, "Origin", c.origin)
			got := w.do(r)
			if refused := got.StatusCode == http.StatusForbidden && strings.Contains(got.body, "so nothing was changed"); refused != c.refused {
				t.Errorf("%s to %s: got %d", c.what, path, got.StatusCode)
			}
		}
	}
}

func setOrDrop(h http.Header, name, value string) {
	h.Del(name)
	if value != "" {
		h.Set(name, value)
	}
}

func TestHTTPSIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.BaseURL = mustURL(t, "https://sealpost.test") })
	got := w.post("/signup", nil, "email", "a@example.com", "password", "a long password")
	if got.StatusCode != 303 || got.Header.Get("Strict-Transport-Security") != "max-age=63072000; includeSubDomains" {
		t.Fatalf("got %d with HSTS %q", got.StatusCode, got.Header.Get("Strict-Transport-Security"))
	}
	listed := newWorld(t, func(d *handlers.Deps) { d.BaseURL, d.Preload = mustURL(t, "https://sealpost.test"), true })
	for _, path := range []string{"/login", "/healthz", "/nothing", "/api/v1/domains"} {
		if h := listed.get(path, nil).Header.Get("Strict-Transport-Security"); h != "max-age=63072000; includeSubDomains; preload" {
			t.Errorf("with the operator's consent %s has HSTS %q", path, h)
		}
	}
	c := got.setCookie("__Host-sealpost")
	if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 30*24*60*60 {
		t.Errorf("the cookie is %v", c)
	}
}
