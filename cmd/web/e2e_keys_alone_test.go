//go:build e2e

package main

import "testing"

// TestE2EMorningByKeyboard is the round of every morning by Tab and Enter alone:
// from the overview to a domain, a filter, a failure, a report and back. With and
// without JavaScript the same links lead to the same pages.
func TestE2EMorningByKeyboard(t *testing.T) {
	t.Parallel()
	n, b := fullAccount(t)
	for _, script := range []bool{true, false} {
		c := startChromium(t, n.address())
		if !script {
			c.withoutScripts()
		}
		c.enterAs(b)
		c.enterBy(`#range-m`, `location.search === "?days=30" && document.querySelector("#range-m[aria-current]")`)
		c.enterBy(`[data-testid=domain-row] a.name[href="/domains/example.test"]`, `location.pathname === "/domains/example.test"`)
		c.enterBy(`#by-result tbody a`, `location.search.includes("result=") && document.querySelector("[data-filter=result]") && document.querySelector("[data-testid=failures-only]")`)
		c.enterBy(`.tabs a[href="/domains/example.test/failures"]`, `document.querySelector("[data-testid=failure-group]")`)
		c.enterBy(`#range-m`, `location.search === "?days=30" && document.querySelector("#range-m[aria-current]") && document.querySelector("[data-testid=failure-group]")`)
		c.enterBy(`.problem-spark a`, `location.search.includes("result=") && document.querySelector("[data-filter=result]")`)
		c.enterBy(`.tabs a[href="/domains/example.test/reports"]`, `document.querySelector("[data-testid=report-row]")`)
		c.enterBy(`[data-testid=report-row] a`, `location.pathname.startsWith("/reports/") && document.querySelector("[data-testid=policy]")`)
		for _, back := range []string{`location.pathname.endsWith("/reports")`, `document.querySelector("[data-filter=result]")`, `document.querySelector("[data-testid=failure-group]")`} {
			c.eval(`void history.back()`)
			c.until("back", back)
		}
		c.clean()
	}
}
