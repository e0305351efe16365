package handlers_test

import (
	"context"
	"strings"
	"testing"
)

// A member of a suspended account hears what goes on without them, and is not
// led in a circle.
func TestSuspendedLeadsToOtherAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	if err := w.store.SuspendAccount(context.Background(), p.account.ID, true); err != nil {
		t.Fatal(err)
	}
	got := w.get("/overview", p)
	page := got.doc(t).Find(`[data-testid="error"]`)
	if got.StatusCode != 403 || !strings.Contains(page.Find("h1").Text(), "Reports still come in") {
		t.Errorf("%d %s", got.StatusCode, page.Text())
	}
	if to := page.Find("a.btn").AttrOr("href", ""); to != "/accounts" || w.get(to, p).StatusCode != 200 {
		t.Errorf("it leads to %q", to)
	}
	if to := w.get("/nothing", w.person("b@example.test")).doc(t).Find(`[data-testid="error"] a.btn`).AttrOr("href", ""); to != "/overview" {
		t.Errorf("another error leads to %q", to)
	}
}
