package handlers_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// bulk sends the form with a list and a file.
func (w *world) bulk(p *person, names, table string) answer {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("names", names)
	part, err := form.CreateFormFile("file", "names.csv")
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write([]byte(table))
	form.Close()
	r := request(http.MethodPost, "/domains/bulk", p, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

func TestManyDomainsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "there.example")
	got := w.bulk(p, "One.example, there.example\nco.uk", "id;domain\n1;two.example\n2;one.example\n3;bücher.example\n")
	var rows []string
	for i := range got.doc(t).Find(`[data-testid="bulk-row"]`).Length() {
		row := got.doc(t).Find(`[data-testid="bulk-row"]`).Eq(i)
		rows = append(rows, strings.TrimSpace(row.Find("th").Text())+" "+row.AttrOr("data-verdict", ""))
	}
	want := "one.example pass|there.example warn|co.uk fail|two.example pass|one.example warn|xn--bcher-kva.example pass"
	if strings.Join(rows, "|") != want {
		t.Errorf("the rows are %v", rows)
	}
	if !strings.Contains(got.body, "3 added, 2 already there, 1 refused.") || w.zone != 1 {
		t.Errorf("the sum is wrong, or the zone was told %d times", w.zone)
	}
	pending := w.get("/domains/pending", p).doc(t).Find(`[data-testid="pending-row"]`)
	if pending.Length() != 4 || !strings.Contains(pending.First().Text(), "_smtp._tls.one.example.") || !strings.Contains(pending.First().Text(), ".tls.sealpost.test.") {
		t.Errorf("pending: %q", pending.Text())
	}
}

func fiveHundred() (names []string) {
	for i := range 500 {
		names = append(names, fmt.Sprintf("d%03d.example", i))
	}
	return names
}

// allActive lets every domain that is due be found delegated.
func (w *world) allActive() {
	w.t.Helper()
	w.clock.Advance(time.Second)
	due, err := w.store.ClaimDueDomains(w.t.Context(), "test", 500, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	next := w.clock.Now().Add(time.Hour)
	var outcomes []models.Outcome
	for _, d := range due {
		outcomes = append(outcomes, models.Outcome{Domain: d.Domain, Checked: models.Checked{
			At: w.clock.Now(), State: models.Active, Proven: true, Verdict: "pass", NextCheckAt: next, NextIfWatched: next,
		}})
	}
	if err := errors.Join(w.store.SaveChecks(w.t.Context(), "test", outcomes)...); err != nil {
		w.t.Fatal(err)
	}
}

// A provider who pastes 500 names gets a row for each. Those beyond the quota of
// pending domains, which the page names before, come back in the form, and have
// room once the first are active.
func TestFiveHundredNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	names := fiveHundred()
	if room := w.get("/domains/bulk", p).find(t, "room"); !strings.Contains(room, "room for 200 more now: 200 can be pending at a time, and 0 are") {
		t.Errorf("before: %q", room)
	}
	got := w.bulk(p, "", strings.Join(names, "\n"))
	doc := got.doc(t)
	rows, passed := doc.Find(`[data-testid="bulk-row"]`).Length(), doc.Find(`[data-testid="bulk-row"][data-verdict="pass"]`).Length()
	if left := doc.Find("#names").Text(); rows != 500 || passed != 200 || left != strings.Join(names[200:], "\n") {
		t.Errorf("%d rows, %d added, in the form is %.30q", rows, passed, left)
	}
	if !strings.Contains(got.body, "200 added, 0 already there, 300 without room, 0 refused.") || !strings.Contains(got.find(t, "room"), "room for no more now") {
		t.Errorf("the sum is wrong")
	}
	w.allActive()
	if got := w.bulk(p, doc.Find("#names").Text(), ""); !strings.Contains(got.body, "200 added, 0 already there, 100 without room, 0 refused.") {
		t.Errorf("once the first were active the rest has no room")
	}
}

