package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

// Who is led to the login hears why, in one sentence, and comes back to where
// they were.
func TestLoginSaysWhyOneIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := &http.Cookie{Name: "sealpost", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	const (
		ended  = "Log in to go on. If you were logged in, your session has ended."
		unsent = "You are not logged in any more, so nothing was changed. Log in, then send the form again."
		cookie = "Your browser did not keep the cookie that logs you in. Allow cookies for this site, then log in again."
		late   = "The first step was more than ten minutes ago. Log in again."
	)
	for _, c := range []struct {
		name, method, path, referer string
		cookie                      *http.Cookie
		location, sentence          string
	}{
		{"by hand", "GET", "/overview", "", nil, "/login?next=%2Foverview", ended},
		{"the session has ended", "GET", "/domains?q=a", "/overview", gone, "/login?next=%2Fdomains%3Fq%3Da", ended},
		{"it ended beneath a form", "POST", "/domains/new", "/domains/new?tag=a", gone, "/login?next=%2Fdomains%2Fnew%3Ftag%3Da&why=unsent", unsent},
		{"the cookie is lost beneath a form", "POST", "/domains/new", "/domains/new", nil, "/login?next=%2Fdomains%2Fnew&why=unsent", unsent},
		{"a program", "POST", "/domains/new", "", nil, "/login?why=unsent", unsent},
		{"a form of another site", "POST", "/domains/new", "https://evil.example/domains", nil, "/login?why=unsent", unsent},
		{"no cookies at the login", "GET", "/overview", "/login?next=%2Foverview", nil, "/login?next=%2Foverview&why=cookie", cookie},
		{"no cookies at the sign-up", "GET", "/domains/new", "/signup", nil, "/login?next=%2Fdomains%2Fnew&why=cookie", cookie},
		{"no cookies at the second step", "GET", "/login/code", "/login", nil, "/login?why=cookie", cookie},
		{"the second step too late", "GET", "/login/code", "", nil, "/login?why=expired", late},
		{"a session that ended in another tab", "GET", "/overview", "/login", gone, "/login?next=%2Foverview", ended},
	} {
		r := request(c.method, c.path, nil, nil)
		if c.referer != "" {
			r.Header.Set("Referer", c.referer)
			if c.referer[0] == '/' {
				r.Header.Set("Referer", "http://"+r.Host+c.referer)
			}
		}
		if c.cookie != nil {
			r.AddCookie(c.cookie)
		}
		if c.method != "GET" {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		got := w.do(r)
		if got.StatusCode != http.StatusSeeOther || got.location() != c.location {
			t.Errorf("%s: %d to %q, want %q", c.name, got.StatusCode, got.location(), c.location)
			continue
		}
		notices := w.get(c.location, nil).doc(t).Find("main .notice")
		if notices.Length() != 1 || notices.Find("p").Text() != c.sentence {
			t.Errorf("%s: %d notices, %q, want %q", c.name, notices.Length(), notices.Text(), c.sentence)
		}
	}
	for _, path := range []string{"/login", "/login?why=nonsense"} {
		if n := w.get(path, nil).doc(t).Find("main .notice").Length(); n != 0 {
			t.Errorf("%s has %d notices", path, n)
		}
	}
}

// Where mails are only shown, who has one sent is told where it is.
func TestMailsThatAreOnlyShown(t *testing.T) {
	t.Parallel()
	for _, shows := range []bool{false, true} {
		w := newWorld(t, func(d *handlers.Deps) { d.SendsMail, d.ShowsMail = true, shows })
		p := w.person("a@example.test")
		sent := w.post("/settings/members", p, "email", "b@example.test", "role", "member")
		r := request("GET", sent.location(), nil, nil)
		r.AddCookie(p.cookie)
		r.AddCookie(sent.setCookie("flash"))
		text := w.do(r).find(t, "flash")
		if !strings.Contains(text, "The invitation is on its way.") || strings.Contains(text, "/dev/mail") != shows {
			t.Errorf("mails are shown: %v; it says %q", shows, text)
		}
	}
}
