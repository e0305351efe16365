package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// signer gives a world whose mail is signed by another domain.
func (w *world) signer(t *testing.T, domain string) *world {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.resolver.Add(t, "tlsrpt._domainkey."+domain+". 300 TXT \"v=DKIM1; k=ed25519; s=tlsrpt; p="+base64.StdEncoding.EncodeToString(public)+"\"")
	other := *w
	other.key, other.reporter = private, domain
	return &other
}

// TestIntruderMovesNoNumbers (G12): Alice, who has an account and a domain with
// a valid key of its own, mails reports about Bob's domain. Sent to her own
// address they are nobody's. Sent to Bob's, they neither change what his
// reporters have said nor pass for it: unproven ones count nothing, and those
// that she signs stand apart as a new reporter, which Bob can block.
func TestIntruderMovesNoNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "alice.test", "bob.test")
	n := w.startNode(t)
	pages := n.web.socket.Addr().String()
	alice, bob := newBrowser(t, pages, n.config.BaseURL), newBrowser(t, pages, n.config.BaseURL)
	alice.signUp("alice@example.test")
	bob.signUp("bob@example.test")
	aliceAt := alice.addDomain("alice.test") + "@rpt.tls.sealpost.test"
	bobAt := bob.addDomain("bob.test") + "@rpt.tls.sealpost.test"
	mallory := w.signer(t, "alice.test")
	send := func(to string, message []byte) {
		t.Helper()
		if err := sendMail(n.smtp.Addr(), to, message); err != nil {
			t.Fatal(err)
		}
	}
	const day = "2026-03-01"
	genuine := func() *tlsrpt.Report { return report("bob.test", "genuine", day, 5, 1) }
	send(bobAt, w.mail(t, bobAt, genuine()))
	eventually(t, "Bob's own report shows", func() bool { _, _, known := bob.day("bob.test", day); return known })

	forged := genuine()
	forged.Policies[0].Failed.N, forged.Policies[0].Failures[0].Sessions = 666, 666
	unproven := bytes.Replace(w.mail(t, bobAt, report("bob.test", "unproven", day, 0, 666)), []byte("tlsrpt@reporter.test"), []byte("tlsrpt@google.com"), 1)
	// To her own address.
	send(aliceAt, w.mail(t, aliceAt, forged))
	send(aliceAt, mallory.mail(t, aliceAt, forged))
	// To Bob's address: as somebody else, and by her own name with the id, the
	// days and the organization of the genuine one.
	send(bobAt, unproven)
	eventually(t, "all but her own are judged", func() bool {
		return testID(alice.get("/quarantine"), "quarantine-row").Filter(`[data-reason="foreign-domain"]`).Length() == 2 &&
			testID(bob.get("/deliveries?state=unverified"), "delivery-row").Length() == 1
	})
	if s, f, _ := bob.day("bob.test", day); s != 5 || f != 1 {
		t.Errorf("Bob's day shows %d and %d, want 5 and 1", s, f)
	}
	if _, _, known := alice.day("alice.test", day); known {
		t.Error("a report about bob.test shows at alice.test")
	}
	send(bobAt, mallory.mail(t, bobAt, forged))
	marked := func() bool {
		row := testID(bob.get("/reporters"), "reporter-row").Filter(`[data-identity="alice.test"]`)
		return strings.Contains(row.Text(), "new")
	}
	eventually(t, "the newcomer is listed as new", marked)
	if s, f := bob.dayBy("bob.test", day, "reporter.test"); s != 5 || f != 1 {
		t.Errorf("by the genuine reporter the day shows %d and %d, want 5 and 1", s, f)
	}
	bob.submit("/reporters/block", map[string][]string{"identity": {"alice.test"}})
	if s, f, _ := bob.day("bob.test", day); s != 5 || f != 1 {
		t.Errorf("with it blocked the day shows %d and %d, want 5 and 1", s, f)
	}
}

// dayBy is day for what one reporter says.
func (b *browser) dayBy(domain, day, reporter string) (successful, failed int) {
	b.t.Helper()
	row := b.get("/domains/" + domain + "?from=" + day + "&to=" + day + "&reporter=" + reporter).Find(`[data-testid="trend-table"] [data-day="` + day + `"]`)
	successful, _ = strconv.Atoi(row.AttrOr("data-successful", ""))
	failed, _ = strconv.Atoi(row.AttrOr("data-failed", ""))
	return successful, failed
}

// TestQuotaOnTheWire: over the quota of a day a mail server is told to come
// back, and so is who posts; another domain is not touched, and nothing that
// was accepted goes.
func TestQuotaOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test", "other.test")
	n := w.startNode(t, "LIMIT_TOKEN_DELIVERIES=2")
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	address, other := b.addDomain("example.test")+"@rpt.tls.sealpost.test", b.addDomain("other.test")+"@rpt.tls.sealpost.test"
	secret := strings.TrimSpace(testID(b.get("/domains/example.test/settings"), "post-url").Text())
	send := func(to, domain, id string) error {
		return sendMail(n.smtp.Addr(), to, w.mail(t, to, report(domain, id, "2026-03-01", 1, 0)))
	}
	for _, id := range []string{"one", "two"} {
		if err := send(address, "example.test", id); err != nil {
			t.Fatal(err)
		}
	}
	var answer *textproto.Error
	if err := send(address, "example.test", "three"); !errors.As(err, &answer) || answer.Code != 450 || !strings.HasPrefix(answer.Msg, "4.7.1 ") {
		t.Errorf("the third mail is answered %v", err)
	}
	res, err := http.Post(strings.Replace(secret, n.config.BaseURL, "http://"+n.web.socket.Addr().String(), 1), "application/tlsrpt+json", bytes.NewReader(mustEncode(t, report("example.test", "four", "2026-03-01", 1, 0))))
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if after, _ := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != 429 || after < 60 || after > 900 {
		t.Errorf("a POST is answered %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if err := send(other, "other.test", "five"); err != nil {
		t.Errorf("another domain: %v", err)
	}
	eventually(t, "what was accepted is counted", func() bool { s, _, _ := b.day("example.test", "2026-03-01"); return s == 2 })
}