// Where the operator raises the quota, all 500 go in at once.
func TestFiveHundredNamesWithRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Quotas.PendingDomains = 2000
	p := w.person("a@example.test")
	if got := w.bulk(p, strings.Join(fiveHundred(), "\n"), ""); !strings.Contains(got.body, "500 added, 0 already there, 0 refused.") || got.doc(t).Find(`[data-testid="bulk-row"][data-verdict="pass"]`).Length() != 500 {
		t.Errorf("500 names: %d", got.StatusCode)
	}
	w.store.Quotas.Domains = 500
	if room := w.get("/domains/bulk", p).find(t, "room"); !strings.Contains(room, "room for no more now: it can hold 500 domains, and has 500") {
		t.Errorf("a full account: %q", room)
	}
}

func TestTooManyNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	names := fiveHundred()
	for _, c := range []struct{ names, file, want string }{
		{"", "", "Enter the names"},
		{strings.Join(names, " "), "one.example", "more than 500 names; nothing was added"},
		{"", strings.Join(names, "\n") + "\none.example", "more than 500 names"},
	} {
		if got := w.bulk(p, c.names, c.file); got.StatusCode != 400 || !strings.Contains(got.body, c.want) {
			t.Errorf("%d, want %q", got.StatusCode, c.want)
		}
	}
	if got := w.bulk(p, "", strings.Repeat("x", 300<<10)); got.StatusCode != 413 {
		t.Errorf("a huge file: %d", got.StatusCode)
	}
}

func TestCNAMEExports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	w.domain(w.person("b@example.test"), "theirs.example")
	target := zone.Target(d.Name, d.Token)
	table, err := csv.NewReader(strings.NewReader(w.get("/domains/export/cnames.csv", p).body)).ReadAll()
	if err != nil || len(table) != 2 || strings.Join(table[1], " ") != "example.com pending _smtp._tls.example.com. CNAME "+target+". 3600" {
		t.Errorf("the table: %v, %v", table, err)
	}
	lines := w.get("/domains/export/cnames.zone", p)
	if !strings.Contains(lines.body, "\n_smtp._tls.example.com. 3600 IN CNAME "+target+". ; pending\n") || strings.Contains(lines.body, "theirs") {
		t.Errorf("the zone file: %s", lines.body)
	}
	if got := lines.Header.Get("Content-Disposition"); got != `attachment; filename="cnames.zone"` {
		t.Errorf("it is sent as %q", got)
	}
}

func TestSetupHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := testkit.Domain(t, w.store, p.account, "mail.example.com")
	server := models.Observation{Server: "ns1.example.com", Addr: "192.0.2.53", Kind: "authoritative", TXT: []string{`v=TLSRPTv1; rua=mailto:"old"@x.example`}, Rcode: "NOERROR", Verdict: "fail"}
	d = w.checked(d, models.Checked{State: models.Pending, Verdict: "fail", Zone: "example.com", Servers: []models.Observation{server}})
	w.clock.Advance(2 * 3600e9)
	server.TXT, server.CNAME, server.Verdict = nil, zone.Target(d.Name, d.Token), "pass"
	w.checked(d, models.Checked{State: models.Active, Proven: true, Verdict: "pass", Zone: "example.com", Servers: []models.Observation{server}})
	rows := w.get("/domains/mail.example.com/setup/history", p).doc(t).Find(`[data-testid="history-row"]`)
	if rows.Length() != 2 || !strings.Contains(rows.First().Text(), "CNAME right") || !strings.Contains(rows.First().Text(), "a TXT record, no CNAME") || !strings.Contains(rows.Last().Text(), "not asked before") {
		t.Errorf("the history: %q", rows.Text())
	}
	setup := w.get("/domains/mail.example.com/setup", p)
	if host, full := setup.find(t, "cname-host"), setup.find(t, "cname-host-full"); host != "_smtp._tls.mail" || full != "_smtp._tls.mail.example.com." {
		t.Errorf("the host is %q, in full %q", host, full)
	}
	if older := w.get("/domains/mail.example.com/setup/history?before=1", p); older.StatusCode != 200 || !strings.Contains(older.body, "Nothing older is known.") {
		t.Errorf("before everything: %d", older.StatusCode)
	}
}
