package views_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/sealpost/sealpost/views"
)

// render parses what a component writes.
func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// eachPage runs a check over every page in every canned state.
func eachPage(t *testing.T, check func(*testing.T, *goquery.Document)) {
	t.Helper()
	for _, s := range allSamples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			check(t, render(t, s.page))
		})
	}
}

func TestPagesKeepTheContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("style, base, iframe, object, embed, img").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("element %s", goquery.NodeName(s))
		})
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/static/") || s.Text() != "" {
				t.Errorf("inline or foreign script %q %q", src, s.Text())
			}
		})
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				checkAttribute(t, s.Nodes[0], a)
			}
		})
	})
}

func checkAttribute(t *testing.T, n *html.Node, a html.Attribute) {
	t.Helper()
	switch {
	case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"), a.Key == "hx-vals":
		t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
	case a.Key == "hx-trigger" && strings.Contains(a.Val, "["):
		t.Errorf("trigger filter needs eval: %q", a.Val)
	case a.Key == "href" || a.Key == "action" || a.Key == "src" || a.Key == "formaction":
		checkURL(t, n, a)
	}
}

// checkURL lets through local addresses, and web addresses in links that open apart.
func checkURL(t *testing.T, n *html.Node, a html.Attribute) {
	t.Helper()
	local := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "#")
	outside := (n.Data == "a" || n.Data == "link" && slices.Contains(n.Attr, html.Attribute{Key: "rel", Val: "canonical"})) && strings.HasPrefix(a.Val, "https://")
	blocked := strings.HasPrefix(a.Val, string(templ.FailedSanitizationURL))
	if !local && !outside && !blocked {
		t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
	}
}

func TestPagesHaveOneHeadingOfEachPage(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		if n := doc.Find("main h1").Length(); n != 1 {
			t.Errorf("%d h1, want 1", n)
		}
		last := 1
		doc.Find("main h1, main h2, main h3, main h4").Each(func(_ int, s *goquery.Selection) {
			level := int(goquery.NodeName(s)[1] - '0')
			if level > last+1 {
				t.Errorf("%s %q follows h%d", goquery.NodeName(s), strings.TrimSpace(s.Text()), last)
			}
			if strings.TrimSpace(s.Text()) == "" {
				t.Errorf("empty %s", goquery.NodeName(s))
			}
			last = level
		})
	})
}

func TestPagesHaveLandmarksAndSkipLink(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		for selector, want := range map[string]int{"main": 1, "body > header": 1, "body > footer": 1, "head > title": 1, "html[lang=en][data-theme]": 1} {
			if n := doc.Find(selector).Length(); n != want {
				t.Errorf("%d of %q, want %d", n, selector, want)
			}
		}
		if first := doc.Find("body a").First(); first.AttrOr("href", "") != "#main" {
			t.Error("the first link does not skip to the content")
		}
		if doc.Find("#main").Length() != 1 {
			t.Error("the skip link leads nowhere")
		}
	})
}

func TestFieldsHaveLabels(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
			if s.Is("[type=hidden], [hidden]") || s.ParentsFiltered("label").Length() > 0 {
				return
			}
			id := s.AttrOr("id", "")
			if id == "" || doc.Find(`label[for="`+id+`"]`).Length() != 1 {
				t.Errorf("field %q has no label", s.AttrOr("name", ""))
			}
		})
		doc.Find("button, summary, a").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" {
				t.Errorf("%s without a name", goquery.NodeName(s))
			}
		})
	})
}

func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if seen[id] {
				t.Errorf("id %q stands twice", id)
			}
			seen[id] = true
		})
		doc.Find("[aria-labelledby]").Each(func(_ int, s *goquery.Selection) {
			for id := range strings.FieldsSeq(s.AttrOr("aria-labelledby", "")) {
				if !seen[id] {
					t.Errorf("aria-labelledby names %q, which is not there", id)
				}
			}
		})
	})
}

func TestTablesHaveCaptionsAndHeaders(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find("table").Each(func(_ int, s *goquery.Selection) {
			if s.ParentsFiltered("figure").Length() > 0 {
				return // named by the chart's own caption
			}
			if strings.TrimSpace(s.Find("caption").Text()) == "" {
				t.Errorf("table %q without a caption", s.AttrOr("class", ""))
			}
			if s.Find("thead th[scope=col]").Length() == 0 {
				t.Errorf("table %q without column headers", s.AttrOr("class", ""))
			}
		})
	})
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	for _, s := range hostileSamples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, s.page)
			if doc.Find("img, script:not([src])").Length() > 0 {
				t.Error("markup of a stranger became markup of the page")
			}
			doc.Find("a").Each(func(_ int, a *goquery.Selection) {
				if strings.HasPrefix(strings.TrimSpace(a.AttrOr("href", "")), "javascript:") {
					t.Errorf("link %q", a.AttrOr("href", ""))
				}
			})
			if !strings.Contains(doc.Find("main").Text()+doc.Find("main input").AttrOr("value", ""), `<script>alert(1)</script>`) {
				t.Error("the text is not shown at all")
			}
		})
	}
}

