package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func TestQuarantine(t *testing.T) {
	t.Parallel()
	day := `"date-range":{"start-datetime":"2026-06-14T00:00:00Z","end-datetime":"2026-06-14T23:59:59Z"}`
	good := `{"organization-name":"o","report-id":"r",` + day + `,"policies":[{"policy":{"policy-type":"sts","policy-domain":"example.com"},"summary":{"total-successful-session-count":9,"total-failure-session-count":1}}]}`
	for _, c := range []struct {
		what, raw, reason string
	}{
		{"good", good, ""},
		{"empty", "", "not-a-report"},
		{"text", "hello", "not-a-report"},
		{"another JSON", `{"a":1}`, "not-a-report"},
		{"cut short", good[:len(good)-9], "malformed"},
		{"trailing data", good + "{}", "trailing-data"},
		{"duplicate key", strings.Replace(good, `"report-id":"r",`, `"report-id":"r","report-id":"s",`, 1), "duplicate-key"},
		{"negative count", strings.Replace(good, ":9,", ":-9,", 1), "out-of-range"},
		{"huge count", strings.Replace(good, ":9,", ":1000000000001,", 1), "out-of-range"},
		{"no dates", strings.Replace(good, day, `"x":1`, 1), "bad-dates"},
		{"of next month", strings.ReplaceAll(good, "2026-06", "2026-07"), "bad-dates"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "encoding"},
		{"deep", strings.Replace(good, `{`, `{"x":`+strings.Repeat("[", 99)+strings.Repeat("]", 99)+",", 1), "too-deep"},
		{"many policies", strings.Replace(good, `"policies":[`, `"policies":[`+strings.Repeat(`{"policy":{"policy-type":"sts"}},`, 1001), 1), "too-many"},
		{"foreign", strings.Replace(good, "example.com", "example.net", 1), "foreign-domain"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.judge(w.upload([]byte(c.raw)))
			if c.reason == "" {
				if d.State != models.DeliveryCounted {
					t.Errorf("it is %s, %s: %s", d.State, d.Reason, d.Detail)
				}
				return
			}
			if d.State != models.DeliveryQuarantined || d.Reason != c.reason || d.Detail == "" {
				t.Errorf("it is %s, %s: %s; want %s", d.State, d.Reason, d.Detail, c.reason)
			}
			if raw, err := ingest.Original(w.ctx, w.store, w.account.ID, d.ID); err != nil || string(raw) != c.raw {
				t.Errorf("its bytes: %d, %v", len(raw), err)
			}
		})
	}
}

// A DKIM lookup that panics stands for any fault of ours.
func TestFaultyDeliveryIsPutAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	poison := w.mail(w.signed(aReport()))
	healthy := w.put(w.upload(w.json(aReport())))
	lookup := w.in.LookupTXT
	w.in.LookupTXT = func(context.Context, string) ([]string, error) { panic("a fault") }
	d := w.judge(poison)
	if got := w.delivery(w.account.ID, healthy); got.State != models.DeliveryCounted {
		t.Errorf("the delivery beside it is %s", got.State)
	}
	for range ingest.MaxAttempts - 1 {
		if d.State != models.DeliveryPending || d.ClaimedBy != "" {
			t.Fatalf("after %d attempts it is %s", d.Attempts, d.State)
		}
		w.clock.Advance(ingest.FailureRetry)
		w.must(w.in.ProcessPending(w.ctx))
		d = w.delivery(w.account.ID, d.ID)
	}
	if d.State != models.DeliveryQuarantined || d.Reason != "malformed" || d.Attempts != ingest.MaxAttempts {
		t.Errorf("after %d attempts it is %s, %s", d.Attempts, d.State, d.Reason)
	}
	w.in.LookupTXT = lookup
	if other := w.judge(w.mail(w.signed(aReport()))); other.State != models.DeliveryCounted {
		t.Errorf("the next is %s: %s", other.State, other.DKIMReason)
	}
}

func TestFaultThatPasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lookup := w.in.LookupTXT
	w.in.LookupTXT = func(context.Context, string) ([]string, error) { panic("a fault") }
	d := w.judge(w.mail(w.signed(aReport())))
	w.in.LookupTXT = lookup
	w.clock.Advance(ingest.FailureRetry)
	w.must(w.in.ProcessPending(w.ctx))
	if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryCounted || d.Detail != "" {
		t.Errorf("it is %s: %s", d.State, d.Detail)
	}
}

// A delivery that the database does not take, here because the sums of its day
// leave no room, is put aside and does not hold up those that were claimed with it.
func TestUnsavableDeliveryIsPutAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.fillUp("google.com", 9_223_372_036_854_775_000))
	r := aReport(policy(tlsrpt.PolicySTS, "example.com", 900_000, 1))
	id := w.put(w.post(w.json(r)))
	fine := w.put(w.post(w.json(aReport(policy(tlsrpt.PolicySTS, "example.com", 0, 7)))))
	for range ingest.MaxAttempts {
		w.must(w.in.ProcessPending(w.ctx))
		w.clock.Advance(ingest.FailureRetry)
	}
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryQuarantined || d.Reason != "malformed" {
		t.Errorf("it is %s, %d attempts: %s", d.State, d.Attempts, d.Detail)
	}
	if d := w.delivery(w.account.ID, fine); d.State != models.DeliveryCounted {
		t.Errorf("the one beside it is %s: %s", d.State, d.Detail)
	}
}

