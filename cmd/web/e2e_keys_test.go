//go:build e2e

package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keyPress is a key and what is true after it.
type keyPress struct{ key, what, done string }

// periodKeys choose the days of a page.
func periodKeys() []keyPress {
	var presses []keyPress
	for _, k := range [][2]string{{"d", "1"}, {"w", "7"}, {"m", "30"}, {"q", "90"}, {"y", "365"}} {
		presses = append(presses, keyPress{k[0], k[0] + " chooses " + k[1] + " days", `new URLSearchParams(location.search).get("days") === "` + k[1] + `"`})
	}
	return presses
}

// TestE2EKeys presses every key of the help on every page that has it.
func TestE2EKeys(t *testing.T) {
	t.Parallel()
	n, b := fullAccount(t)
	c := startChromium(t, n.address())
	c.enterAs(b)
	c.open("/overview")
	named := evaluate[[]string](c, `[...new Set([...document.querySelectorAll("#help .keys kbd")].map((k) => k.textContent))]`)
	if want := []string{"/", "?", "Esc", "D", "W", "M", "Q", "Y", "←", "→", "PgUp", "PgDn", "Home", "End", "Enter"}; !slices.Equal(named, want) {
		t.Errorf("the help names %q, this test presses %q", named, want)
	}
	everywhere := []keyPress{
		{"?", "the help opens", `document.querySelector("#help:popover-open")`}, {kb.Escape, "the help closes", `!document.querySelector("#help:popover-open")`},
		{"/", "the search has the focus", `document.activeElement.id === "bar-q"`},
	}
	neighbours := func(before, after string) []keyPress {
		return []keyPress{{kb.ArrowLeft, "the days before", before}, {kb.ArrowRight, "the days after", after}}
	}
	day := "/domains/example.test/days/" + yesterday()
	for _, on := range []struct {
		path    string
		presses []keyPress
	}{
		{"/overview", append(periodKeys(), everywhere...)},
		{"/failures", append(periodKeys(), everywhere...)},
		{"/domains/example.test/failures", periodKeys()},
		{"/domains/example.test", append(periodKeys(), neighbours(`location.search.startsWith("?from=")`, `!document.querySelector("#range-next")`)...)},
		{day, neighbours(`location.pathname < "`+day+`"`, `location.pathname === "`+day+`"`)},
		{day, periodKeys()[1:2]},
		{"/domains/example.test/setup", everywhere},
	} {
		c.open(on.path)
		for _, k := range on.presses {
			c.press(k)
		}
	}
	c.checkChartKeys()
	c.clean()
}

func (c *chromium) press(k keyPress) {
	c.t.Helper()
	c.until("the page is at rest", `document.readyState === "complete" && !document.querySelector(".htmx-request")`)
	c.do(chromedp.KeyEvent(k.key))
	c.until(k.what, k.done)
}

// checkChartKeys: in a chart the arrows lead from value to value and leave the
// range alone, and Enter opens the day.
func (c *chromium) checkChartKeys() {
	c.t.Helper()
	c.open("/domains/example.test?days=30")
	c.tabTo("[data-plot=trend]")
	shows := func(day string) string {
		return `document.querySelector(".chart-tip .tip-head")?.textContent === [...document.querySelectorAll("[data-testid=trend-table] tbody tr")].at(` + day + `).querySelector("a").textContent.trim()`
	}
	for _, k := range []keyPress{
		{kb.End, "the last day is shown", shows("-1")}, {kb.ArrowLeft, "the day before is shown", shows("-2")},
		{kb.PageUp, "a week before is shown", shows("-9")}, {kb.PageDown, "the week after is shown", shows("-2")},
		{kb.Home, "the first day is shown", shows("0")}, {kb.ArrowRight, "the second day is shown", shows("1")},
		{kb.Escape, "the value goes", `document.querySelector(".chart-tip").hidden`},
	} {
		c.press(k)
		if !strings.HasSuffix(c.where(), "?days=30") {
			c.t.Fatalf("%s: the chart's key leads to %s", k.what, c.where())
		}
	}
	c.press(keyPress{kb.End, "the last day is shown", shows("-1")})
	c.press(keyPress{kb.ArrowLeft, "yesterday is shown", shows("-2")})
	c.press(keyPress{kb.Enter, "the day opens", `location.pathname === "/domains/example.test/days/` + yesterday() + `"`})
}