// A component that is called on a line of its own loses the blank before it.
func TestDatesStandApartFromWords(t *testing.T) {
	t.Parallel()
	glued := regexp.MustCompile(`[\p{L}\p{N}·,;:]<(time|b|strong|code)\b|</(time|b|strong|code)>[\p{L}\p{N}·]`)
	for _, s := range allSamples() {
		var b strings.Builder
		if err := s.page.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		for _, place := range glued.FindAllStringIndex(b.String(), -1) {
			t.Errorf("%s: %q", s.name, b.String()[max(0, place[0]-40):min(b.Len(), place[1]+40)])
		}
	}
}

func TestThemeIsOnTheRootElement(t *testing.T) {
	t.Parallel()
	for theme, want := range map[views.Theme]string{"": "system", views.ThemeSystem: "system", views.ThemeLight: "light", views.ThemeDark: "dark", `"><b>`: "system"} {
		f := frame("x", "/overview?days=7")
		f.Theme = theme
		doc := render(t, views.Error(views.ErrorPage{Frame: f, Code: 404}))
		if got := doc.Find("html").AttrOr("data-theme", ""); got != want {
			t.Errorf("theme %q gives data-theme %q, want %q", theme, got, want)
		}
		form := doc.Find(`form[action="/theme"][method=post]`)
		if form.Find(`[name=next]`).AttrOr("value", "") != "/overview?days=7" || form.Find("button[name=theme]").Length() != 3 {
			t.Error("the theme form does not return to the page")
		}
		if got := form.Find("[aria-pressed=true]").AttrOr("value", ""); got != want {
			t.Errorf("pressed theme %q, want %q", got, want)
		}
	}
}

func TestFrameMarksWhereYouAre(t *testing.T) {
	t.Parallel()
	f := frame("x", "/domains/example.com/setup?x=1")
	f.QuarantineCount = 1234
	doc := render(t, views.Error(views.ErrorPage{Frame: f, Code: 404}))
	if got := strings.TrimSpace(doc.Find("header nav[aria-label=Main] [aria-current]").Text()); got != "Domains" {
		t.Errorf("current entry %q", got)
	}
	if got := doc.Find(".badge").First().Text(); got != "1\u202f234" {
		t.Errorf("badge %q", got)
	}
	out := render(t, views.Login(views.LoginPage{Frame: visitor("Log in", "/login")}))
	if out.Find("nav[aria-label=Main], form[action='/logout']").Length() != 0 {
		t.Error("a visitor sees the menu")
	}
}

func TestAssetsGoThroughTheFrame(t *testing.T) {
	t.Parallel()
	f := visitor("x", "/")
	f.Assets = func(name string) string { return "/static/hashed/" + name }
	doc := render(t, views.Landing(views.LandingPage{Frame: f}))
	doc.Find("link[href], script[src]").Each(func(_ int, s *goquery.Selection) {
		if u := s.AttrOr("href", s.AttrOr("src", "")); !strings.HasPrefix(u, "/static/hashed/") {
			t.Errorf("asset %q", u)
		}
	})
}

func TestRefreshIsForPagesWithoutJavaScript(t *testing.T) {
	t.Parallel()
	f := visitor("x", "/")
	f.Refresh = 7
	var b strings.Builder
	if err := views.Landing(views.LandingPage{Frame: f}).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `<noscript><meta http-equiv="refresh" content="7"`) {
		t.Error("no refresh")
	}
}

// source is what a component writes, as it is sent.
func source(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStatesAreSpelledOut(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, doc *goquery.Document) {
		doc.Find(`[aria-current=""], [aria-invalid=""], [aria-pressed=""]`).Each(func(_ int, s *goquery.Selection) {
			t.Errorf("an empty ARIA state on %s means false", goquery.NodeName(s))
		})
	})
}

// The page of a year must stay small (rulings: charts draw paths).
func TestYearOfADomainIsSmall(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := io.WriteString(zw, source(t, views.Domain(domain(365)))); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 20<<10 {
		t.Errorf("%d bytes compressed, more than 20 KiB", b.Len())
	}
	t.Logf("%d bytes compressed", b.Len())
}
