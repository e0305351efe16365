package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/totp"
	"github.com/sealpost/sealpost/models"
)

// withApp signs somebody up and adds an authenticator app to their login, by
// the pages. It gives the app's secret and the recovery codes.
func (w *world) withApp(email string) (p *person, secret string, codes []string) {
	w.t.Helper()
	p = w.signedUp(email)
	if got := w.post("/settings/signing-in/app/offer", p, "current_password", password); got.location() != "/settings/signing-in/app" {
		w.t.Fatalf("an app is offered with %d to %s: %s", got.StatusCode, got.location(), got.body)
	}
	page := w.get("/settings/signing-in/app", p)
	secret = strings.ReplaceAll(page.find(w.t, "secret"), " ", "")
	if n := page.doc(w.t).Find("svg.qr path").Length(); n != 1 || len(secret) != 32 {
		w.t.Fatalf("the page shows %d pictures and the secret %q", n, secret)
	}
	got := w.post("/settings/signing-in/app", p, "code", w.code(secret))
	got.doc(w.t).Find(".codes li").Each(func(_ int, s *goquery.Selection) { codes = append(codes, s.Text()) })
	if got.StatusCode != 200 || len(codes) != 10 {
		w.t.Fatalf("the first code is answered %d with %d recovery codes", got.StatusCode, len(codes))
	}
	return p, secret, codes
}

// code is what the app shows now.
func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.Code(secret, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// firstStep gives the cookies of a browser whose password was right.
func (w *world) firstStep(email, password string) []*http.Cookie {
	w.t.Helper()
	got := w.post("/login", nil, "email", email, "password", password, "next", "/domains")
	if got.StatusCode != 303 || got.location() != "/login/code" || got.setCookie("sealpost") != nil {
		w.t.Fatalf("the first step: %d to %s, session %v", got.StatusCode, got.location(), got.setCookie("sealpost"))
	}
	return got.Cookies()
}

// secondStep sends a code with cookies, from some address.
func (w *world) secondStep(cookies []*http.Cookie, from, code string) answer {
	w.t.Helper()
	r := formRequest("/login/code", nil, "code", code)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	r.RemoteAddr = from + ":1234"
	return w.do(r)
}

func TestLoginWithACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, secret, _ := w.withApp("a@example.com")
	begun := w.firstStep("a@example.com", password)
	if got := w.secondStep(begun, "192.0.2.1", w.code(secret)); got.StatusCode != 401 {
		t.Errorf("the code that has confirmed the app counts again: %d", got.StatusCode)
	}
	w.clock.Advance(30 * time.Second)
	code := w.code(secret)
	got := w.secondStep(begun, "192.0.2.1", code[:3]+" "+code[3:])
	if got.StatusCode != 303 || got.location() != "/domains" || got.setCookie("sealpost") == nil {
		t.Fatalf("the right code: %d to %s", got.StatusCode, got.location())
	}
	in := &person{cookie: got.setCookie("sealpost")}
	if got := w.get("/overview", in); got.StatusCode != 200 {
		t.Errorf("after the second step: %d", got.StatusCode)
	}
	if got := w.secondStep(begun, "192.0.2.1", w.code(secret)); got.StatusCode != 401 || got.setCookie("sealpost") != nil {
		t.Errorf("a login was finished twice: %d", got.StatusCode)
	}
	again := w.firstStep("a@example.com", password)
	if got := w.secondStep(again, "192.0.2.1", code); got.StatusCode != 401 || got.setCookie("sealpost") != nil {
		t.Errorf("a code was replayed: %d", got.StatusCode)
	}
	w.clock.Advance(11 * time.Minute)
	if got := w.secondStep(again, "192.0.2.1", w.code(secret)); got.StatusCode != 401 || got.setCookie("sealpost") != nil {
		t.Errorf("a first step of eleven minutes ago: %d", got.StatusCode)
	}
	if got := w.secondStep(nil, "192.0.2.1", w.code(secret)); got.StatusCode != 401 {
		t.Errorf("a code without a first step: %d", got.StatusCode)
	}
}

func TestLoginWithARecoveryCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, codes := w.withApp("a@example.com")
	for _, c := range []struct {
		code string
		want int
	}{{codes[0], 303}, {codes[0], 401}, {strings.ToUpper(strings.ReplaceAll(codes[1], "-", " ")), 303}, {"0000-0000-0000-0000-0000-0000", 401}} {
		if got := w.secondStep(w.firstStep("a@example.com", password), "192.0.2.1", c.code); got.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.code, got.StatusCode, c.want)
		}
	}
}

// Guesses from everywhere end after five, and wear off; the browser that has
// given a right code before is not kept out by them.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, secret, _ := w.withApp("a@example.com")
	w.clock.Advance(time.Minute)
	own := w.firstStep("a@example.com", password)
	got := w.secondStep(own, "192.0.2.1", w.code(secret))
	known := got.setCookie("factor")
	if got.StatusCode != 303 || known == nil {
		t.Fatalf("the right code: %d", got.StatusCode)
	}
	begun := w.firstStep("a@example.com", password)
	for i := range 8 {
		got := w.secondStep(begun, []string{"198.51.100.7", "203.0.113.7"}[i%2], "000000")
		if want := map[bool]int{true: 401, false: 429}[i < 5]; got.StatusCode != want {
			t.Errorf("guess %d: %d, want %d", i, got.StatusCode, want)
		}
	}
	w.clock.Advance(time.Minute)
	if got := w.secondStep(begun, "198.51.100.7", w.code(secret)); got.StatusCode != 429 || got.Header.Get("Retry-After") == "" {
		t.Errorf("a right code after too many: %d", got.StatusCode)
	}
	if got := w.secondStep(append(w.firstStep("a@example.com", password), known), "198.51.100.8", w.code(secret)); got.StatusCode != 303 {
		t.Errorf("the owner's own browser while others guess: %d", got.StatusCode)
	}
	w.clock.Advance(3 * time.Minute)
	if got := w.secondStep(begun, "198.51.100.7", w.code(secret)); got.StatusCode != 303 {
		t.Errorf("a right code after the pause: %d", got.StatusCode)
	}
}