// tabTo presses Tab until what is asked for has the focus, and fails the test
// when it is not reached or when a step on the way shows no focus.
func (c *chromium) tabTo(selector string) {
	c.t.Helper()
	for range 150 {
		c.do(chromedp.KeyEvent(kb.Tab))
		if c.holds(fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) {
			return
		}
		if c.holds(`document.activeElement !== document.body && !document.activeElement.checkVisibility({visibilityProperty: true})`) {
			c.t.Fatalf("%s has the focus and cannot be seen", c.text(`document.activeElement.outerHTML.slice(0, 100)`))
		}
	}
	c.t.Fatalf("Tab does not lead to %s at %s", selector, c.where())
}

// TestE2EFocusAndHistory: what htmx replaces leaves the focus where it was; back
// and forward restore the days, the filters, the order and the place; and
// nothing moves.
func TestE2EFocusAndHistory(t *testing.T) {
	t.Parallel()
	n, b := fullAccount(t)
	c := startChromium(t, n.address())
	c.enterAs(b)
	c.open("/domains/example.test?days=30")
	c.eval(`window.opened = true`)
	c.checkFocus()
	c.checkHistory()
	if !c.holds(`window.opened`) {
		t.Error("the page was loaded anew")
	}
	c.checkLiveFocus()
	c.checkSkip()
	for _, width := range []int{1280, 360} {
		c.resize(width)
		for _, path := range []string{"/overview", "/domains", "/domains/example.test?days=90", "/failures", "/reports", "/domains/example.test/setup", "/domains/example.test/days/" + yesterday()} {
			c.open(path)
			c.watchShifts()
			c.checkShifts(fmt.Sprintf("%s, %d wide,", path, width))
		}
	}
	c.clean()
}

// checkFocus chooses days, an order, a filter and its end by Enter. The focus
// and the chart stay where they are.
func (c *chromium) checkFocus() {
	c.t.Helper()
	const chart = `document.querySelector("[data-testid=trend]").getBoundingClientRect().top + scrollY`
	top := evaluate[float64](c, chart)
	for _, step := range []struct{ on, what, done, focus string }{
		{"#range-w", "a week", `search.get("days") === "7" && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 7`, "#range-w"},
		{"#range-m", "a month", `search.get("days") === "30" && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 30`, "#range-m"},
		{"#by-week-bar", "weeks", `search.get("by") === "week"`, "#by-week-bar"},
		{"#reporter-failed", "the order", `search.get("sort") === "reporter-failed" && document.querySelector("#by-reporter [aria-sort]")`, "#reporter-failed"},
		{"#by-reporter tbody a", "a filter", `search.get("reporter") && document.querySelector("[data-filter=reporter]")`, "#by-reporter *"},
		{"[data-filter=reporter]", "the filter's end", `!search.get("reporter") && !document.querySelector("[data-filter]")`, "#domain-panel, #domain-panel *"},
	} {
		c.eval(fmt.Sprintf(`document.querySelector(%q).focus()`, step.on))
		c.do(chromedp.KeyEvent(kb.Enter))
		c.until(step.what, `((search) => `+step.done+`)(new URLSearchParams(location.search)) && !document.querySelector(".htmx-request")`)
		if !c.holds(fmt.Sprintf(`document.activeElement.matches(%q)`, step.focus)) {
			c.t.Errorf("after %s the focus is on %s", step.what, c.text(`document.activeElement.outerHTML.slice(0, 120)`))
		}
		if got := evaluate[float64](c, chart); got < top-1 || got > top+1 {
			c.t.Errorf("%s moves the chart from %.0f to %.0f", step.what, top, got)
		}
	}
}

