package handlers_test

import (
	"strings"
	"testing"
	"time"
)

// The name of a sender stands beside its network and its address.
func TestReverseNamesAreShown(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	if _, err := f.store.NoteAddresses(t.Context(), "", 10); err != nil {
		t.Fatal(err)
	}
	addresses, err := f.store.ClaimAddresses(t.Context(), 10, time.Minute)
	if err != nil || len(addresses) != 1 {
		t.Fatalf("%q are to be asked for, %v", addresses, err)
	}
	d, err := f.store.Domain(t.Context(), f.owner.account.ID, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	if names, err := f.store.ReverseNames(t.Context(), d, []string{"192.0.2.0/24"}); err != nil || len(names) != 0 {
		t.Errorf("before any is known: %v, %v", names, err)
	}
	if err := f.store.SaveReverseName(t.Context(), addresses[0], "mail.sender.example", f.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	page := f.get("/domains/example.com?days=7", f.owner)
	if text := page.find(t, "by-network"); !strings.Contains(text, "mail.sender.example") {
		t.Errorf("the networks: %q", text)
	}
	page = f.get("/domains/example.com?days=7&network=192.0.2.0%2F24", f.owner)
	if text := page.find(t, "reverse-name"); text != "mail.sender.example" {
		t.Errorf("the addresses: %q", page.find(t, "addresses"))
	}
}
