//go:build e2e

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestE2EKeys presses every key that the help names, and walks the page of a
// domain by keyboard: the focus stays where it was when htmx replaces the panel,
// back and forward lead through the ranges, the switch of light and dark leads
// back to the range in force, and nothing moves.
func TestE2EKeys(t *testing.T) {
	t.Parallel()
	n, b := fullAccount(t)
	c := startChromium(t, n.address())
	c.enterAs(b)
	c.open("/domains/example.test?days=30")
	if named := evaluate[[]string](c, `[...document.querySelectorAll("#help .keys kbd")].map((k) => k.textContent)`); !slices.Equal(named, []string{"/", "D", "W", "M", "Q", "Y", "←", "→", "?"}) {
		t.Errorf("the help names %q: press them here, too", named)
	}
	for _, k := range []struct{ key, what, done string }{
		{"d", "today", `location.search === "?days=1"`}, {"w", "a week", `location.search === "?days=7"`}, {"m", "a month", `location.search === "?days=30"`},
		{"q", "a quarter", `location.search === "?days=90"`}, {"y", "a year", `location.search === "?days=365"`}, {"w", "a week again", `location.search === "?days=7"`},
		{kb.ArrowLeft, "the week before", `location.search.startsWith("?from=")`}, {kb.ArrowRight, "the week after", `document.querySelector("#range-next") === null`},
		{"?", "the help", `document.querySelector("#help:popover-open")`}, {kb.Escape, "no help", `!document.querySelector("#help:popover-open")`},
		{"/", "the search", `document.activeElement.id === "bar-q"`},
	} {
		c.do(chromedp.KeyEvent(k.key))
		c.until(k.what, k.done+` && !document.querySelector(".htmx-request")`)
	}
	c.checkFocus()
	c.checkHistory()
	c.setTheme("dark")
	if !strings.HasSuffix(c.where(), "?days=90") {
		t.Errorf("the switch of light and dark leads to %s", c.where())
	}
	c.checkSkip()
	for _, path := range []string{"/", "/overview", "/domains", "/domains/example.test?days=90", "/failures", "/reports", "/domains/example.test/setup"} {
		c.open(path)
		c.checkStill()
	}
	c.clean()
}

// checkFocus chooses a range by Enter.
func (c *chromium) checkFocus() {
	c.t.Helper()
	c.open("/domains/example.test?days=30")
	c.eval(`document.querySelector("#range-w").focus()`)
	c.do(chromedp.KeyEvent(kb.Enter))
	c.until("the week is shown, and the focus is where it was", `document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 7 && document.activeElement.id === "range-w"`)
	c.eval(`document.querySelector("#range-q").focus()`)
	c.do(chromedp.KeyEvent(kb.Enter))
	c.until("the quarter is shown, and the focus is where it was", `document.querySelectorAll("[data-testid=trend-table] [data-day]").length === 90 && document.activeElement.id === "range-q"`)
}

// checkHistory goes back and forward over what checkFocus has chosen.
func (c *chromium) checkHistory() {
	c.t.Helper()
	for _, step := range []struct{ act, days string }{{"back", "7"}, {"back", "30"}, {"forward", "7"}, {"forward", "90"}} {
		c.eval(`void history.` + step.act + `()`)
		c.until(step.act+" to "+step.days+" days", `location.search === "?days=`+step.days+`" && document.querySelectorAll("[data-testid=trend-table] [data-day]").length === `+step.days)
	}
}

// checkSkip follows the skip link, which is the first thing that Tab reaches.
func (c *chromium) checkSkip() {
	c.t.Helper()
	c.open("/overview")
	c.do(chromedp.KeyEvent(kb.Tab))
	c.until("the skip link has the focus", `document.activeElement.classList.contains("skip")`)
	c.do(chromedp.KeyEvent(kb.Enter))
	c.until("the content has the focus", `location.hash === "#main"`)
}

// checkStill fails the test if anything has moved since the page was opened.
func (c *chromium) checkStill() {
	c.t.Helper()
	moved := evaluate[float64](c, `new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({type: "layout-shift", buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0)));
	})`)
	if moved >= 0.01 {
		c.t.Errorf("%s moves by %.3f", c.where(), moved)
	}
}
