package ingest_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

const keyName = "s._domainkey.google.com"

// altered changes a signed mail on its way.
func altered(old, changed string) func(w *world) []byte {
	return func(w *world) []byte {
		raw := w.signed(aReport())
		if !bytes.Contains(raw, []byte(old)) {
			w.t.Fatalf("no %q in the mail", old)
		}
		return bytes.Replace(raw, []byte(old), []byte(changed), 1)
	}
}

// Ruling 11: what a member uploads counts, and what is posted counts.
func TestTrustInOtherWays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		delivery func(w *world) ingest.Delivery
		trust    models.Trust
		dkim     string
		reporter string
	}{
		{"posted", func(w *world) ingest.Delivery { return w.post(w.json(aReport())) }, models.Posted, "", "google.com"},
		{"posted, a signed mail", func(w *world) ingest.Delivery { return w.post(w.signed(aReport())) }, models.Posted, "", "google.com"},
		{"uploaded", func(w *world) ingest.Delivery { return w.upload(w.json(aReport())) }, models.Uploaded, "none", "google.com"},
		{"uploaded, an unsigned mail", func(w *world) ingest.Delivery { return w.upload(w.message("a@google.com", aReport())) }, models.Uploaded, "none", "google.com"},
		{"uploaded, a signed mail", func(w *world) ingest.Delivery { return w.upload(w.signed(aReport())) }, models.Verified, "pass", "google.com"},
		{"uploaded, a signed mail with bare line feeds", func(w *world) ingest.Delivery {
			return w.upload(bytes.ReplaceAll(w.signed(aReport()), []byte("\r\n"), []byte("\n")))
		}, models.Verified, "pass", "google.com"},
		{"uploaded, an altered mail", func(w *world) ingest.Delivery { return w.upload(altered("Report Domain", "report domain")(w)) }, models.Uploaded, "fail", "google.com"},
		{"uploaded, no key to be had", func(w *world) ingest.Delivery {
			raw := w.signed(aReport())
			w.keys.breakDown(true)
			return w.upload(raw)
		}, models.Uploaded, "temperror", "google.com"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.judge(c.delivery(w))
			if d.State != models.DeliveryCounted || d.DKIM != c.dkim || d.Reporter != c.reporter {
				t.Errorf("it is %s, DKIM %q, reporter %q, %s %s", d.State, d.DKIM, d.Reporter, d.Reason, d.Detail)
			}
			if reports := w.reports(w.domain); len(reports) != 1 || reports[0].Trust != c.trust {
				t.Errorf("reports %+v", reports)
			}
		})
	}
}

// Ruling 10: while the key cannot be looked up a mail waits, for a day at most.
func TestMissingKeyIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.signed(aReport())
	w.keys.breakDown(true)
	d := w.judge(w.mail(raw))
	for range 20 {
		if d.State != models.DeliveryPending || d.Attempts != 0 || d.ClaimedBy != "" || !d.NextAttemptAt.Equal(w.clock.Now().Add(ingest.KeyRetry)) {
			t.Fatalf("it is %s, %d attempts, the next at %v", d.State, d.Attempts, d.NextAttemptAt)
		}
		asked := w.keys.asked
		w.must(w.in.ProcessPending(w.ctx))
		if w.keys.asked != asked {
			t.Fatal("the key was asked for again at once")
		}
		w.clock.Advance(ingest.KeyRetry)
		w.must(w.in.ProcessPending(w.ctx))
		d = w.delivery(w.account.ID, d.ID)
	}
	w.keys.breakDown(false)
	w.clock.Advance(ingest.KeyRetry)
	w.must(w.in.ProcessPending(w.ctx))
	if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryCounted || d.DKIM != "pass" || d.Detail != "" {
		t.Errorf("with the key it is %s, %s: %s", d.State, d.DKIM, d.Detail)
	}
}