// fillUp gives the test's day a report with so many sessions that few others fit.
func (w *world) fillUp(reporter string, sessions int64) error {
	id := w.put(w.post([]byte("full")))
	claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "fill", 10, time.Minute)
	if err != nil || len(claimed) != 1 || claimed[0].ID != id {
		return fmt.Errorf("claimed %d, %w", len(claimed), err)
	}
	claimed[0].State = models.DeliveryCounted
	return w.store.SaveJudged(w.ctx, "fill", []models.Judged{{Delivery: claimed[0], Reports: []models.FullReport{{Report: models.Report{
		DomainID: w.domain.ID, AccountID: w.account.ID, DeliveryID: id, Reporter: reporter, ReportID: "full", StartAt: start, EndAt: start,
		Day: models.DayOf(start), ContentHash: []byte("full"), Trust: models.Verified, Successful: sessions, ReceivedAt: w.clock.Now(),
	}}}}})
}

// A process that dies while it judges has its deliveries judged by another, once.
func TestDeadHoldersDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.put(w.mail(w.signed(aReport())))
	if _, err := w.store.ClaimPendingDeliveries(w.ctx, "dead", 10, ingest.JudgeLease); err != nil {
		t.Fatal(err)
	}
	w.must(w.in.ProcessPending(w.ctx))
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryPending {
		t.Errorf("before the lease ended it was %s", d.State)
	}
	w.clock.Advance(ingest.JudgeLease)
	w.must(w.in.ProcessPending(w.ctx))
	w.must(w.in.ProcessPending(w.ctx))
	if d := w.delivery(w.account.ID, id); d.State != models.DeliveryCounted || d.Attempts != 2 {
		t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
	}
	if s, f := w.sessions(w.domain); s != 9 || f != 1 {
		t.Errorf("it counts %d/%d", s, f)
	}
}

// A delivery that ends every process that reads it is not read for ever; a few
// kills from outside do not put it aside.
func TestDeliveryThatIsNeverReadToItsEnd(t *testing.T) {
	t.Parallel()
	for claims, want := range map[int]models.DeliveryState{ingest.MaxAttempts + 2: models.DeliveryCounted, ingest.MaxClaims: models.DeliveryQuarantined} {
		w := newWorld(t)
		id := w.put(w.mail(w.signed(aReport())))
		for range claims {
			if _, err := w.store.ClaimPendingDeliveries(w.ctx, "dead", 10, ingest.JudgeLease); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(ingest.JudgeLease)
		}
		w.must(w.in.ProcessPending(w.ctx))
		if d := w.delivery(w.account.ID, id); d.State != want {
			t.Errorf("after %d claims that came to nothing it is %s, want %s", claims, d.State, want)
		}
	}
}

// Several nodes judge a backlog together; each delivery counts once, copies
// that arrive by several ways included.
func TestNodesShareABacklog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.keys.ed25519(t, keyName, "")
	const reports = 15
	for i := range reports {
		r := aReport(policy(tlsrpt.PolicySTS, "example.com", 2, 1))
		r.ReportID = fmt.Sprint("id ", i)
		mail := w.sign(w.message("noreply@google.com", r), "google.com", key)
		w.put(w.mail(mail))
		w.put(w.mail(mail))
		w.put(w.post(w.json(r)))
		packed, err := tlsrpt.Gzip(w.json(r))
		w.must(err)
		w.put(w.upload(packed))
	}
	var g errgroup.Group
	for i := range 3 {
		in := w.intake(fmt.Sprint("node", i))
		g.Go(func() error { return in.ProcessPending(w.ctx) })
	}
	w.must(g.Wait())
	if n, err := w.store.PendingDeliveries(w.ctx); n != 0 || err != nil {
		t.Errorf("%d still wait, %v", n, err)
	}
	if s, f := w.sessions(w.domain); s != 2*reports || f != reports {
		t.Errorf("they count %d/%d, want %d/%d", s, f, 2*reports, reports)
	}
	for _, r := range w.reports(w.domain) {
		if r.Trust != models.Verified {
			t.Errorf("report %s is %s", r.ReportID, r.Trust)
		}
	}
}

func TestSeveralReportsInOneDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.message("noreply@google.com", aReport())
	second := aReport(policy(tlsrpt.PolicySTS, "example.com", 5, 0))
	second.ReportID = "second"
	raw = bytes.Replace(raw, []byte("--\r\n"), []byte("\r\nContent-Type: application/tlsrpt+json\r\n\r\n"+string(w.json(second))+"\r\n"), 1)
	d := w.judge(w.upload(raw))
	if reports := w.reports(w.domain); len(reports) != 2 || d.State != models.DeliveryCounted {
		t.Errorf("it is %s with %d reports", d.State, len(reports))
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "ü": "ü", "a\x00b": "a\u2400b", "a\xffb": "a\uFFFDb", "\xc3": "\uFFFD",
		"0123456789": "0123456789", "01234567890": "0123456…", "012345ü7890": "012345…", strings.Repeat("\x00", 9): strings.Repeat("\u2400", 2) + "…",
	} {
		got := ingest.Clean(in, 10)
		if got != want || len(got) > 10 || !utf8.ValidString(got) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestNetworkAndHost(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", " 192.0.2.77 ": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "::ffff:192.0.2.77": "192.0.2.0/24",
		"fe80::1%eth0": "", "": "", "mx.example.com": "", "192.0.2.0/24": "", "1.2.3": "", "0x7f.1": "",
	} {
		if got := ingest.Network(in); got != want {
			t.Errorf("network of %q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"MX.Example.com.": "mx.example.com", " mx ": "mx", "": "", "a\x00": "a\u2400"} {
		if got := ingest.HostName(in); got != want {
			t.Errorf("host %q is %q, want %q", in, got, want)
		}
	}
}
