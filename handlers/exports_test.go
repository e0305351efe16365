package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// notExported are the tables that no file is made of, and why.
var notExported = map[string]string{
	"servers": "what is published now; its history is shown", "self-test-stages": "one test, over in seconds",
	"tokens": "settings", "members": "settings", "invitations": "settings", "accounts": "settings", "shares": "settings", "forwards": "settings",
	"pending":     "what it asks for stands in the files of CNAMEs, which it leads to",
	"audit":       "its files stand at the head of the page",
	"trend-table": "inside of the chart, whose files stand beneath it",
}

// TestEveryTableCanBeSaved follows all links of an account and demands that
// each table and chart has files, and that they are what they say.
func TestEveryTableCanBeSaved(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	f.upload("/domains/example.com/reports", f.owner, file{"odd.json", []byte("not a report")})
	const queries = 5 // ranges and filters of a page that are looked at
	visits, queue := map[string]int{}, []string{"/overview", "/quarantine", "/domains/example.com/days/2026-06-14", "/domains/example.com?network=192.0.2.0%2F24"}
	tables := map[string]bool{}
	files := map[string]bool{}
	for n := 0; n < len(queue); n++ {
		page := f.get(queue[n], f.owner)
		if page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			continue
		}
		doc := page.doc(t)
		main := doc.Find("main")
		main.Find(`table, [data-chart], .spark-wide, .problem-spark`).Each(func(_ int, what *goquery.Selection) {
			checkHasFiles(t, queue[n], what, tables, files)
		})
		main.Find(`a[href^="/"]:not([download])`).Each(func(_ int, a *goquery.Selection) {
			href, _ := a.Attr("href")
			path, _, _ := strings.Cut(href, "?")
			kind := anyID.ReplaceAllString(path, "*")
			if visits[kind]++; visits[kind] <= queries {
				queue = append(queue, href)
			}
		})
	}
	for _, want := range []string{"domains", "reports", "deliveries", "quarantine", "reporters", "grid", "trend", "by-result", "by-network", "addresses", "attendance", "spark-wide", "problem-spark", "details"} {
		if !tables[want] {
			t.Errorf("the walk over %d pages has not met %s", len(queue), want)
		}
	}
	for path := range files {
		f.checkFile(path)
	}
}

func checkHasFiles(t *testing.T, page string, what *goquery.Selection, tables, files map[string]bool) {
	t.Helper()
	name := nameOf(what)
	tables[name] = true
	if notExported[name] != "" || strings.HasPrefix(page, "/deliveries/") { // whose reports are files themselves
		return
	}
	links := what.Closest("section, article, .card").Find(".export a[download]")
	kinds := map[string]bool{}
	links.Each(func(_ int, a *goquery.Selection) {
		path, _ := a.Attr("href")
		files[path] = true
		for _, kind := range []string{"csv", "json"} {
			kinds[kind] = kinds[kind] || strings.Contains(path, "."+kind)
		}
	})
	if !kinds["csv"] || !kinds["json"] {
		t.Errorf("%s: %s has no CSV or no JSON", page, name)
	}
}

// anyID is a day or an id in a path: pages that differ in them only are alike.
var anyID = regexp.MustCompile(`[0-9a-f-]{10,}`)

// nameOf is what a table or chart is known by: its own mark, or that of what it
// stands in.
func nameOf(what *goquery.Selection) string {
	if id, ok := what.Attr("data-testid"); ok {
		return id
	}
	if id, ok := what.Attr("data-chart"); ok {
		return id
	}
	for _, class := range []string{"spark-wide", "problem-spark", "details"} {
		if what.HasClass(class) {
			return class
		}
	}
	id, _ := what.Closest("[data-testid]").Attr("data-testid")
	return id
}

// checkFile reads a file as what its name says, and asks for it as a stranger.
func (f furnished) checkFile(path string) {
	f.t.Helper()
	got := f.get(path, f.owner)
	kind := got.Header.Get("Content-Type")
	switch name, _, _ := strings.Cut(path, "?"); {
	case got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; filename="):
		f.t.Errorf("%s: got %d, %q", path, got.StatusCode, got.Header.Get("Content-Disposition"))
	case strings.HasSuffix(name, ".csv"):
		rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		if err != nil || len(rows) == 0 || kind != "text/csv; charset=utf-8" {
			f.t.Errorf("%s: %d rows, %v, %q", path, len(rows), err, kind)
		}
	default:
		var rows []map[string]any
		if err := json.Unmarshal([]byte(got.body), &rows); err != nil || kind != "application/json" {
			f.t.Errorf("%s: %v, %q", path, err, kind)
		}
	}
	if got := f.get(path, nil); got.StatusCode != 303 {
		f.t.Errorf("%s: a stranger gets %d", path, got.StatusCode)
	}
}

