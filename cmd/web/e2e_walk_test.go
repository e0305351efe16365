//go:build e2e

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

// yesterday is a day that every range of the pages holds.

// TestE2EWalk walks the main job in a browser, and the browser has nothing to
// complain about.
func TestE2EWalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	c := startChromium(t, n.address())
	c.signUp("ada@example.test")
	target := c.addDomain("example.test")
	checkCopy(c, target)
	checkTurnsActive(c, w, target)

	day := yesterday()
	c.upload("example.test", map[string][]byte{"r.json": mustEncode(t, report("example.test", "by-upload", day, 12300, 45))})
	if !c.holds(`document.activeElement.id === "uploads"`) {
		t.Error("the results do not have the focus")
	}
	if got := c.text(`document.querySelector("[data-testid=upload-result]").dataset.verdict`); got != "pass" {
		t.Errorf("the upload is judged %q", got)
	}
	c.follow(`.tabs a[href="/domains/example.test"]`)
	checkTable(c, day, "12300", "45")
	checkTip(c, day)
	checkRanges(c)
	checkTheme(c)
	c.logOut()
	checkLoggedOut(c)
	c.clean()
	c.provoke()
	c.eval(`document.body.setAttribute("style", "color: red")`)
	eventually(t, "what the policy forbids is noticed", func() bool { return len(c.taken()) > 0 })
}

// TestE2EWalkWithoutScript is the same walk for people who have switched
// JavaScript off: forms and links are enough.
func TestE2EWalkWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	c := startChromium(t, n.address())
	c.withoutScripts()
	c.signUp("ada@example.test")
	target := c.addDomain("example.test")
	if c.holds(`[...document.querySelectorAll("[data-copy]")].some((e) => e.checkVisibility({visibilityProperty: true}))`) {
		t.Error("copy buttons show that cannot work")
	}
	w.publish(t, "example.test", target)
	c.follow(`form[action="/domains/example.test/check"] button`)
	c.until("the page refreshes itself until the domain is active", `document.querySelector("[data-testid=domain-state]").dataset.state === "active"`)

	day := yesterday()
	c.open("/domains/example.test/setup")
	c.upload("example.test", map[string][]byte{"r.json": mustEncode(t, report("example.test", "by-upload", day, 12300, 45))})
	c.follow(`.tabs a[href="/domains/example.test"]`)
	c.click(".trend-data summary")
	checkTable(c, day, "12300", "45")
	c.follow(`a[href="/domains/example.test?days=7"]`)
	checkRange(c, 7)
	checkTheme(c)
	c.logOut()
	checkLoggedOut(c)
	c.clean()
}

// publish puts the CNAME into the customer's zone; the resolver follows it.
func (w *world) publish(t *testing.T, domain, target string) {
	t.Helper()
	record := "_smtp._tls." + domain + ". 3600 CNAME " + target
	token, _, _ := strings.Cut(strings.TrimPrefix(target, domain+"._smtp._tls."), ".")
	text := target + " 3600 TXT \"v=TLSRPTv1; rua=mailto:" + token + "@rpt.tls.sealpost.test\""
	w.customer.Add(t, record)
	w.resolver.Add(t, record, text)
	w.resolver.Set("_smtp._tls."+domain, dns.TypeTXT, testkit.Answer{RR: []string{record, text}, RA: true, NoAA: true})
}

func checkCopy(c *chromium, target string) {
	c.t.Helper()
	c.allowClipboard()
	c.eval(`window.copyButton = document.querySelector(".value:has([data-testid=cname-value]) [data-copy]")`)
	c.click(".value:has([data-testid=cname-value]) [data-copy]")
	c.until("the button says that it has copied", `window.copyButton.textContent.trim() === "copied"`)
	if got := c.text(`navigator.clipboard.readText()`); got != target {
		c.t.Errorf("copied %q, want %q", got, target)
	}
}

