//go:build e2e

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// swap is something that replaces a part of a page. A script clicks it, because
// the browser forgives what moves within half a second after a person does.
type swap struct{ on, done string }

// TestE2ENothingMoves: when htmx replaces days, order, filters, pages and live
// panels, nothing moves that stays; the focus and the place stay, too. It ends
// with a style that moves something, which must be noticed.
func TestE2ENothingMoves(t *testing.T) {
	t.Parallel()
	n, b := fullAccount(t)
	b.addManyThatFail(60)
	c := startChromium(t, n.address())
	c.enterAs(b)
	for _, width := range []int{1280, 360} {
		c.resize(width)
		c.checkRangesStay()
		c.checkListStays()
		c.checkFiltersStay()
		c.checkBackStays()
	}
	c.checkPanelsStay()
	for _, complaint := range c.taken() { // that no person has pressed what a script did
		if !strings.Contains(complaint, "NavigationEntryMarkedSkippable") {
			t.Errorf("the browser complains: %s", complaint)
		}
	}
	c.checkMovesAreNoticed()
}

// addManyThatFail adds names that DNS does not know, more than a page of the
// list, and waits for the verdict of each: one that came while the pages are
// watched would be a new need on the overview, above the others.
func (b *browser) addManyThatFail(count int) {
	b.t.Helper()
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("one-of-many-%d.test", i))
	}
	b.submit("/domains/bulk", url.Values{"names": {strings.Join(names, "\n")}})
	eventually(b.t, "every one of many has failed", func() bool {
		failed := 0
		for _, page := range []string{"1", "2"} {
			rows := testID(b.get("/domains?q=one-of-many&page="+page), "domain-row")
			failed += rows.Find(`[data-verdict="fail"]`).Length()
		}
		return failed == count
	})
}

// showsDays says that a page shows so many days.
func showsDays(n string) string {
	return `new URLSearchParams(location.search).get("days") === "` + n + `"`
}

func (c *chromium) checkRangesStay() {
	c.t.Helper()
	ranges := []swap{{"#range-m", showsDays("30")}, {"#range-y", showsDays("365")}, {"#range-w", showsDays("7")}, {"#range-q", showsDays("90")}}
	for _, path := range []string{"/overview", "/failures", "/domains/example.test/failures", "/domains/example.test"} {
		c.open(path)
		c.watchShifts()
		for _, s := range ranges {
			c.replace(path, s, s.on)
		}
		before := c.above()
		c.swap(swap{"#range-d", showsDays("1")}) // of which there is no report: no chart and no table
		if after := c.above(); !strings.HasPrefix(before, after) {
			c.t.Errorf("%s by #range-d (%d wide) moves\n%s to\n%s", path, c.width(), before, after)
		}
		c.swap(ranges[3])
		c.compareAbove(path+" by #range-q", before)
	}
	for _, s := range []swap{{"#by-week-bar", `location.search.includes("by=week")`}, {"#by-day-bar", `!location.search.includes("by=week")`}, {"#before", `location.search.includes("before=")`}} {
		c.replace("a domain", s, s.on)
	}
}

func (c *chromium) checkListStays() {
	c.t.Helper()
	c.open("/domains")
	c.watchShifts()
	sorted := func(by string) string { return `location.search.includes("sort=` + by + `")` }
	for _, by := range []string{"name", "sessions", "failed", "last"} {
		if c.width() < 720 { // where the form alone says how the list is sorted
			continue
		}
		c.replace("/domains", swap{"#sort-" + by, sorted(by) + ` && document.querySelector("#sort-` + by + `").closest("[aria-sort]") && document.querySelector("select[name=sort]").value === "` + by + `"`}, "#sort-"+by)
	}
	for _, s := range []swap{{"#page-next", `location.search.includes("page=2")`}, {"#page-prev", `!location.search.includes("page=2")`}} {
		c.turnPage(s)
	}
	c.choose(`select[name=state]`, "active", `location.search.includes("state=active") && !document.querySelector('#domain-list [data-state="pending"]')`)
	c.choose(`#domain-filters input[name=q]`, "nothing-like-this", `document.querySelector("#domain-list [data-testid=empty]")`)
	c.choose(`#domain-filters input[name=q]`, "", `document.querySelector("#domain-list [data-testid=domain-row]")`)
}

