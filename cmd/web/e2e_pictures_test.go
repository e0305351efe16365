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

func (c *chromium) checkWidth(width int) {
	c.t.Helper()
	if got := evaluate[int](c, `document.documentElement.scrollWidth`); got > width {
		c.t.Errorf("%s is %d wide in a window of %d", c.where(), got, width)
	}
}

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
