package handlers_test

import (
	"strings"
	"testing"
	"time"
)

func TestShareLinks(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	const shares = "/domains/example.com/shares"
	for _, c := range [][]string{{"name", "", "days", "30"}, {"name", "x", "days", "31"}, {"name", strings.Repeat("x", 81), "days", "30"}, {"name", "x"}} {
		if got := f.post(shares, f.owner, c...); got.StatusCode != 400 {
			t.Errorf("%v: got %d", c, got.StatusCode)
		}
	}
	made := f.post(shares, f.owner, "name", "Mail team", "days", "30")
	url := strings.TrimSpace(made.find(t, "share-url"))
	_, token, ok := strings.Cut(url, "/share/")
	if !ok || len(token) != 43 {
		t.Fatalf("the link is %q", url)
	}
	if again := f.get(shares, f.owner); strings.Contains(again.body, token) || again.doc(t).Find(`[data-testid="share-row"]`).Length() != 1 {
		t.Error("the list shows the token, or not the link")
	}
	seen := f.get("/share/"+token+"?days=7&mx=mx.example.com", nil)
	if seen.StatusCode != 200 || seen.Header.Get("X-Robots-Tag") == "" || seen.doc(t).Find(`[data-testid="trend-table"] [data-failed="10"]`).Length() != 1 {
		t.Fatalf("the holder of the link gets %d", seen.StatusCode)
	}
	for _, n := range seen.doc(t).Find("main a[href]").EachIter() {
		if href := n.AttrOr("href", ""); !strings.HasPrefix(href, "/share/"+token+"?") && !strings.HasPrefix(href, "/share/"+token+"/export/") {
			t.Errorf("the shared page leads to %q", href)
		}
	}
	if got := f.get("/share/"+strings.Repeat("A", 43), nil); got.StatusCode != 404 {
		t.Errorf("a token that nobody made: %d", got.StatusCode)
	}
	remove := f.get(shares, f.owner).doc(t).Find(`[data-testid="share-row"] form`).AttrOr("action", "")
	if got := f.post(remove, f.other); got.StatusCode != 404 {
		t.Errorf("another account takes it back: %d", got.StatusCode)
	}
	if got := f.post(remove, f.owner); got.location() != shares {
		t.Errorf("taking it back: %d", got.StatusCode)
	}
	if got := f.get("/share/"+token, nil); got.StatusCode != 404 {
		t.Errorf("a link that was taken back: %d", got.StatusCode)
	}
}

func TestShareLinksExpire(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	made := f.post("/domains/example.com/shares", f.owner, "name", "Short", "days", "7")
	_, token, _ := strings.Cut(strings.TrimSpace(made.find(t, "share-url")), "/share/")
	f.clock.Advance(7*24*time.Hour - time.Second)
	if got := f.get("/share/"+token, nil); got.StatusCode != 200 {
		t.Errorf("before its end: %d", got.StatusCode)
	}
	f.clock.Advance(time.Second)
	if got := f.get("/share/"+token, nil); got.StatusCode != 404 {
		t.Errorf("at its end: %d", got.StatusCode)
	}
}

// TestShareLinksOfAClosedAccount: who holds a link sees no more than the
// account's own members.
func TestShareLinksOfAClosedAccount(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	made := f.post("/domains/example.com/shares", f.owner, "name", "Mail team", "days", "30")
	_, token, _ := strings.Cut(strings.TrimSpace(made.find(t, "share-url")), "/share/")
	for _, c := range []struct {
		suspended bool
		want      int
	}{{true, 404}, {false, 200}} {
		if err := f.store.SuspendAccount(t.Context(), f.owner.account.ID, c.suspended); err != nil {
			t.Fatal(err)
		}
		if got := f.get("/share/"+token, nil); got.StatusCode != c.want {
			t.Errorf("suspended %v: got %d, want %d", c.suspended, got.StatusCode, c.want)
		}
	}
}
