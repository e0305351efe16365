package handlers_test

import (
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// A page has at most 20 KB compressed and, with what it loads, 100 KB
// (rulings.md 33), even when ten reporters wrote about 400 days.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "sqlite:"+t.TempDir()+"/weight.db")
	p := w.person("a@example.test")
	w.fillDashboard(t, p, 12, 400)
	for _, c := range []struct {
		path string
		by   *person
	}{
		{"/", nil}, {"/overview", p}, {"/domains", p}, {"/domains/d1.example?days=30", p}, {"/domains/d1.example?days=365", p},
		{"/domains/d1.example?from=2025-05-12&to=2026-06-15", p},
	} {
		page, assets := w.compressed(c.path, c.by), 0
		w.get(c.path, c.by).doc(t).Find(`link[rel="stylesheet"], link[rel="icon"], script[src]`).Each(func(_ int, s *goquery.Selection) {
			assets += w.compressed(s.AttrOr("href", s.AttrOr("src", "")), nil)
		})
		t.Logf("%-52s %6d bytes, %6d with what it loads", c.path, page, page+assets)
		if page > 20<<10 || page+assets > 100<<10 || assets == 0 {
			t.Errorf("%s has %d bytes, %d with what it loads", c.path, page, page+assets)
		}
	}
}

// compressed is the size of an answer to a browser.
func (w *world) compressed(path string, p *person) int {
	w.t.Helper()
	r := request(http.MethodGet, path, p, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	a := w.do(r)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d", path, a.StatusCode)
	}
	return len(a.body)
}
