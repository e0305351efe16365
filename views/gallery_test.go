package views_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/views"
)

// notInGallery are the files whose parts stand on one page alone, where the walks
// over the pages look at them, and why.
var notInGallery = map[string]string{
	"account_settings.templ": "forms of one page", "api_tokens.templ": "one page", "audit.templ": "one page", "bulk.templ": "one page", "closing.templ": "one page",
	"delivery.templ": "one page", "domain_settings.templ": "forms of one page", "forwards.templ": "one page", "members.templ": "forms of one page",
	"passkeys.templ": "needs a device", "record_snippet.templ": "texts to copy of two pages", "removal.templ": "a form of one page", "report_filter.templ": "a form of one page", "settings.templ": "the head of settings",
	"signing_in.templ": "forms of one page", "signup.templ": "a form", "tool_analyze.templ": "one page", "tool_check.templ": "one page", "tool_generate.templ": "one page",
	"transfer.templ": "forms of one page", "upload.templ": "a form of one page",
}

// alsoNotInGallery are parts of files that the gallery shows otherwise.
var alsoNotInGallery = map[string]string{
	"domainPanel": "a page", "overviewPanel": "a page", "failuresPanel": "a page", "overviewTags": "a page's own chips", "headline": "its words are shown",
	"howWeCount": "text", "howProblems": "text", "domainFilters": "a form of one page", "tagForm": "a form of one page", "domainFileLinks": "links",
	"saidCell": "a cell", "mailboxField": "a field", "mailboxForm": "a form of one page", "dnsHostChips": "the setup page", "dnsHostSteps": "the setup page",
	"domainHead": "has the heading of a page", "downloadLink": "a link", "reportFacts": "the head of a report", "reportNotes": "the head of a report", "noReports": "a sentence", "iconDownload": "an icon",
}

var (
	definesPart = regexp.MustCompile(`(?m)^templ ([a-z]\w*)\(`)
	usesPart    = regexp.MustCompile(`@(\w+)\(`)
)

// TestGalleryShowsEveryPart: a part that pages are built of is in the gallery, so
// that the walks look at it in all its states, or has a reason not to be.
func TestGalleryShowsEveryPart(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) < 40 {
		t.Fatal(len(files), err)
	}
	uses, of := map[string][]string{}, map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\ntempl ")[1:] {
			name, body, _ := strings.Cut(part, "(")
			of[name] = file
			for _, m := range usesPart.FindAllStringSubmatch(body, -1) {
				uses[name] = append(uses[name], m[1])
			}
		}
	}
	shown := map[string]bool{}
	var show func(string)
	show = func(name string) {
		if !shown[name] {
			shown[name] = true
			for _, n := range uses[name] {
				show(n)
			}
		}
	}
	show("Gallery")
	for _, name := range slices.Sorted(maps.Keys(of)) {
		reason := notInGallery[of[name]] + alsoNotInGallery[name]
		if part := definesPart.MatchString("templ " + name + "("); part && !shown[name] && reason == "" {
			t.Errorf("%s of %s is neither in the gallery nor has a reason not to be", name, of[name])
		} else if part && shown[name] && alsoNotInGallery[name] != "" {
			t.Errorf("%s is in the gallery: it needs no reason not to be", name)
		}
	}
}

// Every state of the self-test shows all its stages once it has begun: what was
// reached, where it ended, what is left.
func TestGalleryShowsEveryStateOfTheSelfTest(t *testing.T) {
	t.Parallel()
	doc := galleryPage(t)
	verdicts := map[string]string{
		"Idle": "", "Waiting": "pending pending pending pending pending pending pending pending",
		"On its way, after STARTTLS": "pass pass pass pass pending pending pending pending",
		"Ended at Record":            "fail not applicable not applicable not applicable not applicable not applicable not applicable not applicable",
		"Ended at Reading":           "pass pass pass pass pass pass pass fail",
		"Never seen here":            "pass pass pass pass pass fail not applicable not applicable",
		"Arrived by POST":            "pass not applicable not applicable not applicable pass pass pass pass",
		"Arrived":                    "pass pass pass pass pass pass pass pass",
	}
	states := doc.Find(`[data-testid="gallery-self-test"]`)
	if states.Length() < 15 {
		t.Errorf("%d states are shown", states.Length())
	}
	for name, want := range verdicts {
		var got []string
		states.FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("h3").Text() == name }).
			Find("[data-stage]").Each(func(_ int, s *goquery.Selection) { got = append(got, s.AttrOr("data-verdict", "")) })
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s shows %q, want %q", name, g, want)
		}
	}
}

func galleryPage(t *testing.T) *goquery.Document {
	t.Helper()
	var out bytes.Buffer
	if err := views.Gallery(views.GalleryPage{Frame: frame("Gallery", "/dev/gallery")}).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
