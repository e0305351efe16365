package handlers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/handlers"
)

var mailedLink = regexp.MustCompile(`/(signup|reset|email)/[0-9a-z]{26}`)

func TestSignUpByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sendsMail)
	w.person("known@example.test")
	page := func(email string) string {
		got := w.post("/signup", nil, "email", email)
		if got.StatusCode != 200 || got.find(t, "sent") == "" || got.setCookie("sealpost") != nil {
			t.Errorf("%s: %d", email, got.StatusCode)
		}
		return strings.ReplaceAll(got.body, email, "")
	}
	if page("known@example.test") != page("new@example.test") {
		t.Error("an address that is known gets another answer")
	}
	if strings.Contains(w.mailed("known@example.test").Text, "/signup/") {
		t.Error("who is known is sent a link to sign up")
	}
	link := mailedLink.FindString(w.mailed("new@example.test").Text)
	for range 2 {
		if got := w.get(link, nil); got.StatusCode != 200 {
			t.Errorf("opening the link uses it up: %d", got.StatusCode)
		}
	}
	if got := w.post("/login", nil, "email", "new@example.test", "password", password); got.StatusCode != 401 {
		t.Errorf("a login before the link: %d", got.StatusCode)
	}
	if got := w.post(link, nil, "password", "short"); got.StatusCode != 400 {
		t.Errorf("a short password: %d", got.StatusCode)
	}
	got := w.post(link, nil, "password", password)
	if got.StatusCode != 303 || got.location() != "/overview" || got.setCookie("sealpost") == nil {
		t.Fatalf("finishing: %d to %s", got.StatusCode, got.location())
	}
	if again := w.post(link, nil, "password", password); again.StatusCode != 404 {
		t.Errorf("a second time: %d", again.StatusCode)
	}
	if got := w.post("/login", nil, "email", "new@example.test", "password", password); got.StatusCode != 303 {
		t.Errorf("a login: %d", got.StatusCode)
	}
}

func TestSignUpByMailIsClosedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sendsMail, func(d *handlers.Deps) { d.Signup = handlers.SignupClosed })
	if got := w.post("/signup", nil, "email", "new@example.test"); got.StatusCode != 403 {
		t.Errorf("%d", got.StatusCode)
	}
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.SendsMail, d.ShowsMail = true, true })
	p := w.signedUp("known@example.test")
	page := func(email string) string {
		got := w.post("/reset", nil, "email", email)
		if got.StatusCode != 200 || got.find(t, "sent") == "" {
			t.Errorf("%s: %d", email, got.StatusCode)
		}
		return strings.ReplaceAll(got.body, email, "")
	}
	if page("known@example.test") != page("unknown@example.test") {
		t.Error("an address that is known gets another answer")
	}
	link := mailedLink.FindString(w.mailed("known@example.test").Text)
	if got := w.get(link, nil); got.StatusCode != 200 {
		t.Fatalf("the link: %d", got.StatusCode)
	}
	const chosen = "another long password"
	got := w.post(link, nil, "password", chosen)
	if got.StatusCode != 303 || got.location() != "/login" || got.setCookie("sealpost") != nil {
		t.Errorf("choosing: %d to %s", got.StatusCode, got.location())
	}
	if got := w.get("/overview", p); got.StatusCode != 303 {
		t.Errorf("a session of before: %d", got.StatusCode)
	}
	for _, c := range []struct {
		password string
		want     int
	}{{password, 401}, {chosen, 303}} {
		if got := w.post("/login", nil, "email", "known@example.test", "password", c.password); got.StatusCode != c.want {
			t.Errorf("a login: got %d, want %d", got.StatusCode, c.want)
		}
	}
	if got := w.post("/reset", nil, "email", "no address"); got.StatusCode != 400 {
		t.Errorf("no address: %d", got.StatusCode)
	}
	if got := w.get("/reset/00000000000000000000000000", nil); got.StatusCode != 404 {
		t.Errorf("an unknown link: %d", got.StatusCode)
	}
}

func TestResetNeedsMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.post("/reset", nil, "email", "a@example.test"); got.StatusCode != 403 || w.get("/reset", nil).doc(t).Find("main form").Length() != 0 {
		t.Errorf("%d", got.StatusCode)
	}
}

func TestChangeOfAddressByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.SendsMail, d.ShowsMail = true, true })
	p := w.signedUp("old@example.test")
	w.person("taken@example.test")
	change := func(email, password string) answer {
		return w.post("/settings/account/email", p, "email", email, "current_password", password)
	}
	for _, c := range []struct{ email, password string }{{"new@example.test", "wrong"}, {"no address", password}, {"", ""}} {
		if got := change(c.email, c.password); got.StatusCode != 400 {
			t.Errorf("%q: %d", c, got.StatusCode)
		}
	}
	if got := change("taken@example.test", password); got.StatusCode != 303 || mailedLink.MatchString(w.mailed("taken@example.test").Text) {
		t.Errorf("an address that is known: %d", got.StatusCode)
	}
	if got := change("new@example.test", password); got.StatusCode != 303 {
		t.Fatalf("%d", got.StatusCode)
	}
	if got := w.get("/settings/account", p).find(t, "email"); got != "old@example.test" {
		t.Errorf("the address has changed to %s before it was proven", got)
	}
	link := mailedLink.FindString(w.mailed("new@example.test").Text)
	if got := w.get(link, nil); got.StatusCode != 200 {
		t.Errorf("the link: %d", got.StatusCode)
	}
	if got := w.post(link, p); got.StatusCode != 303 {
		t.Fatalf("confirming: %d", got.StatusCode)
	}
	if got := w.get("/settings/account", p).find(t, "email"); got != "new@example.test" {
		t.Errorf("the address is %s", got)
	}
	if w.mailed("old@example.test").Subject == "" {
		t.Error("the old address is not told")
	}
	if got := w.post("/login", nil, "email", "old@example.test", "password", password); got.StatusCode != 401 {
		t.Errorf("the old address logs in: %d", got.StatusCode)
	}
}

func TestSessionsOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signedUp("a@example.test")
	login := func(agent string) *person {
		r := formRequest("/login", nil, "email", "a@example.test", "password", password)
		r.Header.Set("User-Agent", agent)
		return &person{cookie: w.do(r).setCookie("sealpost")}
	}
	phone := login("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604")
	desk := login("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	rows := w.get("/settings/account", desk).doc(t).Find(`[data-testid="session-row"]`)
	if text := rows.Text(); rows.Length() != 3 || !strings.Contains(text, "Safari on iPhone") || !strings.Contains(text, "Firefox on Linux") || !strings.Contains(text, "192.0.2.1") {
		t.Errorf("%d sessions: %s", rows.Length(), text)
	}
	end, _ := rows.FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "iPhone") }).Find("form").Attr("action")
	if got := w.post(end, desk); got.StatusCode != 303 || w.get("/overview", phone).StatusCode != 303 || w.get("/overview", desk).StatusCode != 200 {
		t.Errorf("ending one: %d", got.StatusCode)
	}
	if got := w.post("/settings/sessions/end-others", desk); got.StatusCode != 303 || w.get("/overview", desk).StatusCode != 200 {
		t.Errorf("ending the others: %d", got.StatusCode)
	}
	if n := w.get("/settings/account", desk).doc(t).Find(`[data-testid="session-row"]`).Length(); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
}

// Guesses from everywhere slow each other down, but not the browser that has
// logged in before, nor whoever reads the mail.
func TestGuessesCannotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.LoginFailures, d.SendsMail, d.ShowsMail = 2, true, true })
	w.signedUp("a@example.test")
	known := w.post("/login", nil, "email", "a@example.test", "password", password).setCookie("device")
	if known == nil || !known.HttpOnly {
		t.Fatalf("the browser is not remembered: %v", known)
	}
	try := func(ip int, password string, mark bool) int {
		r := formRequest("/login", nil, "email", "a@example.test", "password", password)
		r.RemoteAddr = fmt.Sprintf("198.51.%d.7:1000", ip)
		if mark {
			r.AddCookie(known)
		}
		return w.do(r).StatusCode
	}
	refused := 0
	for ip := range 25 {
		if try(ip, "a guess", false) == 429 {
			refused++
		}
	}
	if refused != 5 || try(99, password, false) != 429 {
		t.Errorf("%d of 25 guesses from as many networks were refused", refused)
	}
	if got := try(0, password, true); got != 303 {
		t.Errorf("the known browser of the owner: %d", got)
	}
	for range 2 {
		try(0, "a guess", true)
	}
	if got := try(1, password, true); got != 429 {
		t.Errorf("a known browser guesses without end: %d", got)
	}
	known.Value = known.Value[:len(known.Value)-2] + "AA"
	if got := try(98, password, true); got != 429 {
		t.Errorf("a forged mark: %d", got)
	}
	w.post("/reset", nil, "email", "a@example.test")
	known = w.post(mailedLink.FindString(w.mailed("a@example.test").Text), nil, "password", password).setCookie("device")
	if got := try(97, password, true); got != 303 {
		t.Errorf("after a reset by mail: %d", got)
	}
	w.clock.Advance(time.Hour)
	if got := try(96, password, false); got != 303 {
		t.Errorf("an hour later: %d", got)
	}
}
