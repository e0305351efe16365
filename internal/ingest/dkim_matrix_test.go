package ingest_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// signedWorld is a world whose keys are served by a name server.
type signedWorld struct {
	*world
	dns      *testkit.DNS
	patience time.Duration // of a look-up, when it is to end soon
}

func newSignedWorld(t testing.TB) *signedWorld {
	t.Helper()
	w := &signedWorld{world: newWorld(t), dns: testkit.NewDNS(t)}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, w.dns.Addr)
	}}
	w.in.LookupTXT = func(ctx context.Context, name string) ([]string, error) {
		if w.patience > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, w.patience)
			defer cancel()
		}
		return resolver.LookupTXT(ctx, name+".")
	}
	return w
}

// publish serves a key of a domain under the selector s.
func (w *signedWorld) publish(domain string, key crypto.Signer, tags string) {
	w.dns.Add(w.t, txtLine("s._domainkey."+domain, keyRecord(w.t, key, tags)))
}

func (w *signedWorld) newKey() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	return key
}

func (w *signedWorld) newRSA(bits int) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	w.must(err)
	return key
}

// usual is the report mail of google.com.
func (w *signedWorld) usual() []byte { return w.message("noreply@google.com", aReport()) }

// by signs the usual mail by google.com with a key whose record has more tags.
func (w *signedWorld) by(key crypto.Signer, tags string, change ...func(*dkim.SignOptions)) []byte {
	w.publish("google.com", key, tags)
	return w.sign(w.usual(), "google.com", key, change...)
}

// sealed signs the usual mail by hand.
func (w *signedWorld) sealed(key crypto.Signer, tags, keyTags string) []byte {
	w.publish("google.com", key, keyTags)
	return w.seal(w.usual(), tags, key)
}

const (
	edTags  = "v=1; a=ed25519-sha256; d=google.com; s=s; h=from:subject:content-type"
	rsaTags = "v=1; a=rsa-sha256; d=google.com; s=s; h=from:subject:content-type"
)

func (w *signedWorld) unix(after time.Duration) string {
	return fmt.Sprint(w.clock.Now().Add(after).Unix())
}

func replaced(raw []byte, old, changed string) []byte {
	if !bytes.Contains(raw, []byte(old)) {
		panic("no " + old + " in the mail")
	}
	return bytes.Replace(raw, []byte(old), []byte(changed), 1)
}

// twoReports is a mail with two parts that hold reports, signed without
// Content-Type.
func (w *signedWorld) twoReports(h string) []byte {
	second := aReport(policy(tlsrpt.PolicySTS, "example.com", 500, 500))
	second.ReportID = "second"
	part := "\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + strings.TrimSpace(string(w.json(second))) + "\r\n"
	raw := replaced(w.usual(), "--\r\n", part+"--never\r\n")
	key := w.newKey()
	w.publish("google.com", key, "")
	return w.seal(raw, strings.Replace(edTags, ":content-type", h, 1), key)
}

type dkimCase struct {
	what    string
	raw     func(w *signedWorld) []byte
	dkim    string // the result
	counted bool   // else it is unverified
	reason  string // a part of it
}