// checkTurnsActive: the open page learns of the record without being loaded
// again.
func checkTurnsActive(c *chromium, w *world, target string) {
	c.t.Helper()
	c.until("the first check is shown", `document.querySelector("[data-testid=servers] [data-server]")`)
	if got := c.text(`document.querySelector("[data-testid=domain-state]").dataset.state`); got != "pending" {
		c.t.Errorf("before the CNAME is published the domain is %s", got)
	}
	c.eval(`window.opened = true`)
	w.publish(c.t, "example.test", target)
	published := time.Now()
	c.until("the domain turns active", `document.querySelector("[data-testid=domain-state]").dataset.state === "active"`)
	c.t.Logf("active on the open page %s after publishing", time.Since(published).Round(time.Millisecond))
	if !c.holds(`window.opened`) {
		c.t.Error("the page was loaded again")
	}
}

func checkTable(c *chromium, day, successful, failed string) {
	c.t.Helper()
	row := c.text(fmt.Sprintf(`(({successful, failed}) => successful + " " + failed)(document.querySelector('[data-testid=trend-table] [data-day="%s"]').dataset)`, day))
	if row != successful+" "+failed {
		c.t.Errorf("the table says %q for %s, want %s and %s", row, day, successful, failed)
	}
}

// checkTip: the chart says the values of the day under the pointer, and of the
// day that the arrow keys lead to.
func checkTip(c *chromium, day string) {
	c.t.Helper()
	shows := func(text string) string {
		return `document.querySelector(".chart-tip")?.hidden === false && document.querySelector(".chart-tip").textContent.replaceAll("\u202f", "").includes("` + text + `")`
	}
	c.do(chromedp.ScrollIntoView(chromedp.CSS("[data-testid=trend]")))
	at := evaluate[[2]float64](c, fmt.Sprintf(`(() => {
		const rows = [...document.querySelectorAll("[data-testid=trend-table] tbody tr")];
		const box = document.querySelector("[data-testid=trend]").getBoundingClientRect();
		const i = rows.findIndex((r) => r.dataset.day === "%s");
		return [box.left + box.width * (i + 0.5) / rows.length, box.top + box.height / 2];
	})()`, day))
	c.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
	c.until("the tip shows the day's sessions", shows("12300"))
	c.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 1, 1))
	c.until("the tip goes with the pointer", `document.querySelector(".chart-tip").hidden`)
	c.do(chromedp.Focus(chromedp.CSS("[data-plot=trend]")), chromedp.KeyEvent(kb.ArrowLeft))
	c.until("the arrow keys show the day's sessions", shows("12300"))
}

func checkRanges(c *chromium) {
	c.t.Helper()
	c.eval(`window.opened = true`)
	c.click(`a[href="/domains/example.test?days=7"]`)
	c.until("the panel is replaced", `location.search === "?days=7" && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 7`)
	checkRange(c, 7)
	if _, err := chromedp.Run(c.ctx, chromedp.KeyEvent("q")); err != nil {
		c.t.Fatal(err)
	}
	c.until("a key replaces it, too", `location.search === "?days=90" && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 90`)
	checkRange(c, 90)
	if !c.holds(`window.opened`) {
		c.t.Error("the page was loaded anew")
	}
}

func checkRange(c *chromium, days int) {
	c.t.Helper()
	u, err := url.Parse(c.where())
	if err != nil || u.Query().Get("days") != fmt.Sprint(days) {
		c.t.Errorf("the address is %s, want days=%d", c.where(), days)
	}
	if rows := evaluate[int](c, `document.querySelectorAll("[data-testid=trend-table] [data-day]").length`); rows != days {
		c.t.Errorf("the table has %d days, want %d", rows, days)
	}
}

func checkTheme(c *chromium) {
	c.t.Helper()
	for _, theme := range []struct{ name, page string }{{"dark", "rgb(15, 20, 26)"}, {"light", "rgb(246, 247, 249)"}} {
		from := c.where()
		c.setTheme(theme.name)
		if got := c.text(`getComputedStyle(document.documentElement).backgroundColor`); got != theme.page {
			c.t.Errorf("%s: the page is %s, want %s", theme.name, got, theme.page)
		}
		if path, _, _ := strings.Cut(from, "?"); !strings.HasPrefix(c.where(), path) {
			c.t.Errorf("choosing %s leads from %s to %s", theme.name, from, c.where())
		}
	}
}

func checkLoggedOut(c *chromium) {
	c.t.Helper()
	c.open("/overview")
	if !c.holds(`document.querySelector("input[name=password]")`) {
		c.t.Error("after logging out the overview does not ask for a password")
	}
}