// checkHistory goes back and forward over some of what checkFocus has chosen.
func (c *chromium) checkHistory() {
	c.t.Helper()
	c.open("/domains/example.test?days=90")
	c.eval(`window.opened = true`)
	c.eval(`document.querySelector("#by-reporter").scrollIntoView()`)
	c.eval(`document.querySelector("#by-reporter tbody a").focus({preventScroll: true})`)
	c.eval(`window.place = scrollY`)
	if !c.holds(`window.place > 200`) {
		c.t.Error("the page is too short to tell whether its place is restored")
	}
	c.do(chromedp.KeyEvent(kb.Enter))
	c.until("the filter", `location.search.includes("reporter=") && document.querySelector("[data-filter=reporter]") && !document.querySelector(".htmx-request")`)
	c.eval(`scrollTo(0, 0)`)
	c.press(keyPress{"w", "the week", `location.search.includes("days=7") && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 7`})
	days := func(n int) string {
		return fmt.Sprintf(`document.querySelectorAll("[data-testid=trend-table] [data-day]").length === %d && new URLSearchParams(location.search).get("days") === "%d"`, n, n)
	}
	filtered, all := `document.querySelector("[data-filter=reporter]") && location.search.includes("reporter=")`, `!document.querySelector("[data-filter]") && !location.search.includes("reporter=")`
	for _, step := range []struct{ act, done string }{
		{"back", days(90) + " && " + filtered}, {"back", days(90) + " && " + all + " && Math.abs(scrollY - window.place) < 60"},
		{"forward", days(90) + " && " + filtered}, {"forward", days(7) + " && " + filtered},
	} {
		c.eval(`void history.` + step.act + `()`)
		c.until(step.act+" until "+step.done, step.done+` && !document.querySelector(".htmx-request")`)
	}
}

// checkLiveFocus: the panel that polls leaves the focus on its button.
func (c *chromium) checkLiveFocus() {
	c.t.Helper()
	c.open("/domains/new.test/setup")
	polls := `performance.getEntriesByType("resource").filter((e) => e.initiatorType === "fetch").length`
	c.eval(`document.querySelector('form[action$="/check"] button').focus()`)
	before := evaluate[int](c, polls)
	c.until("the panel was replaced twice", fmt.Sprintf("%s >= %d", polls, before+2))
	if !c.holds(`document.activeElement.matches('form[action$="/check"] button')`) {
		c.t.Errorf("after a poll the focus is on %s", c.text(`document.activeElement.outerHTML.slice(0, 120)`))
	}
}

// checkSkip follows the skip link, which is the first thing that Tab reaches.
func (c *chromium) checkSkip() {
	c.t.Helper()
	c.open("/overview")
	c.press(keyPress{kb.Tab, "the skip link has the focus", `document.activeElement.classList.contains("skip") && document.activeElement.getBoundingClientRect().top >= 0`})
	c.press(keyPress{kb.Enter, "the content has the focus", `location.hash === "#main" && document.activeElement.id === "main"`})
	c.do(chromedp.KeyEvent(kb.Tab))
	if !c.holds(`document.querySelector("main").contains(document.activeElement)`) {
		c.t.Error("after the skip link Tab does not lead into the content")
	}
}

// watchShifts begins to sum what moves on the page without having been asked to,
// with what has moved since it was opened. The foot of the page follows its
// length, whatever that is.
func (c *chromium) watchShifts() {
	c.t.Helper()
	c.eval(`window.shifted ??= (() => {
		const seen = {sum: 0, nodes: []};
		new PerformanceObserver((list) => {
			for (const e of list.getEntries()) if (!e.hadRecentInput && !e.sources.every((s) => s.node?.parentElement?.closest(".foot") || s.node?.classList?.contains("foot"))) { seen.sum += e.value; seen.nodes.push(e.value.toFixed(4) + " " + e.sources.map((s) => (s.node?.outerHTML?.slice(0, 60) ?? s.node?.data) + " from " + [s.previousRect.x, s.previousRect.y] + " to " + [s.currentRect.x, s.currentRect.y]).join(", ")); }
		}).observe({type: "layout-shift", buffered: true});
		return seen;
	})()`)
}