// A new password by mail leaves the second step where it is, and what was begun
// with the old one cannot be finished.
func TestResetDoesNotPassTheSecondStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.SendsMail = true; d.ShowsMail = true })
	_, secret, _ := w.withApp("a@example.com")
	begun := w.firstStep("a@example.com", password)
	w.post("/reset", nil, "email", "a@example.com")
	link := w.linkIn("A new password for Sealpost", "/reset/")
	const other = "another long password"
	if got := w.post(link, nil, "password", other); got.StatusCode != 303 || got.setCookie("sealpost") != nil || got.setCookie("factor") != nil {
		t.Fatalf("the reset: %d", got.StatusCode)
	}
	w.clock.Advance(time.Minute)
	if got := w.secondStep(begun, "192.0.2.1", w.code(secret)); got.StatusCode != 401 {
		t.Errorf("a login begun with the old password goes on: %d", got.StatusCode)
	}
	if got := w.secondStep(w.firstStep("a@example.com", other), "192.0.2.1", w.code(secret)); got.StatusCode != 303 {
		t.Errorf("the new password and a code: %d", got.StatusCode)
	}
}

// linkIn is the path in the newest mail with a subject.
func (w *world) linkIn(subject, path string) string {
	w.t.Helper()
	mails, err := w.store.RecentMails(context.Background(), 50)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range mails {
		if i := strings.Index(m.Text, path); m.Subject == subject && i >= 0 {
			return strings.Fields(m.Text[i:])[0]
		}
	}
	w.t.Fatalf("no mail %q", subject)
	return ""
}

func TestRemovingTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, secret, codes := w.withApp("a@example.com")
	w.clock.Advance(time.Minute)
	for _, c := range []struct{ password, code string }{{"", ""}, {password, ""}, {password, "000000"}, {"wrong password", w.code(secret)}} {
		if got := w.post("/settings/signing-in/app/remove", p, "current_password", c.password, "code", c.code); got.StatusCode != 400 {
			t.Errorf("removed with %q and %q: %d", c.password, c.code, got.StatusCode)
		}
	}
	renewed := w.post("/settings/signing-in/codes", p, "current_password", password, "code", codes[9])
	if renewed.StatusCode != 200 || strings.Contains(renewed.body, codes[0]) || renewed.doc(t).Find(".codes li").Length() != 10 {
		t.Errorf("new recovery codes: %d", renewed.StatusCode)
	}
	if got := w.post("/settings/signing-in/app/remove", p, "current_password", password, "code", w.code(secret)); got.StatusCode != 303 {
		t.Fatalf("removed with both: %d", got.StatusCode)
	}
	if got := w.post("/login", nil, "email", "a@example.com", "password", password); got.location() != "/overview" {
		t.Errorf("the password alone leads to %s", got.location())
	}
	w.linkIn("Your authenticator app was removed at Sealpost", "password alone")
	log := w.get("/settings/audit", p).body
	for _, want := range []string{"authenticator app added", "recovery codes renewed", "authenticator app removed"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
	if strings.Contains(log, secret) || strings.Contains(log, codes[0]) {
		t.Error("the audit log holds a secret")
	}
}

// An account that demands two factors is closed to a password, but not the
// pages on which a person adds the second one.
func TestAccountsMayDemandTwoFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.signedUp("plain@example.com")
	if got := w.post("/settings/members/two-factors", plain, "demand", "yes"); got.StatusCode != 409 {
		t.Errorf("demanded by who has one factor: %d", got.StatusCode)
	}
	owner, _, _ := w.withApp("owner@example.com")
	if got := w.post("/settings/members/two-factors", owner, "demand", "yes"); got.StatusCode != 303 {
		t.Fatalf("demanded: %d", got.StatusCode)
	}
	user, err := w.store.UserByEmail(context.Background(), "owner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := w.store.AccountsOf(context.Background(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	weak := &person{cookie: w.session(user, models.Account{ID: accounts[0].ID})}
	for _, c := range []struct {
		p    *person
		path string
		want int
		to   string
	}{
		{owner, "/overview", 200, ""}, {weak, "/overview", 303, "/settings/signing-in"}, {weak, "/settings/signing-in", 200, ""}, {weak, "/settings/account", 200, ""},
	} {
		if got := w.get(c.path, c.p); got.StatusCode != c.want || got.location() != c.to {
			t.Errorf("%s: %d to %q", c.path, got.StatusCode, got.location())
		}
	}
	if got := w.post("/domains/new", weak, "name", "example.com"); got.StatusCode != 403 {
		t.Errorf("a write with one factor: %d", got.StatusCode)
	}
	if got := w.post("/settings/members/two-factors", weak, "demand", "no"); got.StatusCode != 403 {
		t.Errorf("the demand is ended with one factor: %d", got.StatusCode)
	}
	if got := w.post("/settings/members/two-factors", owner, "demand", "no"); got.StatusCode != 303 || w.get("/overview", weak).StatusCode != 200 {
		t.Errorf("the demand is ended: %d", got.StatusCode)
	}
}