// A stop while a key is looked up says nothing about the key: the delivery is
// read again at once, and not only after the pause for name servers.
func TestStopWhileAKeyIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, ingest.KeyPatience} {
		w := newWorld(t)
		raw := w.signed(aReport())
		id := w.put(w.mail(raw))
		w.clock.Advance(age)
		lookup := w.in.LookupTXT
		stopping, stop := context.WithCancel(w.ctx)
		w.in.LookupTXT = func(ctx context.Context, _ string) ([]string, error) {
			stop()
			return nil, ctx.Err()
		}
		w.must(w.in.ProcessPending(stopping))
		d := w.delivery(w.account.ID, id)
		if d.State != models.DeliveryPending || d.Attempts != 0 || d.ClaimedBy != "" || d.NextAttemptAt.After(w.clock.Now()) {
			t.Fatalf("after %s it is %s, %d attempts, the next at %v", age, d.State, d.Attempts, d.NextAttemptAt)
		}
		w.in.LookupTXT = lookup
		w.must(w.in.ProcessPending(w.ctx))
		if d = w.delivery(w.account.ID, id); d.State != models.DeliveryCounted {
			t.Errorf("after the restart it is %s, %s", d.State, d.DKIMReason)
		}
	}
}

func TestMissingKeyAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.signed(aReport())
	w.keys.breakDown(true)
	d := w.judge(w.mail(raw))
	w.clock.Advance(ingest.KeyPatience)
	w.must(w.in.ProcessPending(w.ctx))
	if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryUnverified || d.DKIM != "temperror" || d.DKIMReason == "" {
		t.Errorf("after a day it is %s, %s: %s", d.State, d.DKIM, d.DKIMReason)
	}
}

func TestOrgDomain(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"google.com": "google.com", "Mail.Google.COM.": "google.com", "a.b.example.co.uk": "example.co.uk", "x.github.io": "x.github.io",
		"co.uk": "", "com": "", "": "", ".": "", "example.test": "example.test", "..": "",
	} {
		if got := ingest.OrgDomain(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Ruling 7: who a report is from when it does not say.
func TestReporterAndOrganization(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what                   string
		organization, contact  string
		via                    string
		reporter, organisation string
	}{
		{"all given, signed", "Google Inc.", "a@google.com", "signed", "google.com", "Google Inc."},
		{"all given, posted", "Google Inc.", "a@smtp.google.com", "posted", "google.com", "Google Inc."},
		{"contact of another", "Evil", "a@example.net", "signed", "google.com", "Evil"},
		{"contact is no address", "Mail.ru", "tel:123", "posted", "mail.ru", "Mail.ru"},
		{"contact is a domain", "X", "mail.example.org", "posted", "example.org", "X"},
		{"contact in brackets", "X", "<a@example.org>", "posted", "example.org", "X"},
		{"no contact", "Some Org", "", "posted", "some org", "Some Org"},
		{"no contact, a submitter", "Some Org", "", "uploaded mail", "google.com", "Some Org"},
		{"no organization, signed", "", "a@google.com", "signed", "google.com", "google.com"},
		{"no organization, contact only", "", "a@example.org", "posted", "example.org", "example.org"},
		{"nothing", "", "", "posted", "unknown", "unknown"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := aReport()
			r.Organization, r.Contact = c.organization, c.contact
			deliver := map[string]func() ingest.Delivery{
				"signed":        func() ingest.Delivery { return w.mail(w.signed(r)) },
				"posted":        func() ingest.Delivery { return w.post(w.json(r)) },
				"uploaded mail": func() ingest.Delivery { return w.upload(w.message("a@google.com", r)) },
			}[c.via]
			d := w.judge(deliver())
			reports := w.reports(w.domain)
			if len(reports) != 1 || reports[0].Reporter != c.reporter || reports[0].Organization != c.organisation || d.Reporter != c.reporter {
				t.Errorf("delivery %s %s %s, reports %+v", d.State, d.Reason, d.Detail, reports)
			}
		})
	}
}
