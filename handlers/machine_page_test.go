package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

// browserAccept is what browsers send with the address of a page.
const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// as asks like a program that sends an Accept; "" sends none.
func (w *world) as(accept, method, path string, cookies ...*http.Cookie) answer {
	w.t.Helper()
	r := request(method, path, nil, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return w.do(r)
}

const aSecret = "00000000000000000000000000"

// What a browser opens is a page with the status that machines get; machines
// get what they always got, to the byte.
func TestAddressesForMachinesExplainThemselves(t *testing.T) {
	t.Parallel()
	var broken error
	w := newWorld(t, func(d *handlers.Deps) { d.Health = func(context.Context) error { return broken } })
	notFound := func(detail string) string { return `"title":"Not Found","status":404,"detail":"` + detail }
	for _, c := range []struct {
		path  string
		code  int
		says  string // the page's headline
		plain string // what a machine's answer starts with or, for a problem, has in it
		down  bool
	}{
		{"/healthz", 200, "This server is alive.", "ok\n", false},
		{"/healthz", 200, "This server is alive.", "ok\n", true},
		{"/readyz", 200, "This server is ready.", "ready\n", false},
		{"/readyz", 503, "This server is not ready.", "not ready\n", true},
		{"/v1/tlsrpt/" + aSecret, 405, "This address takes TLS reports by POST.", "Method Not Allowed\n", false},
		{"/v1/tlsrpt/x", 405, "This address takes TLS reports by POST.", "Method Not Allowed\n", false},
		{"/v1/tlsrpt/", 404, "No reports are taken at this address.", "Not Found\n", false},
		{"/api/v1/domains", 401, "This address is for programs that use the API.", `"status":401`, false},
		{"/api/v1/nothing", 404, "This address is for programs that use the API.", notFound("There is nothing at this address"), false},
		{"/api/v1/deliveries/x/accept", 405, "This address is for programs that use the API.", `"status":405`, false},
		{"/static/nothing.css", 404, "There is no such page, or it is not yours.", "404 page not found\n", false},
	} {
		broken = nil
		if c.down {
			broken = errors.New("down")
		}
		for _, method := range []string{"GET", "HEAD"} {
			page, plain := w.as(browserAccept, method, c.path), w.as("", method, c.path)
			what := method + " " + c.path
			if page.StatusCode != c.code || plain.StatusCode != c.code {
				t.Errorf("%s: a page with %d, a word with %d, want %d", what, page.StatusCode, plain.StatusCode, c.code)
			}
			if page.Header.Get("Content-Type") != "text/html; charset=utf-8" || page.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: the page has %v", what, page.Header)
			}
			for _, a := range []answer{page, plain} {
				if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept") || a.Header.Get("Allow") != page.Header.Get("Allow") || a.Header.Get("WWW-Authenticate") != page.Header.Get("WWW-Authenticate") {
					t.Errorf("%s has %v", what, a.Header)
				}
			}
			if c.code == 405 && page.Header.Get("Allow") == "" {
				t.Errorf("%s does not say what is allowed", what)
			}
			if len(plain.Cookies()) > 0 || strings.HasPrefix(plain.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: a machine gets %v", what, plain.Header)
			}
			if method == "HEAD" {
				continue
			}
			if got := page.doc(t).Find("main h1").Text(); got != c.says {
				t.Errorf("%s says %q", what, got)
			}
			if !strings.HasPrefix(plain.body, c.plain) && (c.plain[0] != '"' || !strings.Contains(plain.body, c.plain)) {
				t.Errorf("%s: a machine reads %q", what, plain.body)
			}
		}
	}
}

// Nothing of a session or a token stands on the page of an address for
// machines, which look at neither.
func TestPagesForMachinesKnowNobody(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, path := range []string{"/healthz", "/v1/tlsrpt/" + aSecret, "/api/v1/domains", "/api/v1/nothing"} {
		if got := f.as(browserAccept, "GET", path, f.owner.cookie); strings.Contains(got.body, "owner@example.test") || got.doc(t).Find(".who").Length() != 0 {
			t.Errorf("%s names who is logged in", path)
		}
	}
	r := request("GET", "/api/v1/domains/nobody.example", nil, nil)
	r.Header.Set("Accept", browserAccept)
	r.Header.Set("Authorization", "Bearer "+f.token(f.owner, "read"))
	if got := f.do(r); got.StatusCode != 404 || strings.Contains(got.body, "API token") || got.problem(t) != "not-found" {
		t.Errorf("a program that accepts what browsers do gets %d %s", got.StatusCode, got.body)
	}
	f.store.Close()
	if got := f.as(browserAccept, "GET", "/healthz", f.owner.cookie); got.StatusCode != 200 {
		t.Errorf("without a database: %d", got.StatusCode)
	}
}

// Documents and files are what they are, and a write is a machine's, whoever asks.
func TestDocumentsStayDocuments(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	css := f.get("/login", nil).doc(t).Find(`link[rel="stylesheet"]`).First().AttrOr("href", "")
	for _, c := range []struct{ method, path, kind string }{
		{"GET", "/api/v1/openapi.json", "application/json"}, {"GET", "/robots.txt", "text/plain; charset=utf-8"}, {"GET", "/sitemap.xml", "application/xml; charset=utf-8"},
		{"GET", css, "text/css; charset=utf-8"}, {"POST", "/v1/tlsrpt/" + aSecret, "text/plain; charset=UTF-8"}, {"POST", "/api/v1/domains", "application/problem+json"},
		{"PUT", "/healthz", "text/plain; charset=UTF-8"}, {"OPTIONS", "/api/v1/domains", "application/problem+json"}, {"DELETE", "/v1/tlsrpt/" + aSecret, "text/plain; charset=UTF-8"},
	} {
		got := f.as(browserAccept, c.method, c.path)
		if got.Header.Get("Content-Type") != c.kind || len(got.Cookies()) > 0 {
			t.Errorf("%s %s: %d, %s, %v", c.method, c.path, got.StatusCode, got.Header.Get("Content-Type"), got.Cookies())
		}
	}
	r := request("GET", "/api/v1/domains", nil, nil)
	r.Header.Set("Accept", browserAccept)
	r.Header.Set("Authorization", "Bearer "+f.token(f.owner, "read"))
	if got := f.do(r); got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/json" || len(got.Cookies()) > 0 {
		t.Errorf("an answer of the API is %d, %v", got.StatusCode, got.Header)
	}
	if got := f.as(browserAccept, "GET", "/domains/example.com/export/trend.csv", f.owner.cookie); got.StatusCode != 200 || len(got.Cookies()) > 0 {
		t.Errorf("an export is %d with %v", got.StatusCode, got.Cookies())
	}
}

func TestWhoIsABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		accept string
		page   bool
	}{
		{browserAccept, true}, {"text/html", true}, {"TEXT/HTML ; Level=1", true}, {"application/json;q=0.5, text/html;q=0.5", true}, {"image/png, text/html;q=0.1", true},
		{"", false}, {"*/*", false}, {"text/*", false}, {"text/plain, text/html;q=0.9", false}, {"application/problem+json, text/html;q=0.2", false},
		{"text/html;q=0", false}, {"text/html;q=2", false}, {"text/html;q=NaN", false}, {"text/html;q=-1", false}, {"text/htmlx", false}, {"application/xhtml+xml", false}, {",,;q=1,text", false},
	} {
		if got := w.as(c.accept, "GET", "/healthz"); strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") != c.page || got.StatusCode != 200 {
			t.Errorf("Accept %q gets %s", c.accept, got.Header.Get("Content-Type"))
		}
	}
}
