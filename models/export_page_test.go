package models_test

import (
	"fmt"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// An export that is longer than what is read at once has every row once and in
// order, on the boundary of a page too.
func TestExportsGoOnAfterAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most, all = 1200, 1700
	long, short := w.report("r.example", "long", day, 9, most), w.report("s.example", "short", day, 9, all-most)
	for i := range all {
		if i < most {
			long = failing(long, "certificate-expired", "mx", fmt.Sprintf("192.0.%d.0/24", i%250), 1)
		} else {
			short = failing(short, "starttls-not-supported", "mx", "192.0.2.0/24", 1)
		}
	}
	w.judge(long)
	w.judge(short)
	n := 0
	w.must(w.store.EachDetail(w.ctx, w.domain, models.Span{From: day, To: day}, func(r models.DetailRow) error {
		if want := n % most; r.Seq != want {
			t.Fatalf("row %d is detail %d, want %d", n, r.Seq, want)
		}
		n++
		return nil
	}))
	if n != all {
		t.Errorf("%d of %d details", n, all)
	}
	var days []models.FullReport
	for i := range models.Day(1001) {
		days = append(days, w.report("r.example", fmt.Sprint("r", i), day-i, 1, 0))
	}
	w.judge(days...)
	seen, last := map[string]bool{}, models.Day(0)
	w.must(w.store.EachReport(w.ctx, w.domain, models.Span{From: day - 2000, To: day}, func(r models.ReportLine) error {
		if r.Day < last || seen[r.ID] {
			t.Fatalf("%s comes again, or too late", r.ReportID)
		}
		seen[r.ID], last = true, r.Day
		return nil
	}))
	if len(seen) != 1003 {
		t.Errorf("%d of 1003 reports", len(seen))
	}
	for _, id := range []string{"", w.domain.ID} {
		listed := map[string]bool{}
		w.must(w.store.EachListedReport(w.ctx, w.domain.AccountID, models.ReportQuery{DomainID: id}, func(r models.ListedReport) error {
			if listed[r.ID] || r.Name != w.domain.Name {
				t.Fatalf("%s of %q comes again", r.ReportID, r.Name)
			}
			listed[r.ID] = true
			return nil
		}))
		if len(listed) != 1003 {
			t.Errorf("%d of 1003 reports in the list of %q", len(listed), id)
		}
	}
}
