package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
)

// foreign are the ways in which another site makes a browser send something,
// by what the browser says of them.
var foreign = []struct{ what, fetchSite, origin string }{
	{"nothing that says where it is from", "", ""},
	{"another site", "cross-site", ""},
	{"a sibling", "same-site", ""},
	{"another site with our Origin", "cross-site", "http://sealpost.test"},
	{"a sibling with our Origin", "same-site", "http://sealpost.test"},
	{"a word that no browser says", "whatever", ""},
	{"Origin null", "", "null"},
	{"the Origin of another site", "", "https://evil.example"},
	{"the Origin of a sibling", "", "http://evil.sealpost.test"},
	{"an Origin that begins like ours", "", "http://sealpost.test.evil.example"},
	{"our name with another port", "", "http://sealpost.test:8081"},
}

// TestWritesAreOurOwn is G22: whatever changes something, for the person who
// may change the most, as another site would have it sent by that person's
// browser. Every route of echo that is not for looking is walked, so that a new
// one is in here by itself. All are refused, and no row of any table changes.
func TestWritesAreOurOwn(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	before, walked := f.rows(), 0
	for _, r := range f.handler.(*echo.Echo).Routes() {
		if slices.Contains([]string{http.MethodGet, http.MethodHead, echo.RouteNotFound}, r.Method) || strings.HasPrefix(r.Path, hosted.ReportPath) {
			continue // the secret in its path is all that counts there, and no browser adds it
		}
		walked++
		for _, c := range foreign {
			got := f.do(f.asOwner(r.Method, r.Path, c.fetchSite, c.origin))
			refused := got.StatusCode == http.StatusForbidden && strings.Contains(got.body, "so nothing was changed")
			if strings.HasPrefix(r.Path, "/api/") { // a cookie is nothing there
				refused = got.StatusCode == http.StatusUnauthorized
			}
			if !refused {
				t.Errorf("%s %s from %s: got %d", r.Method, r.Path, c.what, got.StatusCode)
			}
		}
		if diff := changed(before, f.rows()); len(diff) > 0 {
			t.Fatalf("%s %s has changed rows: %q", r.Method, r.Path, diff)
		}
	}
	if walked < 60 {
		t.Errorf("%d routes were walked only", walked)
	}
}

// TestLookingChangesNothing is the other half of G22: no address changes
// anything when it is only looked at, not even one that a form is sent to, nor
// with a field or a header that asks to take the request for another.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	before, paths := f.rows(), map[string]bool{}
	for _, r := range f.handler.(*echo.Echo).Routes() {
		if paths[r.Path] || r.Method == echo.RouteNotFound {
			continue
		}
		paths[r.Path] = true
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace} {
			req := f.asOwner(method, r.Path, "same-origin", "")
			req.URL.RawQuery = "_method=POST&confirm=example.com&name=new.example&email=eve@evil.example&account=" + f.owner.account.ID
			req.Header.Set("X-Http-Method-Override", http.MethodPost)
			if got := f.do(req); got.StatusCode >= 500 {
				t.Errorf("%s %s: got %d", method, r.Path, got.StatusCode)
			}
		}
		if diff := changed(before, f.rows()); len(diff) > 0 {
			t.Fatalf("looking at %s has changed rows: %q", r.Path, diff)
		}
	}
}

// asOwner is a request for a route with the cookie of the owner and with fields
// that would do something.
func (f furnished) asOwner(method, route, fetchSite, origin string) *http.Request {
	r := formRequest(f.path(route), f.owner, "confirm", "example.com", "name", "new.example", "names", "new.example", "email", "eve@evil.example", "identity", "reporter.example",
		"target", "eve@evil.example", "days", "30", "scope", "read", "role", "owner", "theme", "dark", "password", "correct horse battery", "account", f.owner.account.ID)
	r.Method = method
	setOrDrop(r.Header, "Sec-Fetch-Site", fetchSite)
	setOrDrop(r.Header, "Origin", origin)
	return r
}
