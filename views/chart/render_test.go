package chart

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func render(t testing.TB, c templ.Component) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func page(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(render(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTrendSVGIsAnImageWithASentence(t *testing.T) {
	t.Parallel()
	trend := sampleTrend(30)
	doc := page(t, TrendSVG(trend.Layout()))
	svg := doc.Find(`svg[data-testid="trend"]`)
	if role := svg.AttrOr("role", ""); role != "img" {
		t.Errorf("role = %q", role)
	}
	if got := doc.Find("#" + svg.AttrOr("aria-labelledby", "-")).Text(); got != trend.Title {
		t.Errorf("labelled by %q, want %q", got, trend.Title)
	}
	if got := svg.Find("text.day").Length(); got == 0 || got > mostLabels {
		t.Errorf("%d day labels", got)
	}
}

func TestTrendDrawsPathsNotDays(t *testing.T) {
	t.Parallel()
	month := page(t, TrendSVG(sampleTrend(30).Layout())).Find("path").Length()
	year := page(t, TrendSVG(sampleTrend(365).Layout())).Find("path").Length()
	if year > month {
		t.Errorf("%d paths for a year, %d for a month", year, month)
	}
}

func TestTrendTable(t *testing.T) {
	t.Parallel()
	trend := sampleTrend(30)
	rows := page(t, TrendTable(trend)).Find(`[data-testid="trend-table"] tbody tr`)
	if rows.Length() != len(trend.Days) {
		t.Fatalf("%d rows for %d days", rows.Length(), len(trend.Days))
	}
	rows.Each(func(i int, row *goquery.Selection) {
		d := trend.Days[i]
		if got := row.AttrOr("data-day", ""); got != isoDay(d.Date) {
			t.Errorf("row %d is day %q", i, got)
		}
		if href := row.Find("a").AttrOr("href", ""); href != trend.DaysURL+d.Date.UTC().Format(time.DateOnly) {
			t.Errorf("row %d links %q", i, href)
		}
		text, known := row.Find("td").First().Text(), row.AttrOr("data-successful", "none") != "none"
		if known != d.Known || !d.Known && text != "no report" || d.Known && text != Number(d.Successful) {
			t.Errorf("row %d (known: %v) says %q", i, d.Known, text)
		}
	})
	if got := page(t, TrendTable(trend)).Find(`[data-day="2026-11-21"] small`).Text(); got != "still filling" {
		t.Errorf("the last day says %q", got)
	}
	if got := page(t, TrendTable(trend)).Find(`[data-day="2026-11-18"] small`).Text(); got != "MX changed to mx3; certificate renewed" {
		t.Errorf("the day with events says %q", got)
	}
}

func TestFailuresOnlySaysNothingOfSuccess(t *testing.T) {
	t.Parallel()
	trend := sampleTrend(30)
	trend.FailuresOnly = true
	if html := string(render(t, TrendFigure(trend))); strings.Contains(strings.ToLower(html), ">successful") || strings.Contains(html, "share") {
		t.Error("a chart of failures speaks of successful sessions or their share")
	}
}

// Every shape hangs on an id of its own chart, so that two charts in one page
// do not mix.
func TestIDsStartWithTheChart(t *testing.T) {
	t.Parallel()
	trend := sampleTrend(30)
	trend.ID, trend.Previous = "north", sampleDays(30, 2)
	html := string(render(t, TrendFigure(trend)))
	for _, m := range regexp.MustCompile(`(?:\sid="|url\(#|href="#|labelledby=")([^")]+)`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[1], "north-") {
			t.Errorf("id %q", m[1])
		}
		if !strings.Contains(html, `id="`+m[1]+`"`) {
			t.Errorf("nothing has the id %q", m[1])
		}
	}
}

func TestNothingInline(t *testing.T) {
	t.Parallel()
	evil := sampleTrend(7)
	evil.Title, evil.Types = `<script>alert(1)</script>`, []string{`"><script>`, "b", "c", "d"}
	evil.Events[0].Label = "<style>"
	evil.DaysURL = ""
	grid := sampleGrid(30)
	grid.Rows[0].Name, grid.Rows[0].Href = "<script>", "javascript:alert(1)"
	for _, c := range []templ.Component{TrendFigure(evil), ReporterGrid(grid), Sparkline(Spark{Days: sampleDays(14, 1), Label: "<script>"}), ShareBar(1, 3, "fail-1")} {
		if m := regexp.MustCompile(`(?i)<script|<style|\sstyle=|\son[a-z]+=|javascript:`).Find(render(t, c)); m != nil {
			t.Errorf("found %q", m)
		}
	}
}

func TestGridHasARowForEachReporter(t *testing.T) {
	t.Parallel()
	doc := page(t, ReporterGrid(sampleGrid(30)))
	rows := doc.Find(`[data-testid="grid"] tbody tr`)
	if rows.Length() != 3 {
		t.Fatalf("%d rows", rows.Length())
	}
	if got := rows.First().Find(`svg[role="img"]`).AttrOr("aria-label", ""); got != "22 received, 2 late, 4 failing, 2 missing" {
		t.Errorf("first row reads %q", got)
	}
	if got := rows.First().Find("th a").AttrOr("href", ""); got != "?reporter=google.com" {
		t.Errorf("first row links %q", got)
	}
}

func compressed(t testing.TB, data []byte) int {
	t.Helper()
	var n counter
	w := gzip.NewWriter(&n)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return int(n)
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// A page of 365 days may have 20 KB compressed, all in all (rulings.md 33).
func TestYearIsSmall(t *testing.T) {
	t.Parallel()
	trend := sampleTrend(365)
	trend.Previous = sampleDays(365, 9)
	svg := render(t, TrendSVG(trend.Layout()))
	figure := render(t, TrendFigure(trend))
	t.Logf("drawing %d bytes, %d compressed; with its table %d, %d compressed", len(svg), compressed(t, svg), len(figure), compressed(t, figure))
	if got := compressed(t, svg); got > 7_500 {
		t.Errorf("the drawing has %d bytes compressed", got)
	}
	if got := compressed(t, figure); got > 15_500 {
		t.Errorf("the figure has %d bytes compressed", got)
	}
}

func BenchmarkLayoutYear(b *testing.B) {
	trend := sampleTrend(365)
	b.ReportAllocs()
	for b.Loop() {
		_ = trend.Layout()
	}
}

func BenchmarkFigureYear(b *testing.B) {
	trend := sampleTrend(365)
	b.ReportAllocs()
	for b.Loop() {
		if err := TrendFigure(trend).Render(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVGYear(b *testing.B) {
	g := sampleTrend(365).Layout()
	b.ReportAllocs()
	for b.Loop() {
		if err := TrendSVG(g).Render(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSparkline(b *testing.B) {
	s := Spark{Days: sampleDays(14, 7)}
	b.ReportAllocs()
	for b.Loop() {
		if err := Sparkline(s).Render(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
