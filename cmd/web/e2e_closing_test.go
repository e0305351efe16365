//go:build e2e

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestE2EClosing deletes the account in a browser and takes that back, and looks
// at the pages meanwhile.
func TestE2EClosing(t *testing.T) {
	t.Parallel()
	n, b := emptyAccount(t)
	b.addDomain("example.test")
	c := startChromium(t, n.address())
	c.enterAs(b)
	look := func(p shownPage) {
		t.Helper()
		checkAccessible(c, p)
		if dir := os.Getenv(picturesEnv); dir != "" {
			takePictures(c, p, filepath.Join(dir, p.name))
		}
	}
	look(shownPage{"closing", "/settings/closing", nil})
	c.open("/settings/closing")
	c.enter("#confirm", "grace@example.test")
	c.enter("#closing-current", "correct horse battery")
	c.follow(`[data-testid="close-account"]`)
	if testID(b.get("/overview"), "account-closing").Length() != 1 {
		t.Fatal("the account is not being deleted")
	}
	look(shownPage{"closing-begun", "/settings/closing", nil})
	look(shownPage{"closing-members", "/settings/members", nil})
	look(shownPage{"closing-overview", "/overview", nil})
	look(shownPage{"closing-domain", "/domains/example.test", nil})
	checkRangesInSight(c)
	c.open("/settings/closing")
	c.follow(`[data-testid="take-back"]`)
	if testID(b.get("/overview"), "account-closing").Length() != 0 {
		t.Error("the account is still being deleted")
	}
}

// checkRangesInSight: the notice pushes the ranges of a phone's overview down,
// so that they can be scrolled half beneath the bar. Who comes to one with the
// keyboard sees it whole, and none is too small to hit (WCAG 2.4.11, 2.5.8).
func checkRangesInSight(c *chromium) {
	c.t.Helper()
	c.resize(360)
	c.open("/overview")
	c.eval(`document.body.style.paddingBottom = "100vh"`)
	for _, key := range []string{"d", "w", "m", "q", "y"} {
		c.eval(`window.scrollBy(0, document.querySelector(".seg").getBoundingClientRect().top - 26)`)
		seen := evaluate[float64](c, `(() => {
			const link = document.getElementById("range-`+key+`");
			link.focus();
			const box = link.getBoundingClientRect();
			return box.bottom - Math.max(box.top, document.querySelector(".bar").getBoundingClientRect().bottom);
		})()`)
		if seen < 24 {
			c.t.Errorf("of the range %q, %.1f px are seen", key, seen)
		}
	}
}
