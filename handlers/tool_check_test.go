package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

// publicDone answers what visitors wait for, as the job does.
func (w *world) publicDone(result models.PublicResult) (domains []string) {
	w.t.Helper()
	ctx := context.Background()
	domains, err := w.store.ClaimPublicChecks(ctx, "test", 10, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range domains {
		if err := w.store.SavePublicCheck(ctx, "test", d, result); err != nil {
			w.t.Fatal(err)
		}
	}
	return domains
}

func brokenRecord() models.PublicResult {
	return models.PublicResult{
		Verdict: "fail", Record: "v=TLSRPTv1; rua=mailto:a@x.example; nonsense",
		Mail: models.PublicMail{Known: true, MX: []models.PublicMX{{Host: "."}}},
		Findings: []models.PublicFinding{{
			Finding: models.Finding{ID: "R24", Severity: "fail", Text: "Remove nonsense."}, Drops: []string{"RFC 8460", "mox"},
		}},
		Senders: []models.PublicSender{{Family: "RFC 8460", Outcome: "rejected"}, {Family: "Postfix", Outcome: "all", Useful: []string{"mailto:a@x.example"}}},
		Servers: []models.PublicServer{
			{Server: "ns1.example.com", Addr: "192.0.2.1", Kind: "authoritative", TXT: []string{"v=TLSRPTv1; rua=mailto:a@x.example; nonsense"}, Rcode: "NOERROR", TTL: 300, Verdict: "fail"},
			{Server: "1.1.1.1:53", Addr: "1.1.1.1:53", Kind: "resolver", Rcode: "NXDOMAIN", TTL: 900, Verdict: "pending"},
		},
	}
}

func TestPublicCheckerAsksOnceAndAnswersForAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/tools/check?domain=example.com"
	first := w.get(path, nil)
	if first.StatusCode != 200 || first.find(t, "verdict") != "pending" || !strings.Contains(first.body, `http-equiv="refresh"`) {
		t.Errorf("before the check: %d, %q", first.StatusCode, first.find(t, "verdict"))
	}
	fragment := w.htmx("GET", path, nil)
	if strings.Contains(fragment.body, "<html") || fragment.doc(t).Find("#check-result[hx-get]").Length() != 1 || !strings.Contains(strings.Join(fragment.Header.Values("Vary"), ","), "HX-Request") {
		t.Error("the fragment is not one")
	}
	if done := w.publicDone(brokenRecord()); len(done) != 1 || done[0] != "example.com" {
		t.Fatalf("the job was given %v", done)
	}
	got := w.get(path, nil)
	doc := got.doc(t)
	if got.find(t, "verdict") != "fail" || strings.Contains(got.body, `http-equiv="refresh"`) || doc.Find("[hx-get]").Length() != 0 {
		t.Errorf("after the check: %q", got.find(t, "verdict"))
	}
	if text := doc.Find(`[data-finding="R24"]`).Text(); !strings.Contains(text, "Remove nonsense.") || !strings.Contains(text, "Sends nothing because of it: RFC 8460, mox.") {
		t.Errorf("the finding says %q", text)
	}
	parts := doc.Find(`[data-testid="record-part"]`)
	if parts.Length() != 4 || parts.Last().AttrOr("data-verdict", "") != "fail" || !strings.Contains(parts.Last().Text(), "nonsense") || !strings.Contains(parts.Eq(2).Text(), "by mail to a@x.example") {
		t.Errorf("taken apart: %q", parts.Text())
	}
	if senders := doc.Find(`[data-testid="sender"]`); senders.Length() != 2 || senders.First().AttrOr("data-verdict", "") != "fail" || senders.Last().AttrOr("data-verdict", "") != "pass" {
		t.Errorf("senders: %q", senders.Text())
	}
	if rows := doc.Find(`[data-testid="servers"] tbody tr`); rows.Length() != 2 || !strings.Contains(rows.Last().Text(), "forgets the old answer at 12:15") {
		t.Errorf("servers: %q", rows.Text())
	}
	if !strings.Contains(got.find(t, "mx"), "null MX") || got.find(t, "dig") != "dig +short TXT _smtp._tls.example.com @1.1.1.1" || got.find(t, "permalink") != "http://sealpost.test"+path {
		t.Errorf("mx %q, dig %q, link %q", got.find(t, "mx"), got.find(t, "dig"), got.find(t, "permalink"))
	}
	w.clock.Advance(59 * time.Second)
	w.get(path, nil)
	if again := w.publicDone(brokenRecord()); len(again) != 0 {
		t.Error("checked again within the minute")
	}
	w.clock.Advance(time.Second)
	if later := w.get(path, nil); later.find(t, "verdict") != "fail" || !strings.Contains(later.body, "Checking again now") {
		t.Error("after a minute the last result must stay until the next is there")
	}
	if again := w.publicDone(brokenRecord()); len(again) != 1 {
		t.Error("not checked again after a minute")
	}
}

func TestPublicCheckerIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.PublicChecks = 2 })
	for _, name := range []string{"a.example", "b.example", "a.example"} { // a.example is due already
		if got := w.get("/tools/check?domain="+name, nil); got.StatusCode != 200 {
			t.Fatalf("%s: %d", name, got.StatusCode)
		}
	}
	w.publicDone(brokenRecord())
	got := w.get("/tools/check?domain=c.example", nil)
	if got.StatusCode != 429 || got.Header.Get("Retry-After") == "" || !strings.Contains(got.body, "many checks in a row") {
		t.Errorf("the third: %d, Retry-After %q", got.StatusCode, got.Header.Get("Retry-After"))
	}
	if cached := w.get("/tools/check?domain=a.example", nil); cached.StatusCode != 200 || cached.find(t, "verdict") != "fail" {
		t.Errorf("what is known already: %d", cached.StatusCode)
	}
	w.clock.Advance(6 * time.Second)
	if got := w.get("/tools/check?domain=c.example", nil); got.StatusCode != 200 {
		t.Errorf("after a pause: %d", got.StatusCode)
	}
}

func TestPublicCheckerHasOneSpelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for typed, want := range map[string]string{"Example.COM.": "example.com", "bücher.de": "xn--bcher-kva.de", " example.com ": "example.com"} {
		if got := w.get("/tools/check?domain="+urlEscape(typed), nil); got.StatusCode != 303 || got.location() != "/tools/check?domain="+want {
			t.Errorf("%q: %d to %s", typed, got.StatusCode, got.location())
		}
	}
	if got := w.get("/tools/check?domain=xn--bcher-kva.de", nil); !strings.Contains(got.body, "bücher.de") {
		t.Error("the other spelling is not shown")
	}
	refused := w.get("/tools/check?domain="+urlEscape("user@example.com"), nil)
	if refused.StatusCode != 400 || refused.doc(t).Find(`main a[href="/tools/check?domain=example.com"]`).Length() != 1 {
		t.Errorf("a mail address: %d, without the name in it", refused.StatusCode)
	}
}

// What nobody has answered is neither yes nor no.
func TestPublicCheckThatNobodyAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/tools/check?domain=example.com"
	w.get(path, nil)
	w.publicDone(models.PublicResult{Verdict: "pending", Servers: []models.PublicServer{
		{Server: "1.1.1.1:53", Addr: "1.1.1.1:53", Kind: "resolver", Rcode: "SERVFAIL", EDE: "No Reachable Authority", Verdict: "warn"},
	}})
	got := w.get(path, nil)
	if got.find(t, "effective") != "not known" || got.find(t, "delegated") != "not known" || !strings.Contains(got.body, "answers SERVFAIL: No Reachable Authority") {
		t.Errorf("effective %q, delegated %q", got.find(t, "effective"), got.find(t, "delegated"))
	}
}
