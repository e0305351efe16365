//go:build e2e

package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/totp"
)

// TestE2EAuthenticatorApp: a person adds an authenticator app, logs in with its
// code, is refused with a code that was used, logs in with a recovery code
// once, and takes the app away; with scripts and without.
func TestE2EAuthenticatorApp(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newWorld(t, "example.test").startNode(t)
			c := startChromium(t, n.address())
			if !scripts {
				c.withoutScripts()
			}
			c.signUp("ada@example.test")
			checkAppLogin(c)
			c.clean()
		})
	}
}

func checkAppLogin(c *chromium) {
	c.t.Helper()
	c.open("/settings/signing-in")
	offerApp(c)
	secret := c.appSecret()
	c.enter("#code", "000000")
	if code := c.load(submit(`form[action="/settings/signing-in/app"]`)); code != 400 || c.appSecret() != secret {
		c.t.Errorf("a wrong first code is answered %d", code)
	}
	c.taken()
	codes := addApp(c)
	c.follow(`a[href="/settings/signing-in"]`)
	if state := c.text(`document.querySelector("[data-testid=app]").dataset.state`); state != "on" {
		c.t.Errorf("the app is %s", state)
	}

	c.logOut()
	c.firstStep("ada@example.test")
	if code := c.secondStep("123456"); code != 401 || !c.holds(`document.querySelector("main").textContent.includes("This code is wrong")`) {
		c.t.Errorf("a wrong code is answered %d", code)
	}
	code := c.appCode(secret)
	if got := c.secondStep(code); got != 200 || c.where() != "/overview" {
		c.t.Fatalf("the right code: %d at %s", got, c.where())
	}

	c.logOut()
	c.firstStep("ada@example.test")
	if got := c.secondStep(code); got != 401 || c.where() != "/login/code" {
		c.t.Errorf("a used code: %d at %s", got, c.where())
	}
	c.open("/login/code")
	if got := c.secondStep(strings.ToLower(codes[0])); got != 200 || c.where() != "/overview" {
		c.t.Fatalf("a recovery code: %d at %s", got, c.where())
	}
	c.open("/settings/signing-in")
	if left := c.text(`document.querySelector("[data-testid=codes-left]").textContent`); !strings.HasPrefix(left, "9 codes are") {
		c.t.Errorf("the page says %q", left)
	}

	c.logOut()
	c.firstStep("ada@example.test")
	if got := c.secondStep(codes[0]); got != 401 {
		c.t.Errorf("a used recovery code: %d", got)
	}
	if got := c.secondStep(codes[1]); got != 200 {
		c.t.Fatalf("another recovery code: %d", got)
	}
	c.taken() // the browser tells of what was refused
	c.open("/settings/signing-in")
	c.enter(`form[action$="/app/remove"] input[name=current_password]`, "correct horse battery")
	c.enter(`form[action$="/app/remove"] input[name=code]`, codes[2])
	c.follow(`form[action$="/app/remove"] button[type=submit]`)
	c.logOut()
	c.firstStep("ada@example.test")
	if c.where() != "/overview" {
		c.t.Errorf("without the app the password leads to %s", c.where())
	}
}

// appSecret is the secret that the page hands to an app.
func (c *chromium) appSecret() string {
	c.t.Helper()
	return strings.ReplaceAll(c.text(`document.querySelector("[data-testid=secret]").textContent`), " ", "")
}

