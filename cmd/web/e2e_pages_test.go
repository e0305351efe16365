//go:build e2e

package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// shownPage is a page to look at, after something was done there. Its name is
// that of its picture.
type shownPage struct {
	name, path string
	then       func(*chromium)
}

// lookAtAll shows every page to look: those for anybody first, then those of
// the account of b. It fails the test when a page links to one that it does not
// know.
func lookAtAll(c *chromium, b *browser, look func(shownPage)) {
	c.t.Helper()
	strangers := append(doors(b), []shownPage{
		{"landing", "/", nil}, {"reset", "/reset", nil}, {"signup", "/signup", nil}, {"login", "/login", nil}, {"nothing", "/nothing/here", nil},
		{"check", "/tools/check", nil}, {"check-result", "/tools/check?domain=example.test", awaitCheck}, {"check-none", "/tools/check?domain=nobody.test", awaitCheck},
		{"generate", "/tools/generate", nil}, {"generate-record", "/tools/generate?domain=example.com&to=tls%40example.com%0Ahttps%3A%2F%2Freports.example.com%2Ftls%0Anonsense", nil},
		{"analyze", "/tools/analyze", nil}, {"analyze-report", "/tools/analyze", dropReport}, {"check-wrong", "/tools/check?domain=co.uk", refused},
		{"login-wrong", "/login", tryToLogIn}, {"signup-wrong", "/signup", tryToSignUp},
		{"alive", "/healthz", nil}, {"ready", "/readyz", nil}, {"report-address", "/v1/tlsrpt/" + strings.Repeat("0", 26), nil}, {"api-address", "/api/v1/domains", nil}, {"dev-mail", "/dev/mail", nil}, {"gallery", "/dev/gallery", nil},
	}...)
	members := []shownPage{
		{"overview", "/overview", nil}, {"domains", "/domains", nil},
		{"domain-new", "/domains/new", nil}, {"domains-bulk", "/domains/bulk", nil}, {"domains-bulk-done", "/domains/bulk", addMany}, {"domains-pending", "/domains/pending", nil}, {"domain-wrong", "/domains/new", tryToAdd},
		{"failures", "/failures", nil}, {"reports", "/reports", nil}, {"quarantine", "/quarantine", nil},
		{"deliveries", "/deliveries", nil}, {"reporters", "/reporters", nil}, {"account", "/settings/account", nil}, {"signing-in", "/settings/signing-in", nil}, {"app-setup", "/settings/signing-in", offerApp}, {"members", "/settings/members", nil}, {"closing", "/settings/closing", nil}, {"audit", "/settings/audit", nil}, {"accounts", "/accounts", nil}, {"mailbox", "/settings/mailbox", nil}, {"tokens", "/settings/tokens", makeToken}, {"not-found", "/domains/nobody.test", nil},
	}
	outside, inside := secretDoors(b)
	strangers, members = append(strangers, outside...), append(members, inside...)
	if testID(b.get("/domains"), "domain-row").Length() > 0 {
		members = append(members, append(taggedPages(b), domainPages(b)...)...)
	}
	members = append(members, lastPages()...)
	checkAllShown(b, append(slices.Clone(strangers), members...))
	for _, p := range strangers {
		look(p)
	}
	c.enterAs(b)
	for _, p := range members {
		look(p)
	}
}

// domainPages are those that only an account with domains has.
func domainPages(b *browser) []shownPage {
	report := func(id string) string {
		row := testID(b.get("/domains/example.test/reports"), "report-row").Filter(`[data-report-id="` + id + `"]`)
		return row.Find("a").AttrOr("href", "")
	}
	delivery := func(state string) string {
		row := testID(b.get("/deliveries?state="+state), "delivery-row").First()
		return row.Find(`a[href^="/deliveries/"]`).AttrOr("href", "")
	}
	return []shownPage{
		{"delivery", delivery("counted"), nil}, {"delivery-unverified", delivery("unverified"), nil}, {"delivery-quarantined", delivery("quarantined"), nil},
		{"overview-year", "/overview?days=365", nil}, {"domains-none", "/domains?q=nothing", nil}, {"deliveries-none", "/deliveries?state=self-test", nil},
		{"domain", "/domains/example.test", nil}, {"domain-year", "/domains/example.test?days=365", nil},
		{"domain-one-day", "/domains/example.test?from=" + yesterday() + "&to=" + yesterday(), nil},
		{"domain-no-data", "/domains/example.test?from=2026-01-01&to=2026-01-31", nil}, {"domain-wrong-range", "/domains/example.test?from=2026-02-31&to=x", nil},
		{"domain-filtered", "/domains/example.test?days=30&result=certificate-expired&reporter=google.com", nil}, {"domain-weeks", "/domains/example.test?days=90&by=week", nil},
		{"domain-day", "/domains/example.test/days/" + yesterday(), nil}, {"domain-day-none", "/domains/example.test/days/2026-01-31", nil}, {"domain-day-never", "/domains/example.test/days/2999-01-01", nil},
		{"domain-shares", "/domains/example.test/shares", nil}, {"domain-shares-made", "/domains/example.test/shares", makeLink}, {"good-shares", "/domains/xn--bcher-kva.test/shares", nil},
		{"domain-failures", "/domains/example.test/failures", nil}, {"domain-reports", "/domains/example.test/reports", nil},
		{"domain-setup", "/domains/example.test/setup", nil}, {"domain-forwards", "/domains/example.test/forwards", nil}, {"forwards-wrong", "/domains/example.test/forwards", tryToForward}, {"taken-forwards", "/domains/taken.test/forwards", nil}, {"domain-history", "/domains/example.test/setup/history", nil}, {"domain-settings", "/domains/example.test/settings", nil},
		{"delete-wrong", "/domains/example.test/settings", tryToDelete},
		{"report", report(yesterday() + "T00:00:00Z_example.test_google.com"), nil}, {"report-unverified", report("not-signed"), nil}, {"good", "/domains/xn--bcher-kva.test", nil}, {"self-tested", "/domains/xn--bcher-kva.test/setup", nil}, {"good-failures", "/domains/xn--bcher-kva.test/failures", nil},
		{"long", "/domains/" + longName, nil}, {"long-setup", "/domains/" + longName + "/setup", nil}, {"long-settings", "/domains/" + longName + "/settings", nil},
		{"taken-setup", "/domains/taken.test/setup", nil}, {"new", "/domains/new.test", nil}, {"new-reports", "/domains/new.test/reports", nil},
		{"new-setup", "/domains/new.test/setup", nil}, {"new-failures", "/domains/new.test/failures", nil}, {"new-history", "/domains/new.test/setup/history", nil},
	}
}