func (c *chromium) checkShifts(what string) {
	c.t.Helper()
	c.settled()
	if moved := evaluate[float64](c, `window.shifted.sum`); moved >= 0.01 {
		c.t.Errorf("%s move by %.3f: %s", what, moved, c.text(`window.shifted.nodes.join("; ").slice(0, 900)`))
	}
}

// TestE2EKeyboardAlone goes from signing up to a single report without a pointer.
func TestE2EKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	c := startChromium(t, n.address())
	c.open("/")
	c.enterBy(`main a[href="/signup"]`, `location.pathname === "/signup"`)
	c.tabTo("#email")
	c.write("ada@example.test")
	c.tabTo("#password")
	c.write("correct horse battery")
	c.press(keyPress{kb.Enter, "the account is there", `location.pathname === "/overview"`})
	c.enterBy(`main a[href="/domains/new"]`, `location.pathname === "/domains/new" && document.activeElement.id === "name"`)
	c.write("example.test")
	c.press(keyPress{kb.Enter, "the record to publish is shown", `location.pathname.endsWith("/setup")`})
	c.enterBy(".value:has([data-testid=cname-value]) [data-copy]", `document.activeElement.textContent.trim() === "copied"`)
	c.enterBy("#check-now", `document.querySelector("[data-testid=servers] [data-server]")`)
	c.enterBy(`.tabs a[href$="/settings"]`, `location.pathname.endsWith("/settings")`)
	address := strings.TrimSpace(c.text(`document.querySelector("[data-testid=post-url]").textContent`))
	b := &browser{t: t, client: http.DefaultClient, addr: n.web.socket.Addr().String()}
	b.deliver(address, mustEncode(t, report("example.test", "by-post", yesterday(), 1200, 34)))
	eventually(t, "the report is counted", func() bool {
		c.enterBy(`.menu-links a[href="/overview"]`, `location.pathname === "/overview"`)
		return c.holds(`document.querySelector("[data-testid=figures]")`)
	})
	c.enterBy("[data-testid=domain-row] a", `location.pathname.startsWith("/domains/example.test")`)
	c.enterBy(`.tabs a[href="/domains/example.test"]`, `document.querySelector("[data-testid=trend]")`)
	c.enterBy("#by-reporter tbody a", `document.querySelector("[data-filter=reporter]") && !document.querySelector(".htmx-request")`)
	c.tabTo("[data-plot=grid]")
	c.press(keyPress{kb.ArrowLeft, "the grid tells of a day", `document.querySelector("[data-plot=grid] .chart-tip")?.hidden === false`})
	c.enterBy("[data-filter=reporter]", `!document.querySelector("[data-filter]") && !document.querySelector(".htmx-request")`)
	c.tabTo("[data-plot=trend]")
	c.press(keyPress{kb.ArrowLeft, "the chart tells of a day", `document.querySelector("[data-plot=trend] .chart-tip")?.textContent.replaceAll("\u202f", "").includes("1200")`})
	c.press(keyPress{kb.Enter, "the day opens", `location.pathname.endsWith("/days/` + yesterday() + `")`})
	c.enterBy(`main a[href^="/reports/"]`, `location.pathname.startsWith("/reports/")`)
	c.clean()
}

// enterBy goes to something by Tab and presses Enter.
func (c *chromium) enterBy(selector, done string) {
	c.t.Helper()
	c.tabTo(selector)
	c.press(keyPress{kb.Enter, selector + " does what it says", done})
}

func (c *chromium) write(text string) { c.t.Helper(); c.do(chromedp.KeyEvent(text)) }
