package handlers_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

func TestUploadSaysWhatBecameOfEachFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.Report.Message = 20 << 10 })
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	w.domain(p, "example.net")
	one := report("example.com", "2026-06-14", "one", "90", "10")
	got := w.upload("/domains/example.com/reports", p,
		file{"one.json", one},
		file{"one-again.json", one},
		file{"packed.json.gz", gzipped(t, report("example.com", "2026-06-13", "two", "5", "0"))},
		file{"other-domain.json", report("example.net", "2026-06-13", "three", "5", "0")},
		file{"letter.txt", []byte("Dear Sir or Madam")},
		file{"broken.json", []byte(`{"policies": [`)},
		file{"foreign.json", report("example.org", "2026-06-13", "four", "5", "0")},
		file{"huge.json", bytes.Repeat([]byte(" "), 20<<10+1)},
		file{"empty.json", nil},
		file{"\u202e<script>.json", report("example.com", "2026-06-12", "five", "5", "0")},
		file{"old.mbox", mbox(report("example.com", "2026-06-11", "six", "5", "0"), []byte("Subject: a letter\n\nDear Sir"), one)},
	)
	if got.StatusCode != 200 {
		t.Fatalf("got %d", got.StatusCode)
	}
	rows := got.doc(t).Find(`[data-testid="upload-result"]`)
	for i, want := range []struct{ file, state, says string }{
		{"one.json", "counted", "sender.example, 2026-06-14, example.com"},
		{"one-again.json", "duplicate", "You have this report already"},
		{"packed.json.gz", "counted", "2026-06-13, example.com"},
		{"other-domain.json", "counted", "2026-06-13, example.net"},
		{"letter.txt", "quarantined", "not-a-report"},
		{"broken.json", "quarantined", "malformed"},
		{"foreign.json", "quarantined", "foreign-domain"},
		{"huge.json", "refused", "larger than 0 MiB"},
		{"empty.json", "refused", "It is empty"},
		{"U+202E<script>.json", "counted", "2026-06-12"},
		{"old.mbox, message 1", "counted", "2026-06-11"},
		{"old.mbox, message 2", "quarantined", "no TLS report in it"},
		{"old.mbox, message 3", "duplicate", "sender.example"},
	} {
		row := rows.Eq(i)
		if row.AttrOr("data-file", "") != want.file || row.AttrOr("data-state", "") != want.state || !strings.Contains(row.Text(), want.says) {
			t.Errorf("row %d is %s, %s: %s", i, row.AttrOr("data-file", ""), row.AttrOr("data-state", ""), row.Text())
		}
	}
	if summary := got.find(t, "upload-summary"); summary != "13 sent: 5 counted, 2 you had already, 4 in quarantine, 2 not stored." {
		t.Errorf("the summary is %q", summary)
	}
	if n := got.doc(t).Find(`[data-testid="report-row"]`).Length(); n != 4 {
		t.Errorf("%d reports of the domain, want 4", n)
	}
	if n := w.get("/domains/example.net/reports", p).doc(t).Find(`[data-testid="report-row"]`).Length(); n != 1 {
		t.Errorf("%d reports of the other domain, want 1", n)
	}
	if got.doc(t).Find("script:not([src])").Length() != 0 {
		t.Error("a file name became a script")
	}
}

// mbox is a mailbox file of messages; what is no message becomes the body of one.
func mbox(messages ...[]byte) []byte {
	var out bytes.Buffer
	for _, m := range messages {
		out.WriteString("From tls@sender.example Sun Jun 14 12:00:00 2026\n")
		if m[0] == '{' {
			out.WriteString("Content-Type: application/tlsrpt+json\n\n")
		}
		out.Write(m)
		out.WriteString("\n\n")
	}
	return out.Bytes()
}

func TestUploadForTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	w.domain(p, "example.net")
	w.domain(w.person("b@example.test"), "example.org")
	got := w.upload("/reports", p, file{"all.mbox", mbox(
		report("example.com", "2026-06-14", "one", "90", "10"),
		report("example.net", "2026-06-14", "two", "5", "0"),
		report("example.org", "2026-06-14", "three", "5", "0"),
	)})
	var states []string
	got.doc(t).Find(`[data-testid="upload-result"]`).Each(func(_ int, s *goquery.Selection) {
		states = append(states, s.AttrOr("data-state", ""))
	})
	if got.StatusCode != 200 || strings.Join(states, " ") != "counted counted quarantined" {
		t.Errorf("got %d, %v", got.StatusCode, states)
	}
	if n := got.doc(t).Find(`[data-testid="report-row"]`).Length(); n != 2 {
		t.Errorf("%d reports of the account, want 2", n)
	}
	if about := w.get("/deliveries?state=counted", p).doc(t).Find(`[data-testid="delivery-row"] td.mono`).Text(); !strings.Contains(about, "example.com") || !strings.Contains(about, "example.net") {
		t.Errorf("the deliveries are about %q", about)
	}
	w.setRole(p, models.ReadOnly)
	if n := w.get("/reports", p).doc(t).Find("form[data-upload]").Length(); n != 0 {
		t.Error("who may only look is shown the form")
	}
}

