package ingest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

const keyName = "s._domainkey.google.com"

// signedWith signs by google.com with a fresh key whose record has more tags.
func signedWith(tags string, change ...func(*dkim.SignOptions)) func(w *world) []byte {
	return func(w *world) []byte {
		return w.sign(w.message("noreply@google.com", aReport()), "google.com", w.keys.ed25519(w.t, keyName, tags), change...)
	}
}

// signedBy signs a mail of one address by another domain.
func signedBy(from, domain string) func(w *world) []byte {
	return func(w *world) []byte {
		return w.sign(w.message(from, aReport()), domain, w.keys.ed25519(w.t, "s._domainkey."+domain, ""))
	}
}

// altered changes a signed mail on its way.
func altered(old, changed string) func(w *world) []byte {
	return func(w *world) []byte {
		raw := signedWith("")(w)
		if !bytes.Contains(raw, []byte(old)) {
			w.t.Fatalf("no %q in the mail", old)
		}
		return bytes.Replace(raw, []byte(old), []byte(changed), 1)
	}
}

// Rulings 9 and 10: what makes a mail verified, and what does not.
func TestTrustInMail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		raw      func(w *world) []byte
		dkim     string
		reporter string // of a verified report
	}{
		{"ed25519", signedWith(""), "pass", "google.com"},
		{"RSA", func(w *world) []byte {
			return w.sign(w.message("noreply@google.com", aReport()), "google.com", w.keys.rsa(w.t, keyName, ""))
		}, "pass", "google.com"},
		{"RSA, s=tlsrpt", func(w *world) []byte {
			return w.sign(w.message("noreply@google.com", aReport()), "google.com", w.keys.rsa(w.t, keyName, "s=tlsrpt; "))
		}, "pass", "google.com"},
		{"s=tlsrpt", signedWith("s=tlsrpt; "), "pass", "google.com"},
		{"s=*", signedWith("s=*; "), "pass", "google.com"},
		{"s=email", signedWith("s=email; "), "pass", "google.com"},
		{"s=other:tlsrpt", signedWith("s=other : tlsrpt; "), "pass", "google.com"},
		{"s=other", signedWith("s=other; "), "fail", ""},
		{"s=tlsrptx", signedWith("s=tlsrptx; "), "fail", ""},
		{"simple canonicalization", signedWith("", func(o *dkim.SignOptions) { o.HeaderCanonicalization, o.BodyCanonicalization = "simple", "simple" }), "pass", "google.com"},
		{"signed by a subdomain", signedBy("noreply@google.com", "mail.google.com"), "pass", "google.com"},
		{"from a subdomain", signedBy("noreply@mail.google.com", "google.com"), "pass", "google.com"},
		{"below a public suffix", signedBy("a@x.example.co.uk", "y.example.co.uk"), "pass", "example.co.uk"},
		{"not aligned", signedBy("noreply@google.com", "example.net"), "fail", ""},
		{"neighbours below a public suffix", signedBy("a@one.co.uk", "two.co.uk"), "fail", ""},
		{"neighbours below a private suffix", signedBy("a@one.github.io", "two.github.io"), "fail", ""},
		{"d= is a public suffix", signedBy("a@example.co.uk", "co.uk"), "fail", ""},
		{"From is a public suffix", signedBy("a@co.uk", "co.uk"), "fail", ""},
		{"expired", signedWith("", func(o *dkim.SignOptions) { o.Expiration = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }), "fail", ""},
		{"l=", altered("DKIM-Signature: ", "DKIM-Signature: l=10; "), "fail", ""},
		{"another subject", altered("Report Domain", "report domain"), "fail", ""},
		{"another body", altered("This is a TLS report", "This is no TLS report"), "fail", ""},
		{"a banner in the body", func(w *world) []byte { return append(signedWith("")(w), "External mail!\r\n"...) }, "fail", ""},
		{"no signature", func(w *world) []byte { return w.message("noreply@google.com", aReport()) }, "none", ""},
		{"no key", func(w *world) []byte {
			raw := signedWith("")(w)
			w.keys.txt = map[string][]string{}
			return raw
		}, "fail", ""},
		{"another key", func(w *world) []byte {
			raw := signedWith("")(w)
			w.keys.ed25519(w.t, keyName, "")
			return raw
		}, "fail", ""},
		{"revoked key", func(w *world) []byte {
			raw := signedWith("")(w)
			w.keys.set(keyName, "v=DKIM1; k=ed25519; p=")
			return raw
		}, "fail", ""},
		{"two From fields", func(w *world) []byte {
			return append([]byte("From: other@google.com\r\n"), signedWith("")(w)...)
		}, "fail", ""},
		{"two addresses in From", altered("From: noreply@google.com", "From: noreply@google.com, a@google.com"), "fail", ""},
		{"From is not signed", func(w *world) []byte {
			return bytes.Replace(signedWith("")(w), []byte("h=From:"), []byte("h="), 1)
		}, "fail", ""},
		{"one that fails, one that passes", func(w *world) []byte {
			other := w.sign(w.message("noreply@google.com", aReport()), "example.net", w.keys.ed25519(w.t, "s._domainkey.example.net", ""))
			return w.sign(other, "google.com", w.keys.ed25519(w.t, keyName, ""))
		}, "pass", "google.com"},
		{"the sixth passes", func(w *world) []byte {
			raw := signedWith("")(w)
			key := w.keys.ed25519(w.t, "s._domainkey.example.net", "")
			for range 5 {
				raw = w.sign(raw, "example.net", key)
			}
			return raw
		}, "fail", ""},
		{"a broken signature", func(w *world) []byte {
			return append([]byte("DKIM-Signature: v=1; a=;\r\n"), w.message("noreply@google.com", aReport())...)
		}, "fail", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.judge(w.mail(c.raw(w)))
			trust, state, counted := models.Unverified, models.DeliveryUnverified, int64(0)
			if c.reporter != "" {
				trust, state, counted = models.Verified, models.DeliveryCounted, 9
			}
			if d.State != state || d.DKIM != c.dkim || (d.DKIMReason == "") != (c.dkim == "pass") {
				t.Errorf("it is %s, DKIM %s by %s/%s: %s", d.State, d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason)
			}
			reports := w.reports(w.domain)
			if len(reports) != 1 || reports[0].Trust != trust || c.reporter != "" && reports[0].Reporter != c.reporter {
				t.Errorf("reports %+v", reports)
			}
			if successful, _ := w.sessions(w.domain); successful != counted {
				t.Errorf("%d sessions count, want %d", successful, counted)
			}
		})
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

// The service list is rewritten for the verifier alone: what the lookup keeps
// stays as it was published.
func TestKeyRecordIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := signedWith("s=tlsrpt; ")(w)
	before := w.keys.txt[keyName][0]
	w.judge(w.mail(raw))
	if after := w.keys.txt[keyName][0]; after != before {
		t.Errorf("the record became %q", after)
	}
}

func TestAllowTLSRPT(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{
		"v=DKIM1; s=tlsrpt; p=x":       "v=DKIM1;s=email; p=x",
		"v=DKIM1; s = a : tlsrpt; p=x": "v=DKIM1;s=email; p=x",
		"v=DKIM1; s=email; p=x":        "v=DKIM1; s=email; p=x",
		"v=DKIM1; s=other; p=x":        "v=DKIM1; s=other; p=x",
		"v=DKIM1; n=s=tlsrpt; p=x":     "v=DKIM1; n=s=tlsrpt; p=x",
		"":                             "",
	} {
		if got := ingest.AllowTLSRPT(record); got != want {
			t.Errorf("%q became %q, want %q", record, got, want)
		}
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