// checkFiltersStay: a filter is chosen and taken away; what stands above the
// chart and the chart itself stay.
func (c *chromium) checkFiltersStay() {
	c.t.Helper()
	c.open("/domains/example.test?days=30")
	c.watchShifts()
	before := c.above()
	for _, by := range []string{"reporter", "result", "mx", "network", "policy"} {
		if !c.holds(`document.querySelector("#by-` + by + ` tbody a")`) {
			c.t.Fatalf("there is nothing to filter by %s", by)
		}
		c.swap(swap{`#by-` + by + ` tbody a`, `document.querySelector("[data-filter]")`})
		c.compareAbove("a filter by "+by, before)
		for c.holds(`document.querySelector("[data-filter]")`) {
			c.swap(swap{"[data-filter]", `document.querySelectorAll("[data-filter]").length < ` + c.text(`String(document.querySelectorAll("[data-filter]").length)`)})
		}
		c.compareAbove("the end of a filter by "+by, before)
	}
}

// checkBackStays: back and forward move nothing either.
func (c *chromium) checkBackStays() {
	c.t.Helper()
	for _, path := range []string{"/overview?days=30", "/domains/example.test?days=30"} {
		c.open(path)
		c.watchShifts()
		c.swap(swap{"#range-w", showsDays("7")})
		before := c.above()
		for _, step := range []struct{ act, days string }{{"back", "30"}, {"forward", "7"}} {
			c.eval(`void history.` + step.act + `()`)
			c.until(step.act, showsDays(step.days)+` && document.querySelector("#range-w") && !document.querySelector(".htmx-request")`)
			c.compareAbove(step.act+" at "+path, before)
		}
	}
}

// checkPanelsStay: neither the checks that come in on the setup page nor the
// stages of a self-test move anything.
func (c *chromium) checkPanelsStay() {
	c.t.Helper()
	c.resize(1280)
	polls := `performance.getEntriesByType("resource").filter((e) => e.initiatorType === "fetch").length`
	for _, path := range []string{"/domains/new.test/setup", "/domains/example.test/setup"} {
		c.open(path)
		c.watchShifts()
		c.eval(`document.querySelector("#check-now").click()`)
		c.until("the panel was replaced three times", polls+" >= 3")
		c.checkShifts(path)
	}
	c.open("/domains/example.test")
	c.watchShifts()
	c.eval(`document.querySelector("#self-test button").scrollIntoView({block: "center"})`)
	c.eval(`document.querySelector("#self-test button").click()`)
	c.until("the self-test has begun", `document.querySelectorAll("#self-test [data-stage]").length === 8`)
	c.forgetShifts()
	c.until("the self-test is over", `document.querySelector("[data-testid=self-test-verdict]").dataset.verdict !== "pending"`)
	c.checkShifts("the self-test")
}

// checkMovesAreNoticed: what moves is noticed by both measures, or the rest of
// the test would hold nothing.
func (c *chromium) checkMovesAreNoticed() {
	c.t.Helper()
	c.open("/domains/example.test?days=30")
	c.watchShifts()
	c.eval(`void document.styleSheets[0].insertRule("@layer pages { #range-w[aria-current] { padding: 60px !important } }")`)
	before := c.above()
	c.swap(swap{"#range-w", showsDays("7")})
	if c.settled(); evaluate[float64](c, `window.shifted.sum`) < 0.01 {
		c.t.Error("a bar that grows when it is chosen is no shift")
	}
	if after := c.above(); after == before {
		c.t.Errorf("a bar that grows when it is chosen moves nothing: %s", after)
	}
}

