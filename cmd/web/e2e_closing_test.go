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
	c.open("/settings/closing")
	c.follow(`[data-testid="take-back"]`)
	if testID(b.get("/overview"), "account-closing").Length() != 0 {
		t.Error("the account is still being deleted")
	}
}
