package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

func (w *world) generate(text, domain string) *goquery.Document {
	w.t.Helper()
	got := w.get("/tools/generate?"+url.Values{"to": {text}, "domain": {domain}}.Encode(), nil)
	if got.StatusCode != 200 {
		w.t.Fatalf("%q: %d", text, got.StatusCode)
	}
	return got.doc(w.t)
}

func byTestID(doc *goquery.Document, id string) *goquery.Selection {
	return doc.Find(`[data-testid="` + id + `"]`)
}

func TestGeneratorWritesOneRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := w.generate("https://x.example/r;1\na@x.example\r\n\nnonsense\nmailto:a@X.example\nhttp://x.example/\nb@x.example, mailto:c@x.example", "Example.COM")
	const want = "v=TLSRPTv1; rua=mailto:a@x.example,mailto:b@x.example,mailto:c@x.example,https://x.example/r%3B1"
	if got := byTestID(doc, "txt-value").Text(); got != want {
		t.Errorf("the record is %q, want %q", got, want)
	}
	var verdicts []string
	byTestID(doc, "destination").Each(func(_ int, s *goquery.Selection) { verdicts = append(verdicts, s.AttrOr("data-verdict", "")) })
	if fmt.Sprint(verdicts) != "[pass pass pass pass fail fail fail]" {
		t.Errorf("the lines are judged %v", verdicts)
	}
	for _, text := range []string{"Write a mail address, or put https://", "in the list already", "reports know no other way", "3 lines are left out"} {
		if !strings.Contains(byTestID(doc, "generated").Text(), text) {
			t.Errorf("it does not say %q", text)
		}
	}
	if got := byTestID(doc, "zone-line").Text(); got != `_smtp._tls.example.com. 3600 IN TXT "`+want+`"` {
		t.Errorf("the zone file line is %s", got)
	}
	if byTestID(doc, "sender").Length() != 4 || byTestID(doc, "cname-hint").Length() != 1 {
		t.Error("it does not say what senders do, or hint at the CNAME")
	}
	if record, err := tlsrpt.ParseRecord(want); err != nil || len(record.Destinations) != 4 || !record.Usable() {
		t.Errorf("our own parser reads %+v, %v", record, err)
	}
}

func TestGeneratorIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var lines []string
	for i := range 120 {
		lines = append(lines, fmt.Sprintf("mailto:reports-%d@example.com", i))
	}
	doc := w.generate(strings.Join(lines, "\n"), "")
	record := byTestID(doc, "txt-value").Text()
	if parsed, err := tlsrpt.ParseRecord(record); err != nil || len(parsed.Destinations) != 100 {
		t.Errorf("%d destinations, %v", len(parsed.Destinations), err)
	}
	if line := byTestID(doc, "zone-line").Text(); strings.Count(line, `" "`) != (len(record)-1)/255 {
		t.Errorf("the zone file line has the wrong strings: %s", line)
	}
	long := w.generate(strings.Repeat("x", 20000), "")
	if byTestID(long, "txt-value").Length() != 0 || !strings.Contains(byTestID(long, "generated").Text(), "Only the first 16384 characters are read.") {
		t.Error("a long text is not cut")
	}
}

func TestGeneratorEmptyAndRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.get("/tools/generate", nil); got.StatusCode != 200 || byTestID(got.doc(t), "txt-value").Length() != 0 {
		t.Error("an empty form gives a record")
	}
	doc := w.generate("a@x.example", "co.uk")
	if !strings.Contains(byTestID(doc, "generated").Text(), "co.uk is a public suffix") || !strings.Contains(byTestID(doc, "zone-line").Text(), "_smtp._tls.example.com.") {
		t.Error("a domain that cannot be is taken, or costs the record")
	}
}