// The files of lists hold what the lists show, of one's own account.
func TestListsAsFiles(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	f.upload("/domains/example.com/reports", f.owner, file{"odd.json", []byte("not a report")})
	for _, c := range []struct{ path, want string }{
		{"/overview/export/trend.csv?days=7", "2026-06-14 90 10"},
		{"/domains/export/domains.csv", "example.com pending"},
		{"/domains/export/days.csv", "example.com 2026-06-14 90 10"},
		{"/failures/export/failures.csv?days=7", "certificate-expired mx.example.com X509_V_ERR_CERT_HAS_EXPIRED 10"},
		{"/domains/example.com/export/failures.csv?days=7", "certificate-expired mx.example.com X509_V_ERR_CERT_HAS_EXPIRED 10 100 2026-06-14 2026-06-14 sender.example"},
		{"/domains/example.com/export/attendance.csv?from=2026-06-14&to=2026-06-14", "2026-06-14 sender.example failing 90 10"},
		{"/domains/example.com/export/addresses.csv?days=7&network=192.0.2.0%2F24", "192.0.2.0/24 192.0.2."},
		{"/reports/export/reports.csv", "example.com 2026-06-14 sender.example"},
		{"/reports/export/reports.csv?domain=example.com&reporter=sender.example", "example.com 2026-06-14 sender.example"},
		{"/reports/" + f.report.ID + "/export/details.csv", "sts example.com certificate-expired"},
		{"/deliveries/export/deliveries.csv", "counted"},
		{"/deliveries/export/deliveries.csv?state=quarantined", "quarantined"},
		{"/reporters/export/reporters.csv", "sender.example"},
	} {
		rows, err := csv.NewReader(strings.NewReader(f.get(c.path, f.owner).body)).ReadAll()
		if err != nil || !strings.Contains(joined(rows), c.want) {
			t.Errorf("%s: %v, %q", c.path, err, joined(rows))
		}
		if strings.Contains(c.path, "example.com/") || strings.Contains(c.path, f.report.ID) || strings.Contains(c.path, "domain=") {
			if got := f.get(c.path, f.other); got.StatusCode != 404 {
				t.Errorf("%s: another account gets %d", c.path, got.StatusCode)
			}
			continue
		}
		rows, err = csv.NewReader(strings.NewReader(f.get(c.path, f.other).body)).ReadAll()
		if err != nil || strings.Contains(joined(rows), "example.com") || strings.Contains(joined(rows), "90") {
			t.Errorf("%s: another account gets %v, %q", c.path, err, joined(rows))
		}
	}
	for path, rows := range map[string]int{"/reports/export/reports.csv?reporter=nobody.example": 1, "/domains/export/domains.csv?q=nothing": 1, "/deliveries/export/deliveries.csv?state=pending": 1} {
		if got := strings.Count(f.get(path, f.owner).body, "\r\n"); got != rows {
			t.Errorf("%s: %d rows, want %d", path, got, rows)
		}
	}
}

// Who holds a read-only link may save what it shows, and nothing that leads further.
func TestSharedFiles(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	link := sharedLink(t, f)
	f.get(link+"?days=7", nil).doc(t).Find(".export a").Each(func(_ int, a *goquery.Selection) {
		path, _ := a.Attr("href")
		if got := f.get(path, nil); got.StatusCode != 200 || got.Header.Get("X-Robots-Tag") == "" {
			t.Errorf("%s: got %d", path, got.StatusCode)
		}
	})
	if got := f.get(link+"/export/trend.csv?days=7", nil).body; !strings.Contains(got, "2026-06-14,90,10\r\n") {
		t.Errorf("the trend behind a link: %q", got)
	}
	for _, table := range []string{"reports", "details", "addresses", "failures", "attendance"} {
		if got := f.get(link+"/export/"+table+".csv", nil); got.StatusCode != 404 {
			t.Errorf("%s: got %d", table, got.StatusCode)
		}
	}
}

// sharedLink makes a read-only link to example.com and gives its path.
func sharedLink(t *testing.T, f furnished) string {
	t.Helper()
	made := f.post("/domains/example.com/shares", f.owner, "name", "Mail team", "days", "30")
	_, token, ok := strings.Cut(strings.TrimSpace(made.find(t, "share-url")), "/share/")
	if !ok {
		t.Fatal("no link was made")
	}
	return "/share/" + token
}