// doors are the pages for strangers that an account with domains has opened:
// the domain behind a read-only link, and the question to a target of forwards.
func doors(b *browser) []shownPage {
	if testID(b.get("/domains"), "domain-row").Length() == 0 {
		return nil
	}
	made := b.submit("/domains/example.test/shares", url.Values{"name": {"Auditors"}, "days": {"30"}})
	link, err := url.Parse(strings.TrimSpace(testID(made, "share-url").Text()))
	if err != nil {
		b.t.Fatal(err)
	}
	asked := ""
	eventually(b.t, "the target is asked", func() bool {
		asked = confirmLink.FindString(testID(b.get("/dev/mail"), "mail").Text())
		return asked != ""
	})
	return []shownPage{{"shared", link.Path, nil}, {"shared-year", link.Path + "?days=365", nil}, {"forward-confirm", asked, nil}, {"forward-gone", "/forwards/" + strings.Repeat("a", 26), nil}}
}

var confirmLink = regexp.MustCompile(`/forwards/[0-9a-z]{26}`)

// offerApp shows the picture for an authenticator app.
func offerApp(c *chromium) {
	c.enter("#app-current", "correct horse battery")
	c.load(submit(`form[action="/settings/signing-in/app/offer"]`))
}

func makeLink(c *chromium) {
	c.enter("#share-name", "The auditors of a subsidiary with a remarkably long name")
	c.load(submit(`form[action$="/shares"]`))
}

func tryToForward(c *chromium) {
	c.enter("#target", "http://collector.another-company.test/reports")
	c.load(submit(`form[action$="/forwards"]:has(#target)`))
}

func tryToLogIn(c *chromium) {
	c.enter("#email", "nobody@example.test")
	c.enter("#password", "this is not it")
	c.load(submit(`form[action="/login"]`))
}

func tryToSignUp(c *chromium) {
	c.enter("#email", "ada@localhost")
	c.enter("#password", "12345678901234567890"[:c.least("#password")])
	c.load(submit(`form[action="/signup"]`))
}

func tryToAdd(c *chromium) {
	c.enter("#name", "co.uk")
	c.load(submit(`form[action="/domains/new"]`))
}

func tryToDelete(c *chromium) {
	c.enter("#confirm", "another.test")
	c.load(submit(`form[action$="/delete"]`))
}

// awaitCheck waits until the public checker has its answer.
func awaitCheck(c *chromium) {
	c.until("the check is done", `document.querySelector("[data-testid=check-result]:not([hx-get])")`)
}

func refused(*chromium) {}

func dropReport(c *chromium) {
	path := filepath.Join(c.t.TempDir(), "report.json")
	if err := os.WriteFile(path, mustEncode(c.t, report("example.test", "dropped", yesterday(), 1200, 34)), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{path}))
	c.load(submit(`form[action="/tools/analyze"]`))
}

func addMany(c *chromium) {
	c.enter("#names", "one-of-many.test\nco.uk\nuser@example.com")
	c.load(submit(`form[action^="/domains/bulk"]`))
}

func submit(form string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(form+" button[type=submit]"), chromedp.NodeVisible)
}

// least is how many characters a field wants.
func (c *chromium) least(selector string) int {
	return evaluate[int](c, `document.querySelector("`+selector+`").minLength`)
}

// see goes to a page, does there what it is named for, and gives the status.
// Only a page that is itself an error may give the browser reason to complain.
func (c *chromium) see(p shownPage) {
	c.t.Helper()
	code := c.load(navigate(c, p.path))
	if p.then == nil && code < 400 {
		c.clean()
		return
	}
	if p.then != nil {
		p.then(c)
	}
	c.taken()
}

// makeToken shows the form's answer, with one token in the list.
func makeToken(c *chromium) {
	c.enter("#token-name", "Backup")
	c.load(submit(`form[action="/settings/tokens"]`))
}
