package handlers_test

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

func TestRobotsAndSitemap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	robots := w.get("/robots.txt", nil)
	for _, line := range []string{"Allow: /$", "Allow: /tools/check$", "Disallow: /", "Sitemap: http://sealpost.test/sitemap.xml"} {
		if !slices.Contains(strings.Split(robots.body, "\n"), line) {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
	var m struct {
		URLs []string `xml:"url>loc"`
	}
	if err := xml.Unmarshal([]byte(w.get("/sitemap.xml", nil).body), &m); err != nil || len(m.URLs) != 4 {
		t.Fatalf("the sitemap: %v, %v", m.URLs, err)
	}
	for _, u := range m.URLs { // every page in the map is there, under this very address
		got := w.get(strings.TrimPrefix(u, "http://sealpost.test"), nil)
		if canonical := got.doc(t).Find(`link[rel="canonical"]`).AttrOr("href", ""); got.StatusCode != 200 || canonical != u {
			t.Errorf("%s: %d, canonical %q", u, got.StatusCode, canonical)
		}
	}
}