// replace does one swap from a place a little down the page, and holds that
// nothing moves, and that the place and the focus stay.
func (c *chromium) replace(where string, s swap, focus string) {
	c.t.Helper()
	c.eval(fmt.Sprintf(`document.querySelector(%q).focus()`, s.on))
	c.eval(`scrollTo(0, 40)`)
	c.settled()
	c.forgetShifts()
	place := evaluate[float64](c, `scrollY`)
	at := fmt.Sprintf(`(({left, top}) => left + " " + (top + scrollY))(document.querySelector(%q).getBoundingClientRect())`, s.on)
	before := c.text(at)
	c.swap(s)
	what := where + " by " + s.on
	c.checkShifts(what)
	if after := c.text(at); after != before {
		c.t.Errorf("%s (%d wide): it moves itself from %s to %s", what, c.width(), before, after)
	}
	if got := evaluate[float64](c, `scrollY`); got != place && c.holds(`document.documentElement.scrollHeight > innerHeight + 40`) {
		c.t.Errorf("%s: the page is scrolled from %.0f to %.0f", what, place, got)
	}
	if !c.holds(fmt.Sprintf(`document.activeElement.matches(%q)`, focus)) {
		c.t.Errorf("%s: the focus is on %s", what, c.text(`document.activeElement.outerHTML.slice(0, 120)`))
	}
}

func (c *chromium) swap(s swap) {
	c.t.Helper()
	c.eval(fmt.Sprintf(`document.querySelector(%q).click()`, s.on))
	c.until(s.on, s.done+` && !document.querySelector(".htmx-request")`)
	c.settled()
}

// turnPage goes to a neighbour of a page of the list, whose top is shown then.
func (c *chromium) turnPage(s swap) {
	c.t.Helper()
	c.eval(fmt.Sprintf(`document.querySelector(%q).focus()`, s.on))
	c.settled()
	c.forgetShifts()
	c.swap(s)
	c.checkShifts("/domains by " + s.on)
	if top := evaluate[float64](c, `document.querySelector("#domain-list").getBoundingClientRect().top`); top < -1 || top > 400 {
		c.t.Errorf("after %s the list begins at %.0f", s.on, top)
	}
}

// choose fills in a field of the form above the list.
func (c *chromium) choose(field, value, done string) {
	c.t.Helper()
	c.forgetShifts()
	c.eval(fmt.Sprintf(`((e) => { e.focus(); e.value = %q; e.dispatchEvent(new Event("change", {bubbles: true})); })(document.querySelector(%q))`, value, field))
	c.until(field+" = "+value, done+` && !document.querySelector(".htmx-request")`)
	c.checkShifts(field + " = " + value)
	if !c.holds(fmt.Sprintf(`document.activeElement.matches(%q)`, field)) {
		c.t.Errorf("after %s = %s the focus is on %s", field, value, c.text(`document.activeElement.outerHTML.slice(0, 120)`))
	}
}

// above is where the things are that no filter and no range moves.
func (c *chromium) above() string {
	c.t.Helper()
	return c.text(`["h1", ".tabs", ".ranges", "#range-w", ".chips", "[data-testid=trend], .headline svg"].map((s) => document.querySelector(s)).filter((e) => e)
		.map((e) => e.tagName + "." + e.className + (({left, top}) => " " + Math.round(left + scrollX) + "," + Math.round(top + scrollY))(e.getBoundingClientRect())).join("; ")`)
}

func (c *chromium) compareAbove(what, before string) {
	c.t.Helper()
	if after := c.above(); after != before {
		c.t.Errorf("%s (%d wide) moves\n%s to\n%s", what, c.width(), before, after)
	}
}

func (c *chromium) width() int { c.t.Helper(); return evaluate[int](c, `innerWidth`) }

func (c *chromium) forgetShifts() {
	c.t.Helper()
	c.eval(`void (window.shifted.sum = 0, window.shifted.nodes = [])`)
}

// settled waits until what has changed is drawn and its shifts are told.
func (c *chromium) settled() {
	c.t.Helper()
	c.eval(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))`)
}
