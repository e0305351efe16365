package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/models"
)

func TestDomainPageShowsTheTrend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	w.upload("/domains/example.com/reports", p,
		file{"1.json", report("example.com", "2026-06-10", "one", "90", "10")},
		file{"2.json", report("example.com", "2026-06-14", "two", "50", "0")})
	page := w.get("/domains/example.com?days=7", p)
	table := page.doc(t).Find(`[data-testid="trend-table"]`)
	days := table.Find("[data-day]")
	if days.Length() != 7 || page.doc(t).Find(`svg[data-testid="trend"]`).Length() != 1 {
		t.Fatalf("%d days, %d charts", days.Length(), page.doc(t).Find(`svg[data-testid="trend"]`).Length())
	}
	for _, c := range []struct{ day, successful, failed string }{
		{"2026-06-09", "", ""},
		{"2026-06-10", "90", "10"},
		{"2026-06-14", "50", "0"},
		{"2026-06-15", "", ""},
	} {
		row := days.Filter(`[data-day="` + c.day + `"]`)
		successful, known := row.Attr("data-successful")
		failed, _ := row.Attr("data-failed")
		if row.Length() != 1 || successful != c.successful || failed != c.failed || known != (c.successful != "") {
			t.Errorf("%s: %q successful, %q failed", c.day, successful, failed)
		}
	}
	for id, want := range map[string][]string{
		"by-result":   {"certificate-expired", "10"},
		"by-reporter": {"sender.example", "150", "6.7"},
		"by-mx":       {"mx.example.com", "10"},
		"by-network":  {"192.0.2.0/24", "10"},
		"by-policy":   {"MTA-STS", "enforce", "150"},
	} {
		text := page.find(t, id)
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not say %q: %q", id, part, text)
			}
		}
	}
}

func TestDomainPageBendsRanges(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct {
		query, first, last string
		days               int
		said               string
	}{
		{"", "2026-05-17", "2026-06-15", 30, ""},
		{"days=7", "2026-06-09", "2026-06-15", 7, ""},
		{"days=365", "2025-06-16", "2026-06-15", 365, ""},
		{"days=400", "2025-05-12", "2026-06-15", 400, ""},
		{"days=1000000000", "2025-05-12", "2026-06-15", 400, "At most 400 days"},
		{"days=99999999999999999999", "2026-05-17", "2026-06-15", 30, "could not be read"},
		{"days=x", "2026-05-17", "2026-06-15", 30, "could not be read"},
		{"from=2026-06-01&to=2026-06-14", "2026-06-01", "2026-06-14", 14, ""},
		{"from=2026-06-14&to=2026-06-14", "2026-06-14", "2026-06-14", 1, ""},
		{"from=2026-06-14&to=2026-06-01", "2026-06-01", "2026-06-14", 14, "swapped"},
		{"from=2026-06-10", "2026-06-10", "2026-06-15", 6, ""},
		{"to=2026-06-14", "2026-05-16", "2026-06-14", 30, ""},
		{"from=2026-06-10&to=9999-12-31", "2026-06-10", "2026-06-15", 6, ""},
		{"from=1026-06-15&to=2026-06-15", "", "", 0, "At most 1098 days"},
		{"from=0000-01-01&to=9999-12-31", "", "", 0, "At most 1098 days"},
		{"from=2025-05-12&to=2026-06-15", "2025-05-12", "2026-06-15", 400, ""},
		{"from=2025-05-11&to=2026-06-15", "", "", 0, `data-week="2025-05-11"`},
		{"from=2026-02-30&to=2026-03-01", "2026-05-17", "2026-06-15", 30, "2026-01-31"},
		{"from=%00&to=x", "2026-05-17", "2026-06-15", 30, "2026-01-31"},
	} {
		page := f.get("/domains/example.com?"+c.query, f.owner)
		days := page.doc(t).Find(`[data-testid="trend-table"] [data-day]`)
		seen := map[string]bool{}
		days.Each(func(_ int, s *goquery.Selection) {
			day, _ := s.Attr("data-day")
			seen[day] = true
		})
		if page.StatusCode != 200 || len(seen) != c.days || c.days > 0 && (!seen[c.first] || !seen[c.last]) {
			t.Errorf("%s: got %d with %d days", c.query, page.StatusCode, len(seen))
		}
		if !strings.Contains(page.body, c.said) {
			t.Errorf("%s: the page does not say %q", c.query, c.said)
		}
	}
	for _, query := range []string{"days=0", "days=-5", "from=2027-01-01&to=2027-02-01"} {
		if got := f.get("/domains/example.com?"+query, f.owner); got.StatusCode != 200 || got.find(t, "empty-range") == "" {
			t.Errorf("%s: got %d", query, got.StatusCode)
		}
	}
}

func TestDomainWithoutReportsWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	page := w.get("/domains/example.com", p)
	if page.StatusCode != 200 || page.doc(t).Find("svg[data-testid=trend]").Length() != 0 || page.find(t, "empty-range") != "" {
		t.Errorf("got %d with a chart or an empty range", page.StatusCode)
	}
}