// G8: what makes a mail verified and what does not (rulings.md 9 and 10;
// reliability.md M15, M18 to M20, M24).
var dkimMatrix = []dkimCase{
	{"ed25519", func(w *signedWorld) []byte { return w.by(w.newKey(), "") }, "pass", true, ""},
	{"RSA, 2048 bits", func(w *signedWorld) []byte { return w.by(w.newRSA(2048), "") }, "pass", true, ""},
	{"RSA, 1024 bits", func(w *signedWorld) []byte { return w.by(w.newRSA(1024), "") }, "pass", true, ""},
	{"RSA, 512 bits", func(w *signedWorld) []byte { return w.sealed(newWeakKey(w.t), rsaTags, "") }, "fail", false, "too short"},
	{"RSA, SHA-1", func(w *signedWorld) []byte {
		return w.sealed(w.newRSA(2048), strings.Replace(rsaTags, "sha256", "sha1", 1), "")
	}, "fail", false, "SHA-1"},
	{"by hand", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags, "") }, "pass", true, ""},
	{"by hand, RSA", func(w *signedWorld) []byte { return w.sealed(w.newRSA(2048), rsaTags, "") }, "pass", true, ""},
	{"simple canonicalization", func(w *signedWorld) []byte {
		return w.by(w.newKey(), "", func(o *dkim.SignOptions) { o.HeaderCanonicalization, o.BodyCanonicalization = "simple", "simple" })
	}, "pass", true, ""},

	{"s=tlsrpt", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=tlsrpt; ") }, "pass", true, ""},
	{"s=tlsrpt, RSA", func(w *signedWorld) []byte { return w.by(w.newRSA(2048), "s=tlsrpt; ") }, "pass", true, ""},
	{"s=email", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=email; ") }, "pass", true, ""},
	{"s=*", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=*; ") }, "pass", true, ""},
	{"s=other:tlsrpt", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=other : tlsrpt; ") }, "pass", true, ""},
	{"s=other", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=other; ") }, "fail", false, "other services"},
	{"s=tlsrptx", func(w *signedWorld) []byte { return w.by(w.newKey(), "s=tlsrptx; ") }, "fail", false, "other services"},
	{"t=y", func(w *signedWorld) []byte { return w.by(w.newKey(), "t=y; ") }, "fail", false, "test"},
	{"t=s", func(w *signedWorld) []byte { return w.by(w.newKey(), "t=s; ") }, "pass", true, ""},
	{"t=s, i= of a subdomain", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; i=@mail.google.com", "t=s; ") }, "fail", false, "t=s"},
	{"i= of a subdomain", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; i=@mail.google.com", "") }, "pass", true, ""},
	{"i= of another domain", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; i=@example.net", "") }, "fail", false, "i="},

	{"signed by a subdomain", signedFor("noreply@google.com", "mail.google.com"), "pass", true, ""},
	{"from a subdomain", signedFor("noreply@mail.google.com", "google.com"), "pass", true, ""},
	{"d= is a sibling", signedFor("noreply@one.google.com", "two.google.com"), "pass", true, ""},
	{"below a public suffix", signedFor("a@x.example.co.uk", "y.example.co.uk"), "pass", true, ""},
	{"not aligned", signedFor("noreply@google.com", "example.net"), "fail", false, "not who the message is from"},
	{"ends alike", signedFor("noreply@google.com", "badgoogle.com"), "fail", false, "not who"},
	{"neighbours below a public suffix", signedFor("a@one.co.uk", "two.co.uk"), "fail", false, "not who"},
	{"neighbours below a private suffix", signedFor("a@one.github.io", "two.github.io"), "fail", false, "not who"},
	{"d= is a public suffix", signedFor("a@example.co.uk", "co.uk"), "fail", false, "public suffix"},
	{"d= is a top-level domain", signedFor("a@example.com", "com"), "fail", false, "public suffix"},
	{"From is a public suffix", signedFor("a@co.uk", "co.uk"), "fail", false, "From"},

	{"x= to come", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; x="+w.unix(time.Hour), "") }, "pass", true, ""},
	{"x= at the receipt", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; x="+w.unix(0), "") }, "pass", true, ""},
	{"x= over at the receipt", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; x="+w.unix(-time.Second), "") }, "fail", false, "expired"},
	{"x= before t=", func(w *signedWorld) []byte {
		return w.sealed(w.newKey(), edTags+"; t="+w.unix(2*time.Hour)+"; x="+w.unix(time.Hour), "")
	}, "fail", false, "expires"},
	{"t= to come: a clock that is wrong, no forgery", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; t="+w.unix(48*time.Hour), "") }, "pass", true, ""},
	{"l= of the whole body", func(w *signedWorld) []byte {
		raw := w.usual()
		_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		return w.sealed(w.newKey(), fmt.Sprintf("%s; l=%d", edTags, len(body)), "")
	}, "fail", false, "part of the body"},
	{"l= of a part", func(w *signedWorld) []byte { return w.sealed(w.newKey(), edTags+"; l=10", "") }, "fail", false, "part of the body"},
	{"h= lacks From", func(w *signedWorld) []byte {
		return w.sealed(w.newKey(), strings.Replace(edTags, "h=from:", "h=", 1), "")
	}, "fail", false, "From"},
	{"h= lacks Content-Type, one report", func(w *signedWorld) []byte {
		return w.sealed(w.newKey(), strings.Replace(edTags, ":content-type", "", 1), "")
	}, "weak", true, "Content-Type"},
	{"h= lacks Content-Type, two reports", func(w *signedWorld) []byte { return w.twoReports("") }, "weak", false, "Content-Type"},
	{"h= covers Content-Type, two reports", func(w *signedWorld) []byte { return w.twoReports(":content-type") }, "pass", true, ""},

	{"p= is empty", func(w *signedWorld) []byte {
		w.dns.Add(w.t, txtLine(keyName, "v=DKIM1; p="))
		return w.sign(w.usual(), "google.com", w.newKey())
	}, "fail", false, "revoked"},
	{"no key", func(w *signedWorld) []byte { return w.sign(w.usual(), "google.com", w.newKey()) }, "fail", false, "not published"},
	{"no TXT at the key's name", func(w *signedWorld) []byte {
		w.dns.Add(w.t, keyName+". 60 IN A 192.0.2.1")
		return w.sign(w.usual(), "google.com", w.newKey())
	}, "fail", false, "not published"},
	{"another key", func(w *signedWorld) []byte {
		w.publish("google.com", w.newKey(), "")
		return w.sign(w.usual(), "google.com", w.newKey())
	}, "fail", false, "key is another"},
	{"a key of another kind", func(w *signedWorld) []byte {
		w.publish("google.com", w.newRSA(2048), "")
		return w.sign(w.usual(), "google.com", w.newKey())
	}, "fail", false, "another kind"},
	{"two keys", func(w *signedWorld) []byte {
		w.publish("google.com", w.newKey(), "")
		return w.by(w.newKey(), "")
	}, "fail", false, "several keys"},
	{"a key behind a CNAME", func(w *signedWorld) []byte {
		key, target := w.newKey(), "key.provider.example"
		w.dns.Set(keyName, dns.TypeTXT, testkit.Answer{RR: []string{
			keyName + ". 60 IN CNAME " + target + ".", txtLine(target, keyRecord(w.t, key, "")),
		}})
		return w.sign(w.usual(), "google.com", key)
	}, "pass", true, ""},
	{"a key of 60 KiB, over TCP", func(w *signedWorld) []byte {
		key := w.newKey()
		record := keyRecord(w.t, key, "n="+strings.Repeat("x", 60<<10)+"; ")
		w.dns.Set(keyName, dns.TypeTXT, testkit.Answer{RR: []string{txtLine(keyName, record)}, Truncate: true})
		return w.sign(w.usual(), "google.com", key)
	}, "fail", false, "too large"},

	{"no signature", func(w *signedWorld) []byte { return w.usual() }, "none", false, "no DKIM signature"},
	{"a signature that cannot be read", func(w *signedWorld) []byte {
		return append([]byte("DKIM-Signature: v=1; a=;\r\n"), w.usual()...)
	}, "fail", false, "lacks"},
	{"another subject", func(w *signedWorld) []byte { return replaced(w.by(w.newKey(), ""), "Report Domain", "report domain") }, "fail", false, "header was changed"},
	{"another body", func(w *signedWorld) []byte {
		return replaced(w.by(w.newKey(), ""), "This is a TLS report", "This is no TLS report")
	}, "fail", false, "body was changed"},
	{"a banner below the body", func(w *signedWorld) []byte { return append(w.by(w.newKey(), ""), "External mail!\r\n"...) }, "fail", false, "body was changed"},
	{"two From", func(w *signedWorld) []byte { return append([]byte("From: a@google.com\r\n"), w.by(w.newKey(), "")...) }, "fail", false, "From"},
	{"a second From of somebody else", func(w *signedWorld) []byte { return append([]byte("From: a@example.net\r\n"), w.by(w.newKey(), "")...) }, "fail", false, "From"},
	{"no From", func(w *signedWorld) []byte { return replaced(w.by(w.newKey(), ""), "From: noreply", "X-From: noreply") }, "fail", false, "From"},
	{"two addresses in From", func(w *signedWorld) []byte {
		return replaced(w.by(w.newKey(), ""), "From: noreply@google.com", "From: noreply@google.com, a@google.com")
	}, "fail", false, "From"},
	{"a group in From", func(w *signedWorld) []byte {
		return replaced(w.by(w.newKey(), ""), "From: noreply@google.com", "From: reports: noreply@google.com;")
	}, "fail", false, "From"},
	{"a comment in From", func(w *signedWorld) []byte {
		return replaced(w.by(w.newKey(), ""), "From: noreply@google.com", "From: a@example.net (noreply@google.com)")
	}, "fail", false, "not who"},
	{"a second Subject", func(w *signedWorld) []byte { return append([]byte("Subject: mine\r\n"), w.by(w.newKey(), "")...) }, "fail", false, "Subject"},
	{"a second Content-Type", func(w *signedWorld) []byte {
		raw := w.by(w.newKey(), "")
		return append([]byte(fieldOf(string(raw), "Content-Type")), raw...)
	}, "fail", false, "Content-Type"},
	{"one by another, one that passes", func(w *signedWorld) []byte {
		other := w.newKey()
		w.publish("example.net", other, "")
		raw := w.by(w.newKey(), "")
		return w.sign(raw, "example.net", other)
	}, "pass", true, ""},
	{"one that fails, one that passes", func(w *signedWorld) []byte {
		return append([]byte("DKIM-Signature: "+edTags+"; bh=AAAA; b=AAAA\r\n"), w.by(w.newKey(), "")...)
	}, "pass", true, ""},
	{"the fifth of fifty passes", func(w *signedWorld) []byte { return w.fifty(4) }, "pass", true, ""},
	{"the sixth of fifty passes, M19", func(w *signedWorld) []byte { return w.fifty(5) }, "fail", false, "body was changed"},
}

// signedFor signs a mail of one address by a domain.
func signedFor(from, domain string) func(w *signedWorld) []byte {
	return func(w *signedWorld) []byte {
		key := w.newKey()
		w.publish(domain, key, "")
		return w.sign(w.message(from, aReport()), domain, key)
	}
}

// fifty has that many signatures of google.com; the one at a place is valid.
func (w *signedWorld) fifty(place int) []byte {
	raw := w.by(w.newKey(), "")
	valid, rest, _ := bytes.Cut(raw, []byte("From: "))
	var out []byte
	for i := range 50 {
		if i == place {
			out = append(out, valid...)
			continue
		}
		out = append(out, "DKIM-Signature: "+strings.Replace(edTags, "s=s", fmt.Sprint("s=s", i), 1)+"; bh=AAAA; b=AAAA\r\n"...)
	}
	return append(append(out, "From: "...), rest...)
}

func TestDKIMMatrix(t *testing.T) {
	t.Parallel()
	if len(dkimMatrix) < 40 {
		t.Fatalf("only %d cases", len(dkimMatrix))
	}
	for _, c := range dkimMatrix {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newSignedWorld(t)
			d := w.judge(w.mail(c.raw(w)))
			trust, state := models.Unverified, models.DeliveryUnverified
			if c.counted {
				trust, state = models.Verified, models.DeliveryCounted
			}
			if d.State != state || d.DKIM != c.dkim || (d.DKIMReason == "") != (c.dkim == "pass") || !strings.Contains(d.DKIMReason, c.reason) {
				t.Errorf("it is %s, DKIM %s by %s/%s: %s", d.State, d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason)
			}
			if c.counted && (d.DKIMDomain == "" || d.DKIMSelector != "s" || !strings.HasSuffix(d.DKIMDomain, d.Reporter)) {
				t.Errorf("it is by %s/%s, reporter %s", d.DKIMDomain, d.DKIMSelector, d.Reporter)
			}
			reports := w.reports(w.domain)
			if len(reports) == 0 {
				t.Fatal("no report is listed")
			}
			for _, r := range reports {
				if r.Trust != trust || (r.Standing == models.Counted) != c.counted {
					t.Errorf("report %s is %s, %s", r.ReportID, r.Trust, r.Standing)
				}
			}
			if s, f := w.sessions(w.domain); (s+f > 0) != c.counted {
				t.Errorf("%d sessions count", s+f)
			}
			if asked := w.dns.Asked(); len(asked) > 2*5 {
				t.Errorf("%d questions were asked", len(asked))
			}
		})
	}
}

// While the name servers of a sender do not answer, or answer nonsense, its
// mail waits, for a day at most; with the key it counts, whenever it is judged.
func TestKeysThatCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		answer testkit.Answer
	}{
		{"SERVFAIL", testkit.Answer{Rcode: dns.RcodeServerFailure}},
		{"silence", testkit.Answer{Silent: true}},
		{"refused", testkit.Answer{Rcode: dns.RcodeRefused}},
		{"truncated, and no TCP", testkit.Answer{Truncate: true, NoTCP: true}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newSignedWorld(t)
			key := w.newKey()
			raw := w.seal(w.usual(), edTags+"; x="+w.unix(time.Minute), key)
			w.dns.Set(keyName, dns.TypeTXT, c.answer)
			w.patience = 200 * time.Millisecond
			d := w.judge(w.mail(raw))
			if d.State != models.DeliveryPending || !strings.Contains(d.Detail, "google.com") {
				t.Fatalf("it is %s: %s", d.State, d.Detail)
			}
			w.patience = 0
			w.dns.Clear(keyName, dns.TypeTXT)
			w.publish("google.com", key, "")
			w.clock.Advance(23 * time.Hour)
			w.must(w.in.ProcessPending(w.ctx))
			if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryCounted || d.DKIM != "pass" {
				t.Errorf("with the key, long after x=, it is %s, %s: %s", d.State, d.DKIM, d.DKIMReason)
			}
		})
	}
}

// M21: a genuine report that a third party mails again counts once.
func TestReplayedMail(t *testing.T) {
	t.Parallel()
	w := newSignedWorld(t)
	raw := w.by(w.newKey(), "")
	w.judge(w.mail(raw))
	w.clock.Advance(5 * 24 * time.Hour)
	again := append([]byte("Received: from elsewhere.example\r\n"), raw...)
	if d := w.judge(w.mail(again)); d.State != models.DeliveryDuplicate || d.DKIM != "pass" {
		t.Errorf("sent again it is %s, %s", d.State, d.DKIM)
	}
	if s, f := w.sessions(w.domain); s != 9 || f != 1 {
		t.Errorf("it counts %d/%d", s, f)
	}
}