// appCode is what an app shows whose clock is one step ahead, so that it is
// not the code that was used before.
func (c *chromium) appCode(secret string) string {
	c.t.Helper()
	return codeAt(c.t, secret, time.Now().Add(30*time.Second))
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.Code(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// addApp confirms the app whose secret is shown, and reads the recovery codes.
func addApp(c *chromium) []string {
	c.t.Helper()
	code := codeAt(c.t, c.appSecret(), time.Now())
	c.eval(`document.querySelector("#code").value = ""`)
	c.enter("#code", code)
	c.follow(`form[action="/settings/signing-in/app"] button[type=submit]`)
	codes := evaluate[[]string](c, `[...document.querySelectorAll("[data-testid=recovery-codes] li")].map((e) => e.textContent.trim())`)
	if len(codes) != 10 {
		c.t.Fatalf("%d recovery codes", len(codes))
	}
	return codes
}

// firstStep gives the right password.
func (c *chromium) firstStep(email string) {
	c.t.Helper()
	c.open("/login")
	c.enter("#email", email)
	c.enter("#password", "correct horse battery")
	c.follow(`form[action="/login"] button[type=submit]`)
}

// secondStep gives a code and says how it is answered.
func (c *chromium) secondStep(code string) int {
	c.t.Helper()
	c.enter("#code", code)
	return c.load(submit(`form[action="/login/code"]`))
}

// withApp signs somebody up who logs in with an app, and has a domain to give
// away.
func (b *browser) withApp(email, domain string) *browser {
	b.t.Helper()
	other := newBrowser(b.t, b.addr, b.origin)
	other.signUp(email)
	other.addDomain(domain)
	offered := other.submit("/settings/signing-in/app/offer", url.Values{"current_password": {"correct horse battery"}})
	secret := strings.ReplaceAll(testID(offered, "secret").Text(), " ", "")
	other.submit("/settings/signing-in/app", url.Values{"code": {codeAt(b.t, secret, time.Now())}})
	return other
}

// mailed does something that sends a mail, and gives the path of its link.
func (b *browser) mailed(path string, fields url.Values, link *regexp.Regexp) string {
	b.t.Helper()
	b.submit(path, fields)
	found := ""
	eventually(b.t, "the mail of "+path, func() bool {
		found = link.FindString(testID(b.get("/dev/mail"), "mail").Text())
		return found != ""
	})
	return found
}

var (
	offerLink      = regexp.MustCompile(`/transfers/[0-9a-z]{26}`)
	invitationLink = regexp.MustCompile(`/invitations/[0-9a-z]{26}`)
)

// secretDoors are the pages behind the links of mails: offers of domains,
// invitations, and the second step of somebody who logs in with an app. Those
// for members are shown with the account of b open.
func secretDoors(b *browser) (strangers, members []shownPage) {
	b.t.Helper()
	const grace = "grace.hopper@another-company.test"
	other := b.withApp(grace, "given.test")
	email := strings.TrimSpace(testID(b.get("/settings/account"), "email").Text())
	offer := other.mailed("/domains/given.test/transfer", url.Values{"email": {email}}, offerLink)
	invitation := other.mailed("/settings/members", url.Values{"email": {email}, "role": {"member"}}, invitationLink)
	logIn := func(c *chromium) { c.firstStep(grace) }
	strangers = []shownPage{
		{"offer-stranger", offer, nil}, {"offer-gone", "/transfers/" + strings.Repeat("a", 26), nil},
		{"invitation-stranger", invitation, nil}, {"invitation-gone", "/invitations/" + strings.Repeat("a", 26), nil},
		{"signup-gone", "/signup/" + strings.Repeat("a", 26), nil}, {"reset-gone", "/reset/" + strings.Repeat("a", 26), nil}, {"email-gone", "/email/" + strings.Repeat("a", 26), nil},
		{"login-code", "/login", logIn}, {"login-code-wrong", "/login", func(c *chromium) { logIn(c); c.secondStep("123456") }},
	}
	return strangers, []shownPage{{"offer", offer, nil}, {"invitation", invitation, nil}, {"member-removal", removalOf(b, "heidi@example.test"), nil}}
}

// removalOf is the page that removes a manager who has made a token, and a link
// where there is a domain.
func removalOf(b *browser, email string) string {
	b.t.Helper()
	invitation := b.mailed("/settings/members", url.Values{"email": {email}, "role": {"manager"}}, invitationLink)
	other := newBrowser(b.t, b.addr, b.origin)
	other.submit(invitation, url.Values{"password": {"correct horse battery"}})
	other.submit("/settings/tokens", url.Values{"name": {"Nightly export"}, "scope": {"read", "write"}, "days": {"90"}})
	if testID(b.get("/domains"), "domain-row").Length() > 0 {
		other.submit("/domains/example.test/shares", url.Values{"name": {"Auditors"}, "days": {"30"}})
	}
	return testID(b.get("/settings/members"), "member-row").Filter(`[data-email="`+email+`"]`).Find(`a[href$="/remove"]`).AttrOr("href", "")
}

// taggedPages are those of an account whose domains carry tags.
func taggedPages(b *browser) []shownPage {
	b.t.Helper()
	b.submit("/domains/example.test/settings/tags", url.Values{"tags": {"customer-a, production, a-tag-of-thirty-characters-xx"}})
	b.submit("/domains/tags", url.Values{"domain": {"example.test", "new.test"}, "tags": {"europe"}, "do": {"add"}})
	b.submit("/domains/new.test/transfer", url.Values{"email": {"grace.hopper@another-company.test"}})
	return []shownPage{
		{"domains-tagged", "/domains?tag=europe", nil}, {"domains-tag-none", "/domains?tag=nobody", nil}, {"overview-tagged", "/overview?tag=europe", nil}, {"overview-tag-none", "/overview?tag=nobody", nil},
		{"tags-wrong", "/domains/example.test/settings", tryToTag}, {"offered", "/domains/new.test/settings", nil}, {"offer-wrong", "/domains/xn--bcher-kva.test/settings", tryToOffer}, {"offer-made", "/domains/xn--bcher-kva.test/settings", offerDomain},
		{"members-limited", "/settings/members", inviteLimited},
	}
}

func tryToTag(c *chromium) {
	c.enter("#tag-names", ", not a tag!")
	c.load(submit(`form[action$="/settings/tags"]`))
}

func offerDomain(c *chromium) {
	c.enter(`form[action$="/transfer"] input[name=email]`, "grace.hopper@another-company.test")
	c.load(submit(`form[action$="/transfer"]`))
}

func tryToOffer(c *chromium) {
	c.enter(`form[action$="/transfer"] input[name=email]`, "grace@localhost")
	c.load(submit(`form[action$="/transfer"]`))
}

func inviteLimited(c *chromium) {
	c.enter(`form[action="/settings/members"] input[name=email]`, "limited@another-company.test")
	c.enter(`form[action="/settings/members"] input[name=tags]`, "europe, customer-a")
	c.load(submit(`form[action="/settings/members"]`))
}

// lastPages change how the person logs in, and so come last.
func lastPages() []shownPage {
	return []shownPage{
		{"recovery-codes", "/settings/signing-in", func(c *chromium) { offerApp(c); addApp(c) }},
		{"signing-in-app", "/settings/signing-in", nil},
		{"signing-in-wrong", "/settings/signing-in", func(c *chromium) {
			c.enter(`form[action$="/codes"] input[name=current_password]`, "correct horse battery")
			c.enter(`form[action$="/codes"] input[name=code]`, "123456")
			c.load(submit(`form[action$="/codes"]`))
		}},
	}
}