// TestDomainPageIsSmall holds the page of a year to 20 KB compressed
// (rulings.md 33).
func TestDomainPageIsSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	var files []file
	for i := range 180 {
		day := time.Date(2026, 6, 14-2*i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		files = append(files, file{day, report("example.com", day, day, strconv.Itoa(1000+i*37%411), strconv.Itoa(i*13%7))})
	}
	w.upload("/domains/example.com/reports", p, files...)
	r := request(http.MethodGet, "/domains/example.com?days=365", p, nil)
	r.Header.Set("Accept-Encoding", "br, gzip")
	page := w.do(r)
	if page.Header.Get("Content-Encoding") != "gzip" || len(page.body) > 20<<10 {
		t.Errorf("the page of a year has %d bytes, %s", len(page.body), page.Header.Get("Content-Encoding"))
	}
	t.Logf("the page of a year has %d bytes compressed", len(page.body))
}

func TestFailuresSayCauseAndFix(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	page := f.get("/domains/example.com/failures?days=30", f.owner)
	group := page.doc(t).Find(`[data-testid="failure-group"]`)
	if kind, _ := group.Attr("data-result-type"); group.Length() != 1 || kind != "certificate-expired" {
		t.Fatalf("%d groups, %s", group.Length(), kind)
	}
	for _, part := range []string{"Renew the certificate on mx.example.com", "X509_V_ERR_CERT_HAS_EXPIRED", "sender.example", "14 Jun 2026"} {
		if !strings.Contains(group.Text(), part) {
			t.Errorf("the group does not say %q: %s", part, group.Text())
		}
	}
	all := f.get("/failures", f.owner).doc(t).Find(`[data-testid="failure-group"]`)
	if all.Length() != 1 || !strings.Contains(all.Text(), "example.com") {
		t.Errorf("over all domains: %d groups", all.Length())
	}
	if n := f.get("/failures", f.other).doc(t).Find(`[data-testid="failure-group"]`).Length(); n != 0 {
		t.Errorf("another account sees %d of them", n)
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	page := f.get("/overview", f.owner)
	for id, want := range map[string]string{"headline": "90.0\u202f%", "need": "certificate-expired at mx.example.com", "domains": "example.com"} {
		if text := page.find(t, id); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %q", id, want, text)
		}
	}
	if !strings.Contains(page.body, "new reporter sender.example") {
		t.Error("the new reporter is not among the changes")
	}
	other := f.get("/overview", f.other)
	if strings.Contains(other.body, "example.com") || strings.Contains(other.body, "sender.example") {
		t.Error("another account sees something of it")
	}
	for _, days := range []string{"7", "30", "90", "365", "-1", "x", "1000000"} {
		if got := f.get("/overview?days="+url.QueryEscape(days), f.owner); got.StatusCode != 200 {
			t.Errorf("days=%s: %d", days, got.StatusCode)
		}
	}
}

// The period before is compared weekday by weekday: 30 days stand beside those
// of five weeks earlier, and the days between count for neither.
func TestOverviewComparesWithThePeriodBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	w.upload("/domains/example.com/reports", p,
		file{"1.json", report("example.com", "2026-06-10", "now", "90", "10")},
		file{"2.json", report("example.com", "2026-05-14", "between", "1", "99")},
		file{"3.json", report("example.com", "2026-05-10", "before", "70", "30")})
	for days, want := range map[string]string{"30": "+20.0 points since", "7": "– points since"} {
		if got := w.get("/overview?days="+days, p).find(t, "figures"); !strings.Contains(got, want) {
			t.Errorf("%s days: %q, want %s", days, got, want)
		}
	}
}

func TestLandingShowsAnExample(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.get("/", nil)
	if page.StatusCode != 200 || page.doc(t).Find("svg").Length() == 0 || page.doc(t).Find(`a[href="/signup"]`).Length() == 0 {
		t.Errorf("got %d without a chart or a way in", page.StatusCode)
	}
	if got := w.get("/", w.person("a@example.test")); got.location() != "/overview" {
		t.Errorf("a member is sent to %q", got.location())
	}
}

func TestTwoAccountsWithTheSameDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.person("a@example.test"), w.person("b@example.test")
	w.domain(a, "example.com")
	w.domain(b, "example.com")
	w.domain(b, "example.net")
	w.upload("/domains/example.com/reports", a, file{"r.json", report("example.com", "2026-06-14", "one", "90", "10")})
	got := w.upload("/domains/example.com/reports", a, file{"r.json", report("example.net", "2026-06-14", "two", "90", "10")})
	if !strings.Contains(got.body, "foreign-domain") {
		t.Error("a report about somebody else's domain was taken")
	}
	for _, path := range []string{"/domains/example.com", "/domains/example.net", "/overview", "/reports", "/deliveries", "/quarantine", "/failures"} {
		if page := w.get(path, b); page.StatusCode != 200 || strings.Contains(page.body, "sender.example") || strings.Contains(page.body, "r.json") {
			t.Errorf("%s shows what belongs to another account", path)
		}
	}
	deliveries, n, err := w.store.Deliveries(context.Background(), b.account.ID, models.DeliveryFilter{Limit: 10})
	if err != nil || n != 0 {
		t.Errorf("the other account has %v, %v", deliveries, err)
	}
}
