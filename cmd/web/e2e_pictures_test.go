//go:build e2e

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// picturesEnv names the folder that the pictures of all pages are written to.
const picturesEnv = "SEALPOST_PICTURES"

// TestE2EPictures writes a picture of every page, wide and narrow, light and
// dark, for people to look at. No page may be wider than its window.
func TestE2EPictures(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(picturesEnv)
	if dir == "" {
		dir = filepath.Join("..", "..", "tmp", "pictures")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, account := range map[string]func(*testing.T) (*node, *browser){"full": fullAccount, "empty": emptyAccount} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, b := account(t)
			c := startChromium(t, n.address())
			lookAtAll(c, b, func(p shownPage) { takePictures(c, p, filepath.Join(dir, name+"-"+p.name)) })
		})
	}
}

func takePictures(c *chromium, p shownPage, file string) {
	c.t.Helper()
	c.resize(1280)
	c.prefer("light")
	c.see(p)
	for _, width := range []int{1280, 360} {
		c.resize(width)
		c.checkWidth(width)
		for _, theme := range []string{"light", "dark"} {
			c.prefer(theme)
			c.takePicture(fmt.Sprintf("%s-%d-%s.png", file, width, theme))
		}
	}
	for _, width := range []int{1920, 1101, 1024, 901, 700, 641, 320} {
		c.resize(width)
		c.checkWidth(width)
	}
}

// checkWidth fails the test for what sticks out of a window, and for a page that
// scrolls sideways.
func (c *chromium) checkWidth(width int) {
	c.t.Helper()
	for _, out := range evaluate[[]string](c, fmt.Sprintf("(%s)(%d)", tooWide, width)) {
		c.t.Errorf("in a window of %d: %s, at %.60s", width, out, c.where())
	}
}

// tooWide lists the words and drawings that stick out of the window, but for
// those in a part that scrolls by itself or cuts its text, and how wide the
// document is when it is too wide. What cannot be broken may be cut at the edge
// of the page: a letter under a thousand accents.
const tooWide = `(width) => {
	const found = [], document_ = document.documentElement;
	const cut = (e) => { for (; e && e.tagName !== "MAIN" && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflowX !== "visible") return true; };
	const out = (box) => box.width > 0 && box.right > width + 1;
	const note = (e, what) => { if (found.length < 3 && !cut(e)) found.push(e.parentElement.className + " > " + e.outerHTML.slice(0, 100) + ": " + what.slice(0, 60)); };
	if (document_.scrollWidth > width) found.push("the document is " + document_.scrollWidth + " wide");
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const range = document.createRange();
	while (walk.nextNode()) {
		const text = walk.currentNode;
		if (!text.data.trim() || /\u0301{2}|(\u0301\u0489){2}/.test(text.data)) continue;
		range.selectNodeContents(text);
		if ([...range.getClientRects()].some(out)) note(text.parentElement, text.data);
	}
	for (const e of document.querySelectorAll("body :is(svg, img, input, select, textarea, button, .card, table)")) if (out(e.getBoundingClientRect())) note(e, e.tagName);
	return found;
}`

// takePicture writes the whole height of the page.
func (c *chromium) takePicture(file string) {
	c.t.Helper()
	picture, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		c.t.Fatal(err)
	}
}
