package handlers_test

import (
	"strings"
	"testing"
)

// The filters of the domain page live in its URL, every row adds one, every
// chip takes one away, and each says what can still be told.
func TestDomainPageFilters(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct {
		query        string
		failed       string // of 14 June; "" for a day without a row
		chips        string
		failuresOnly bool
	}{
		{"days=7", "10", "", false},
		{"days=7&reporter=sender.example", "10", "reporter", false},
		{"days=7&reporter=nobody.example", "", "reporter", false},
		{"days=7&mx=mx.example.com", "10", "mx", true},
		{"days=7&mx=", "0", "mx", true},
		{"days=7&result=certificate-expired&network=192.0.2.0%2F24", "10", "result network", true},
		{"days=7&policy=sts&mode=enforce", "10", "policy mode", false},
		{"days=7&policy=sts&mx=mx.example.com", "10", "mx", true},
		{"days=7&mx=%00%FF%3Cscript%3E", "0", "mx", true},
	} {
		page := f.get("/domains/example.com?"+c.query, f.owner)
		doc := page.doc(t)
		failed, _ := doc.Find(`[data-testid="trend-table"] [data-day="2026-06-14"]`).Attr("data-failed")
		var chips []string
		for _, n := range doc.Find(`[data-testid="chips"] [data-filter]`).EachIter() {
			chips = append(chips, n.AttrOr("data-filter", ""))
		}
		if failed != c.failed || strings.Join(chips, " ") != c.chips || (doc.Find(`[data-testid="failures-only"]`).Length() == 1) != c.failuresOnly {
			t.Errorf("%s: %q failed, chips %v, failures only: %v", c.query, failed, chips, doc.Find(`[data-testid="failures-only"]`).Length())
		}
	}
}

func TestRowsAreFiltersAndChipsTakeThemAway(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	link := f.get("/domains/example.com?days=90", f.owner).doc(t).Find(`[data-testid="by-mx"] tbody a`).AttrOr("href", "")
	if link != "/domains/example.com?days=90&mx=mx.example.com" {
		t.Fatalf("the row of an MX leads to %q", link)
	}
	doc := f.get(link+"&sort=reporter-name", f.owner).doc(t)
	if got := doc.Find(`[data-testid="chips"] a`).AttrOr("href", ""); got != "/domains/example.com?days=90&sort=reporter-name" {
		t.Errorf("the chip leads to %q", got)
	}
	if got := doc.Find(`[data-testid="by-reporter"] [aria-sort]`).AttrOr("aria-sort", ""); got != "ascending" {
		t.Errorf("the sorted column says %q", got)
	}
	if got := doc.Find("#range-w").AttrOr("href", ""); got != "/domains/example.com?days=7&mx=mx.example.com&sort=reporter-name" {
		t.Errorf("another range leads to %q", got)
	}
	if text := f.get("/domains/example.com?days=7&network=192.0.2.0/24", f.owner).find(t, "addresses"); !strings.Contains(text, "192.0.2.") {
		t.Errorf("the addresses of a network: %q", text)
	}
}

func TestDomainPageByWeekAndMonth(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for by, want := range map[string]string{"day": "data-day", "week": "data-week", "month": "data-month"} {
		doc := f.get("/domains/example.com?days=90&by="+by, f.owner).doc(t)
		rows := doc.Find(`[data-testid="trend-table"] tbody tr`)
		if _, ok := rows.First().Attr(want); !ok || doc.Find(`[data-testid="trend-table"] [data-failed="10"]`).Length() != 1 {
			t.Errorf("by %s: %d rows", by, rows.Length())
		}
	}
}