func gzipped(t *testing.T, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(raw)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUploadRefusesBadForms(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) {
		d.Intake = intake
		d.Limits.Upload = 10_000
		d.Limits.UploadFiles = 3
		d.Limits.UploadMessages = 5
	})
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	small := func(n int) (files []file) {
		for i := range n {
			files = append(files, file{fmt.Sprint(i), []byte("{}")})
		}
		return files
	}
	for _, c := range []struct {
		what  string
		files []file
		err   error
		want  int
		said  string
		took  int
	}{
		{"no file", nil, nil, 400, "Choose one or more files", 0},
		{"as many as may be", small(3), nil, 200, "Stored, and not read yet", 3},
		{"too many", small(4), nil, 413, "more than one upload takes", 3},
		{"as many messages as may be", []file{{"a.mbox", mbox([]byte("{}"), []byte("{}"), []byte("{}"), []byte("{}"), []byte("{}"))}}, nil, 200, "Stored, and not read yet", 5},
		{"too many messages", []file{{"a.mbox", mbox([]byte("{}"), []byte("{}"), []byte("{}"))}, {"b.mbox", mbox([]byte("{}"), []byte("{}"), []byte("{}"))}}, nil, 413, "more than one upload takes", 5},
		{"too much", []file{{"a", []byte("{}")}, {"b", bytes.Repeat([]byte("x"), 10_000)}}, nil, 413, "more than one upload takes", 1},
		{"busy", small(1), ingest.ErrBusy, 503, "The server is busy", 1},
	} {
		intake.took, intake.err = nil, c.err
		got := w.upload("/domains/example.com/reports", p, c.files...)
		if got.StatusCode != c.want || !strings.Contains(got.body, c.said) || len(intake.took) != c.took {
			t.Errorf("%s: got %d, %d stored", c.what, got.StatusCode, len(intake.took))
		}
	}
	intake.err = nil
	if got := w.post("/domains/example.com/reports", p, "files", "x"); got.StatusCode != 400 {
		t.Errorf("a form without files: %d", got.StatusCode)
	}
	cut := request(http.MethodPost, "/domains/example.com/reports", p, strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\n{"))
	cut.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	cut.Header.Set("Sec-Fetch-Site", "same-origin")
	if got := w.do(cut); got.StatusCode != 400 || !strings.Contains(got.body, "broke off") {
		t.Errorf("a form that breaks off: %d", got.StatusCode)
	}
}

func TestReportInFull(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	page := f.get("/reports/"+f.report.ID, f.owner)
	if page.find(t, "report-id") != "one" {
		t.Errorf("the report-id is %q", page.find(t, "report-id"))
	}
	for _, part := range []string{"sender.example", "Example Sender", "tls@sender.example", "Uploaded by a member", "mode: enforce", "mx.example.com", "192.0.2.7", "X509_V_ERR_CERT_HAS_EXPIRED"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if !strings.Contains(page.find(t, "raw"), `"report-id": "one"`) {
		t.Errorf("the JSON is not shown indented: %.100s", page.find(t, "raw"))
	}
	raw := f.get("/reports/"+f.report.ID+"/raw", f.owner)
	if !json.Valid([]byte(raw.body)) || raw.body != string(report("example.com", "2026-06-14", "one", "90", "10")) {
		t.Errorf("the download is %.100s", raw.body)
	}
}

// Ruling 9: a reporter is marked new in lists and on its reports until its third day.
func TestNewReporterIsMarked(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, want := range []bool{true, false} {
		for _, path := range []string{"/reports", "/domains/example.com/reports", "/reports/" + f.report.ID} {
			if got := f.get(path, f.owner).doc(t).Find(`[data-testid="new-reporter"]`).Length() > 0; got != want {
				t.Errorf("%s at %s: marked new is %v", path, f.clock.Now(), got)
			}
		}
		f.clock.Advance(48 * time.Hour)
	}
}

func TestDownloadsAreInert(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct{ path, contentType, name string }{
		{"/reports/" + f.report.ID + "/raw", "application/json", "tls-report-2026-06-14-" + f.report.ID + ".json"},
		{"/deliveries/" + f.report.DeliveryID + "/original", "application/octet-stream", "delivery-" + f.report.DeliveryID + ".bin"},
	} {
		got := f.get(c.path, f.owner)
		if got.StatusCode != 200 || got.Header.Get("Content-Type") != c.contentType ||
			got.Header.Get("Content-Disposition") != `attachment; filename="`+c.name+`"` ||
			!strings.HasSuffix(got.Header.Get("Content-Security-Policy"), "; sandbox") {
			t.Errorf("%s: %d, %v", c.path, got.StatusCode, got.Header)
		}
	}
}

func TestReportsOutliveTheirBytes(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	if _, err := f.store.RemoveOldBodies(context.Background(), f.clock.Now().AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	page := f.get("/reports/"+f.report.ID, f.owner)
	if page.StatusCode != 200 || page.find(t, "report-id") != "one" || page.find(t, "raw") != "" || strings.Contains(page.body, "/original") {
		t.Errorf("the page: %d", page.StatusCode)
	}
	for _, path := range []string{"/reports/" + f.report.ID + "/raw", "/deliveries/" + f.report.DeliveryID + "/original"} {
		if got := f.get(path, f.owner); got.StatusCode != 404 {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if list := f.get("/deliveries", f.owner); strings.Contains(list.body, "/original") || !strings.Contains(list.body, "/reports/"+f.report.ID) {
		t.Error("the list offers bytes that are gone, or not the report that is there")
	}
	if page := f.get("/deliveries/"+f.report.DeliveryID, f.owner); strings.Contains(page.body, "/original") || !strings.Contains(page.body, "/reports/"+f.report.ID) {
		t.Error("the page of the delivery offers bytes that are gone, or not the report that is there")
	}
}

func TestDeliveriesAndQuarantine(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	f.upload("/domains/example.com/reports", f.owner, file{"letter.txt", []byte("Dear Sir or Madam")})
	all := f.get("/deliveries", f.owner).doc(t).Find(`[data-testid="delivery-row"]`)
	var states []string
	for _, row := range all.EachIter() {
		state, _ := row.Attr("data-state")
		states = append(states, state)
	}
	if fmt.Sprint(states) != "[quarantined counted]" {
		t.Errorf("the deliveries are %v", states)
	}
	for _, c := range []struct {
		query string
		n     int
	}{{"?state=counted", 1}, {"?state=pending", 0}, {"?state=x", 2}, {"?page=2", 0}} {
		if n := f.get("/deliveries"+c.query, f.owner).doc(t).Find(`[data-testid="delivery-row"]`).Length(); n != c.n {
			t.Errorf("%s: %d rows, want %d", c.query, n, c.n)
		}
	}
	page := f.get("/quarantine", f.owner)
	row := page.doc(t).Find(`[data-testid="quarantine-row"]`)
	if reason, _ := row.Attr("data-reason"); row.Length() != 1 || reason != "not-a-report" || !strings.Contains(row.Text(), "letter.txt") {
		t.Errorf("the quarantine has %d rows, %s", row.Length(), row.Text())
	}
	if badge := page.doc(t).Find(".menu-links .badge").Text(); badge != "1" {
		t.Errorf("the menu counts %q", badge)
	}
}

func TestReportIDsAreShownAsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	hostile := []string{
		`<script>alert(1)</script>`, `\"><img src=x onerror=alert(1)>`, `{{7*7}}${7*7}`, `</title><svg/onload=alert(1)>`,
		`' OR 1=1--`, `\u202eabc`, `\u0000`, strings.Repeat("x", 5000),
	}
	for i, text := range hostile {
		body := report("example.com", "2026-06-14", text, fmt.Sprint(i), "1")
		body = bytes.ReplaceAll(body, []byte("X509_V_ERR_CERT_HAS_EXPIRED"), []byte(text))
		w.upload("/domains/example.com/reports", p, file{"r.json", body})
	}
	reports, _, err := w.store.ListReports(context.Background(), p.account.ID, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 50}})
	if err != nil || len(reports) != len(hostile) {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	paths := []string{"/reports", "/domains/example.com", "/domains/example.com/reports", "/domains/example.com/failures", "/overview"}
	for _, r := range reports {
		paths = append(paths, "/reports/"+r.ID)
	}
	for _, path := range paths {
		page := w.get(path, p)
		doc := page.doc(t)
		if page.StatusCode != 200 || doc.Find("script:not([src]), img, [onerror], [onload], [style]").Length() != 0 {
			t.Errorf("%s: got %d, or text became markup", path, page.StatusCode)
		}
	}
}
