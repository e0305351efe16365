//go:build e2e

package main

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/axe.min.js
var axe string

// TestE2EAccessible: axe-core finds nothing on any page, light or dark, wide or
// narrow, with data on it or without.
func TestE2EAccessible(t *testing.T) {
	t.Parallel()
	for name, account := range map[string]func(*testing.T) (*node, *browser){"full": fullAccount, "empty": emptyAccount} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, b := account(t)
			c := startChromium(t, n.address())
			lookAtAll(c, b, func(p shownPage) { checkAccessible(c, p) })
			checkMenus(c)
		})
	}
}

// The rules that a run keeps to: all, those about colours, those about the rest.
const (
	allRules = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"], rules: {"target-size": {enabled: true}}}`
	colours  = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}}`
	layout   = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"], rules: {"target-size": {enabled: true}, "color-contrast": {enabled: false}}}`
)

// checkAccessible looks at a page with all that is folded in it unfolded.
func checkAccessible(c *chromium, p shownPage) {
	c.t.Helper()
	c.resize(1280)
	c.prefer("light")
	c.see(p)
	c.eval(`for (const d of document.querySelectorAll("main details")) { d.removeAttribute("name"); d.open = true; }`)
	c.eval(axe)
	c.findings(p.name+" light", "document", allRules)
	c.prefer("dark")
	c.findings(p.name+" dark", "document", colours)
	c.resize(320)                   // the narrowest that pages are made for (WCAG 2.2, 1.4.10)
	c.eval(`window.scrollTo(0, 0)`) // what lies beneath the bar would be measured by what is seen of it
	c.findings(p.name+" narrow", "document", layout)
}

// checkMenus looks at what opens over a page.
func checkMenus(c *chromium) {
	c.t.Helper()
	c.resize(360)
	c.open("/overview")
	c.eval(axe)
	for _, theme := range []string{"light", "dark"} {
		c.prefer(theme)
		for _, menu := range [][2]string{
			{"summary.who", ".drop[open]"}, {`summary[aria-label="Light or dark"]`, ".drop[open]"},
			{`summary[aria-label="Menu"]`, ".drop[open]"}, {`button[popovertarget=help]`, "#help"},
		} {
			c.click(menu[0])
			c.findings(menu[0]+" "+theme, `document.querySelector("`+menu[1]+`")`, allRules)
		}
		c.click(`#help button`)
	}
}

// findings fails the test for whatever axe-core objects to in a part of the
// page, as it is now.
func (c *chromium) findings(where, in, options string) {
	c.t.Helper()
	found := evaluate[[]string](c, `axe.run(`+in+`, {...`+options+`, resultTypes: ["violations"]}).then((r) =>
		r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary)))`)
	for _, finding := range found {
		c.t.Errorf("%s: %s", where, strings.ReplaceAll(finding, "\n", " "))
	}
}
