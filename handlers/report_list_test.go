package handlers_test

import (
	"strings"
	"testing"
)

// The list of reports is narrowed by its URL, which chips show and take back.
func TestReportsAreFiltered(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct {
		query string
		rows  bool
		chips int
	}{
		{"", true, 0},
		{"?trust=uploaded&via=upload&policy=sts&from=2026-06-14&to=2026-06-14", true, 5},
		{"?reporter=sender.example", true, 1},
		{"?reporter=nobody.example", false, 1},
		{"?trust=verified", false, 1},
		{"?via=mail", false, 1},
		{"?policy=tlsa", false, 1},
		{"?warnings=yes", false, 1},
		{"?from=2026-06-15", false, 1},
		{"?to=2026-06-13", false, 1},
		{"?trust=nonsense&from=2026-02-31", true, 0},
	} {
		for _, path := range []string{"/reports", "/domains/example.com/reports"} {
			doc := f.get(path+c.query, f.owner).doc(t)
			if got := doc.Find("[data-testid=report-row]").Length() > 0; got != c.rows {
				t.Errorf("%s%s: rows %v", path, c.query, got)
			}
			chips := doc.Find("[data-testid=chips] a")
			if chips.Length() != c.chips {
				t.Errorf("%s%s: %d chips, want %d", path, c.query, chips.Length(), c.chips)
			}
			if c.chips == 1 && chips.AttrOr("href", "") != path {
				t.Errorf("%s%s: taking the filter back leads to %q", path, c.query, chips.AttrOr("href", ""))
			}
		}
	}
	if text := f.get("/reports", f.owner).find(t, "report-totals"); !strings.Contains(text, "90 successful and 10 failed") {
		t.Errorf("the totals say %q", text)
	}
}
