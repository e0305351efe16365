package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

const password = "correct horse battery"

// signedUp signs somebody up as a person does.
func (w *world) signedUp(email string) *person {
	w.t.Helper()
	got := w.post("/signup", nil, "email", email, "password", password)
	c := got.setCookie("sealpost")
	if got.StatusCode != 303 || got.location() != "/overview" || c == nil {
		w.t.Fatalf("signing up gives %d to %s: %s", got.StatusCode, got.location(), got.body)
	}
	return &person{cookie: c}
}

func TestSignUpLogsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedUp(" Some.One@Bücher.EXAMPLE ")
	overview := w.get("/overview", p)
	if overview.StatusCode != 200 || !strings.Contains(overview.body, "some.one@xn--bcher-kva.example") {
		t.Errorf("after signing up: %d", overview.StatusCode)
	}
	if c := p.cookie; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || len(c.Value) != 43 {
		t.Errorf("the cookie is %v", c)
	}
	if got := w.post("/signup", nil, "email", "some.one@xn--bcher-kva.example", "password", password); got.StatusCode != 409 || got.setCookie("sealpost") != nil {
		t.Errorf("a second account with the address: %d", got.StatusCode)
	}
}

func TestSignUpRefusesWithSentences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const badMail, badPassword = "Enter an e-mail address", "8 to 1000 characters"
	for _, c := range []struct{ email, password, want string }{
		{"", password, badMail},
		{"a", password, badMail},
		{"a@b", password, badMail},
		{"@example.com", password, badMail},
		{"a@", password, badMail},
		{"a b@example.com", password, badMail},
		{`"a"@example.com`, password, badMail},
		{"A <a@example.com>", password, badMail},
		{"a@example.com,b@example.com", password, badMail},
		{"a@@example.com", password, badMail},
		{".a@example.com", password, badMail},
		{"a..b@example.com", password, badMail},
		{"a\x00@example.com", password, badMail},
		{"a@192.0.2.1", password, badMail},
		{"\u0430@example.com", password, badMail},
		{strings.Repeat("a", 65) + "@example.com", password, badMail},
		{strings.Repeat("a", 320) + "@example.com", password, badMail},
		{"a@example.com", "", badPassword},
		{"a@example.com", "1234567", badPassword},
		{"a@example.com", strings.Repeat("x", 1001), badPassword},
		{"a@example.com", strings.Repeat("x", 100_000), badPassword},
	} {
		got := w.post("/signup", nil, "email", c.email, "password", c.password)
		if got.StatusCode != 400 || !strings.Contains(got.body, c.want) || got.setCookie("sealpost") != nil {
			t.Errorf("%.40q with a password of %d: got %d", c.email, len(c.password), got.StatusCode)
		}
	}
	if got := w.post("/signup", nil, "email", "a@example.com", "password", strings.Repeat("x", 300<<10)); got.StatusCode != 413 {
		t.Errorf("a form of 300 KiB: got %d", got.StatusCode)
	}
}

func TestSignUpCanBeClosed(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{handlers.SignupClosed, handlers.SignupInvite} {
		w := newWorld(t, func(d *handlers.Deps) { d.Signup = mode })
		if got := w.post("/signup", nil, "email", "a@example.com", "password", password); got.StatusCode != 403 || got.setCookie("sealpost") != nil {
			t.Errorf("%s: got %d", mode, got.StatusCode)
		}
		if n := w.get("/login", nil).doc(t).Find(`a[href="/signup"]`).Length(); n != 0 {
			t.Errorf("%s: the login still leads to the sign-up", mode)
		}
	}
}

func TestLoginSaysTheSameOfUnknownAndWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signedUp("known@example.com")
	page := func(email, password string) string {
		got := w.post("/login", nil, "email", email, "password", password)
		if got.StatusCode != 401 || got.setCookie("sealpost") != nil {
			t.Errorf("%s: got %d", email, got.StatusCode)
		}
		return strings.ReplaceAll(got.body, email, "")
	}
	wrong := page("known@example.com", "not the password")
	for _, c := range []struct{ email, password string }{
		{"unknown@example.com", "not the password"},
		{"known@example.com", ""},
		{"known@example.com", strings.Repeat("x", 5000)},
		{"no address", password},
		{"", ""},
	} {
		if got := page(c.email, c.password); got != wrong {
			t.Errorf("%q gets another answer than a known address", c.email)
		}
	}
	if got := w.post("/login", nil, "email", "KNOWN@example.com ", "password", password); got.StatusCode != 303 {
		t.Errorf("the right password: %d", got.StatusCode)
	}
}

func TestLoginRotatesTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signedUp("a@example.com")
	r := formRequest("/login", first, "email", "a@example.com", "password", password)
	got := w.do(r)
	second := &person{cookie: got.setCookie("sealpost")}
	if got.StatusCode != 303 || second.cookie == nil || second.cookie.Value == first.cookie.Value {
		t.Fatalf("logging in again gives %d and %v", got.StatusCode, second.cookie)
	}
	if got := w.get("/overview", first); got.StatusCode != 303 {
		t.Errorf("the session of before still works: %d", got.StatusCode)
	}
	chosen := &person{cookie: &http.Cookie{Name: "sealpost", Value: strings.Repeat("a", 43)}}
	got = w.do(formRequest("/login", chosen, "email", "a@example.com", "password", password))
	if c := got.setCookie("sealpost"); c == nil || c.Value == chosen.cookie.Value {
		t.Error("a session id that the browser chose was kept")
	}
	if got := w.post("/logout", second); got.StatusCode != 303 || got.setCookie("sealpost").MaxAge >= 0 {
		t.Errorf("logging out: %d, %v", got.StatusCode, got.Cookies())
	}
	if got := w.get("/overview", second); got.StatusCode != 303 {
		t.Errorf("after logging out: %d", got.StatusCode)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.com")
	w.clock.Advance(30*24*time.Hour - time.Second)
	if got := w.get("/overview", p); got.StatusCode != 200 {
		t.Errorf("within 30 days: %d", got.StatusCode)
	}
	w.clock.Advance(2 * time.Second)
	if got := w.get("/overview", p); got.StatusCode != 303 {
		t.Errorf("after 30 days: %d", got.StatusCode)
	}
	if got := w.htmx("GET", "/domains", p); got.StatusCode != 401 || strings.Contains(got.body, "<html") {
		t.Errorf("a fragment after 30 days: %d", got.StatusCode)
	}
}

func TestLastUseIsNotedNowAndThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.com")
	seen := func() time.Time {
		var at time.Time
		row := w.query("SELECT last_seen_at FROM sessions WHERE user_id = '" + p.user.ID + "'")
		if err := row.Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at.UTC()
	}
	start := w.clock.Now()
	w.clock.Advance(9 * time.Minute)
	w.get("/overview", p)
	if !seen().Equal(start) {
		t.Error("a use after nine minutes was written down")
	}
	w.clock.Advance(time.Minute)
	w.get("/overview", p)
	if !seen().Equal(start.Add(10 * time.Minute)) {
		t.Errorf("a use after ten minutes was not: %v", seen())
	}
}

func TestNextLeadsToOwnPagesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.get("/domains/example.com?days=7", nil); got.location() != "/login?next=%2Fdomains%2Fexample.com%3Fdays%3D7" {
		t.Errorf("nobody is sent to %s", got.location())
	}
	for _, c := range []struct{ next, want string }{
		{"/domains/example.com?days=7", "/domains/example.com?days=7"},
		{"/%09//evil.example", "/%09//evil.example"},
		{"", "/"},
		{"//evil.example", "/"},
		{`/\evil.example`, "/"},
		{`\evil.example`, "/"},
		{"/\t/evil.example", "/"},
		{"\t//evil.example", "/"},
		{"https:evil.example", "/"},
		{"https://evil.example/", "/"},
		{"javascript:alert(1)", "/"},
		{"/a\r\nSet-Cookie: x=1", "/"},
		{"/" + strings.Repeat("a", 3000), "/"},
		{"/%zz", "/"},
	} {
		if got := w.post("/theme", nil, "theme", "dark", "next", c.next); got.StatusCode != 303 || got.location() != c.want {
			t.Errorf("next=%.40q leads to %q", c.next, got.location())
		}
		form := w.do(request("GET", "/login?next="+urlEscape(c.next), nil, nil)).doc(t)
		if kept, _ := form.Find(`main input[name="next"]`).First().Attr("value"); c.want == "/" && kept != "" {
			t.Errorf("the login form keeps next=%q", kept)
		}
	}
}

func TestThemeIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const year = 365 * 24 * 60 * 60
	for _, c := range []struct {
		theme, want string
		life        int
	}{{"dark", "dark", year}, {"light", "light", year}, {"system", "system", 0}, {`"><script>`, "system", 0}} {
		got := w.post("/theme", nil, "theme", c.theme).setCookie("theme")
		if got == nil || got.Value != c.want || got.MaxAge != c.life {
			t.Errorf("theme %q sets %v", c.theme, got)
		}
	}
	r := request("GET", "/login", nil, nil)
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	if theme, _ := w.do(r).doc(t).Find("html").Attr("data-theme"); theme != "dark" {
		t.Errorf("the page is %q", theme)
	}
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.LoginFailures = 3 })
	w.signedUp("a@example.com")
	try := func(ip, email, password string) int {
		r := formRequest("/login", nil, "email", email, "password", password)
		r.RemoteAddr = ip + ":4711"
		got := w.do(r)
		if got.StatusCode == 429 && got.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		return got.StatusCode
	}
	for range 3 {
		if got := try("192.0.2.1", "a@example.com", "wrong password"); got != 401 {
			t.Fatalf("a wrong password: %d", got)
		}
	}
	for _, c := range []struct {
		what, ip, email string
		want            int
	}{
		{"the same network", "192.0.2.200", "a@example.com", 429},
		{"the owner at home", "198.51.100.7", "a@example.com", 303},
		{"another address", "192.0.2.1", "b@example.com", 401},
	} {
		if got := try(c.ip, c.email, password); got != c.want {
			t.Errorf("%s: got %d, want %d", c.what, got, c.want)
		}
	}
	w.clock.Advance(4 * time.Minute)
	if got := try("192.0.2.1", "a@example.com", password); got != 429 {
		t.Errorf("four minutes later: %d", got)
	}
	w.clock.Advance(time.Minute) // three in a quarter of an hour
	if got := try("192.0.2.1", "a@example.com", password); got != 303 {
		t.Errorf("five minutes later: %d", got)
	}
}

func TestPasswordIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := w.signedUp("a@example.com")
	there := &person{cookie: w.post("/login", nil, "email", "a@example.com", "password", password).setCookie("sealpost")}
	for _, c := range []struct{ current, next, want string }{
		{"wrong password", "a new password", "not your current password"},
		{password, "short", "8 to 1000 characters"},
	} {
		if got := w.post("/settings/account/password", here, "current_password", c.current, "password", c.next); got.StatusCode != 400 || !strings.Contains(got.body, c.want) {
			t.Errorf("%s to %s: %d", c.current, c.next, got.StatusCode)
		}
	}
	got := w.post("/settings/account/password", here, "current_password", password, "password", "a new password")
	if got.StatusCode != 303 || got.setCookie("flash") == nil {
		t.Fatalf("got %d", got.StatusCode)
	}
	r := request("GET", got.location(), here, nil)
	r.AddCookie(got.setCookie("flash"))
	if page := w.do(r); !strings.Contains(page.find(t, "flash"), "password is changed") || page.setCookie("flash").MaxAge >= 0 {
		t.Error("the next page does not say so once")
	}
	if w.get("/overview", here).StatusCode != 200 || w.get("/overview", there).StatusCode != 303 {
		t.Error("the session here must live on and the one elsewhere must end")
	}
	if got := w.post("/login", nil, "email", "a@example.com", "password", password); got.StatusCode != 401 {
		t.Errorf("the old password: %d", got.StatusCode)
	}
}

func TestNobodysAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hash, err := handlers.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	user, account, err := w.store.SignUp(context.Background(), "a@example.com", hash)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{user, account, w.session(user, account)}
	w.setRole(p, models.Role(""))
	if got := w.get("/overview", p); got.StatusCode != 403 {
		t.Errorf("a member without a role: %d", got.StatusCode)
	}
}
