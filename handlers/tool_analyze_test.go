package handlers_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
)

func zipped(files ...[]byte) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, f := range files {
		w, _ := z.Create(fmt.Sprintf("r%d.json", i))
		_, _ = w.Write(f)
	}
	z.Close()
	return out.Bytes()
}

func TestAnalyzerShowsAndForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := report("example.com", "2026-06-14", "one", "90", "10"), report("example.net", "2026-06-14", "two", "5", "0")
	mail := []byte("From: a@sender.example\r\nMIME-Version: 1.0\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + string(two))
	got := w.upload("/tools/analyze", nil, file{"one.json", one}, file{"one.json.gz", gzipped(t, one)}, file{"both.zip", zipped(one, two)}, file{"mail.eml", mail}, file{"photo.jpg", []byte("\xff\xd8\xff\xe0")})
	if got.StatusCode != 200 {
		t.Fatalf("got %d", got.StatusCode)
	}
	files := got.doc(t).Find(`[data-testid="analyzed-file"]`)
	var counts []int
	for i := range files.Length() {
		counts = append(counts, files.Eq(i).Find(`[data-testid="analyzed-report"]`).Length())
	}
	if fmt.Sprint(counts) != "[1 1 2 1 0]" {
		t.Fatalf("reports of the files: %v", counts)
	}
	if text := files.First().Text(); !strings.Contains(text, "Example Sender") || !strings.Contains(text, "certificate-expired") || !strings.Contains(text, "10.0 %") && !strings.Contains(text, "10.0\u202f%") && !strings.Contains(text, "10.0\u00a0%") {
		t.Errorf("the report is shown as %q", text)
	}
	if text := files.Last().Text(); !strings.Contains(text, "There is no TLS report in it.") {
		t.Errorf("the photo: %q", text)
	}
	var kept int
	if err := w.query("SELECT (SELECT COUNT(*) FROM deliveries) + (SELECT COUNT(*) FROM reports)").Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d rows are kept, %v", kept, err)
	}
}

func TestAnalyzerIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.Analyses, d.Limits.Report.Message = 4, 100_000 })
	many := "From: a@sender.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
	for i := range 25 {
		many += "\r\n--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + string(report("example.com", "2026-06-14", fmt.Sprint("r", i), "1", "0"))
	}
	doc := w.upload("/tools/analyze", nil, file{"many.eml", []byte(many + "\r\n--b--\r\n")}).doc(t)
	if n := doc.Find(`[data-testid="analyzed-report"]`).Length(); n != 20 || !strings.Contains(doc.Text(), "5 of them are not shown") {
		t.Errorf("%d reports are shown", n)
	}
	if got := w.upload("/tools/analyze", nil, file{"large", make([]byte, 500_000)}); got.StatusCode != 413 || !strings.Contains(got.body, "larger than any report") {
		t.Errorf("a large file: %d", got.StatusCode)
	}
	if got := w.upload("/tools/analyze", nil, make([]file, 11)...); got.StatusCode != 400 {
		t.Errorf("files without a name: %d", got.StatusCode)
	}
	if got := w.post("/tools/analyze", nil); got.StatusCode != 400 || !strings.Contains(got.body, "Choose a file") {
		t.Errorf("no file: %d", got.StatusCode)
	}
	if got := w.upload("/tools/analyze", nil, file{"x", []byte("{}")}); got.StatusCode != 429 || got.Header.Get("Retry-After") == "" {
		t.Errorf("the fifth: %d", got.StatusCode)
	}
	w.clock.Advance(10 * time.Second)
	if got := w.upload("/tools/analyze", nil, file{"x", []byte("{}")}); got.StatusCode != 200 {
		t.Errorf("after a pause: %d", got.StatusCode)
	}
}
