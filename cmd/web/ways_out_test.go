package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/internal/testkit"
)

// mailTaker is the operator's mail server with all who read their mail there.
type mailTaker struct {
	addr  string
	mu    sync.Mutex
	mails []smtpd.Mail
}

func newMailTaker(t *testing.T) *mailTaker {
	t.Helper()
	m := &mailTaker{}
	server, err := smtpd.Listen(smtpd.Config{
		Hostname: "relay.test", Limits: smtpd.DefaultLimits(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Recipient: func(context.Context, string) error { return nil },
		Accept: func(_ context.Context, mail smtpd.Mail) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.mails = append(m.mails, mail)
			return nil
		},
	}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return m
}

// to waits for the first mail to an address.
func (m *mailTaker) to(t *testing.T, address string, after int) []byte {
	t.Helper()
	var raw []byte
	eventually(t, "mail to "+address, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		n := 0
		for _, mail := range m.mails {
			if slices.Contains(mail.To, address) {
				if raw = mail.Raw; n == after {
					return true
				}
				n++
			}
		}
		return false
	})
	return raw
}

// hook is an https endpoint that echoes challenges and keeps what it is sent.
type hook struct {
	url   string
	roots *x509.CertPool
	mu    sync.Mutex
	posts []string // media types
}

func newHook(t *testing.T, echo bool) *hook {
	t.Helper()
	h := &hook{roots: x509.NewCertPool()}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") == "application/json" {
			if echo {
				w.Write(body)
			}
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.posts = append(h.posts, r.Header.Get("Content-Type"))
	}))
	t.Cleanup(server.Close)
	h.roots.AddCert(server.Certificate())
	h.url = "https://example.com:" + portOf(server.Listener.Addr()) + "/reports"
	return h
}

func (h *hook) received() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.posts)
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

func TestForwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	relay, target := newMailTaker(t), newHook(t, true)
	w.resolver.Add(t, "example.com. 300 A 127.0.0.1")
	w.adjust = func(c *config) { c.roots = target.roots }
	n := w.startNode(t, "MAIL_URL=smtp://"+relay.addr+"?from=forwards@sealpost.example")
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	b.submit(string(regexp.MustCompile(`/signup/[0-9a-z]{26}`).Find(relay.to(t, "ada@example.test", 0))), url.Values{"password": {"correct horse battery"}})
	token := b.addDomain("example.test")
	const page = "/domains/example.test/forwards"

	b.submit(page, url.Values{"target": {"Bob@example.net"}})
	b.submit(page, url.Values{"target": {target.url}})
	link := regexp.MustCompile(`/forwards/[0-9a-z]{26}`).Find(relay.to(t, "bob@example.net", 0))
	stranger := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	if stranger.get(string(link)).Find("form[method=post]").Length() == 0 {
		t.Fatal("the link shows no button")
	}
	if testID(b.get(page), "forward").Filter(`[data-target="bob@example.net"]`).AttrOr("data-verdict", "") != "pending" {
		t.Error("opening the link was enough to confirm")
	}
	if testID(stranger.submit(string(link), nil), "confirmed").Length() == 0 {
		t.Error("the link does not confirm")
	}
	if code, _ := stranger.do(http.MethodPost, string(link), nil, ""); code != http.StatusNotFound {
		t.Errorf("the link works twice: %d", code)
	}
	eventually(t, "both targets are confirmed", func() bool {
		return testID(b.get(page), "forward").Filter(`[data-verdict="pass"]`).Length() == 2
	})

	original := w.mail(t, token+"@rpt.tls.sealpost.test", report("example.test", "one", yesterday(), 5, 1))
	if err := sendMail(n.smtp.Addr(), token+"@rpt.tls.sealpost.test", original); err != nil {
		t.Fatal(err)
	}
	sent := relay.to(t, "bob@example.net", 1)
	if !bytes.HasSuffix(sent, original) || !bytes.Contains(sent, []byte("Resent-To: bob@example.net\r\n")) {
		t.Errorf("the original was changed on its way:\n%s", sent)
	}
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(sent), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		texts, err := resolver([]string{w.resolver.Addr}).LookupTXT(t.Context(), name+".")
		for i := range texts {
			texts[i] = strings.ReplaceAll(texts[i], "s=tlsrpt; ", "")
		}
		return texts, err
	}})
	if err != nil || len(verified) != 1 || verified[0].Err != nil {
		t.Errorf("the reporter's signature broke: %v, %v", verified, err)
	}
	eventually(t, "the endpoint has the report", func() bool {
		return slices.Equal(target.received(), []string{"application/tlsrpt+gzip"})
	})

	secret := testID(b.get("/domains/example.test/settings"), "post-url").Text()
	u, err := url.Parse(secret)
	if err != nil {
		t.Fatal(err)
	}
	if code := post2xx(t, "http://"+n.web.socket.Addr().String()+u.Path, mustEncode(t, report("example.test", "two", yesterday(), 7, 0))); code != http.StatusCreated {
		t.Fatalf("POST: %d", code)
	}
	if posted := string(relay.to(t, "bob@example.net", 2)); !strings.Contains(posted, "report-type=\"tlsrpt\"") || !strings.Contains(posted, "From: forwards@sealpost.example") {
		t.Errorf("a posted report was sent on as\n%s", posted)
	}
	eventually(t, "the endpoint has the posted report as it was", func() bool {
		return slices.Equal(target.received(), []string{"application/tlsrpt+gzip", "application/tlsrpt+json"})
	})
}

func TestTargetsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	token := b.addDomain("example.test")
	for _, target := range []string{
		"", "nobody", "a@b,c@d", "a@example.net,b@example.net", "Ada <a@example.net>", "a@example.net\r\nBcc: eve@example.net",
		token + "@rpt.tls.sealpost.test", "x@tls.sealpost.test", "x@a.rpt.tls.sealpost.test", strings.Repeat("a@example.net ", 1000),
		"http://example.net/", "https://", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://rpt.tls.sealpost.test/",
		"https://user:pass@example.net/", "https://example.net/#x", "https://exa mple.net/", "gopher://example.net/", "javascript://example.net/%0aalert(1)",
	} {
		code, doc := b.do(http.MethodPost, "/domains/example.test/forwards", strings.NewReader(url.Values{"target": {target}}.Encode()), "application/x-www-form-urlencoded")
		if code != http.StatusBadRequest || doc.Find("#target-error").Text() == "" {
			t.Errorf("%.60q: %d %q", target, code, doc.Find("#target-error").Text())
		}
	}
	if code, _ := b.do(http.MethodPost, "/domains/example.test/forwards", strings.NewReader("origin=record&target=eve%40example.net"), "application/x-www-form-urlencoded"); code != http.StatusBadRequest {
		t.Errorf("an address that no record has named needs no confirmation: %d", code)
	}
	b.submit("/domains/example.test/forwards", url.Values{"target": {"bob@example.net"}})
	eventually(t, "the mail is shown on a laptop", func() bool { return testID(b.get("/dev/mail"), "mail").Length() == 1 })
}

// asResolver makes the scripted resolver answer for our zone as the zone does.
func (w *world) asResolver(n *node) {
	w.resolver.SetOther(testkit.Answer{Reply: func(q *dns.Msg) *dns.Msg {
		a, _, err := (&dns.Client{Timeout: hang}).Exchange(q, n.dns.Addr().String())
		if err != nil {
			return nil
		}
		return a
	}})
}

// freePort is one of 127.0.0.1 that was free a moment ago.
func freePort(t *testing.T) (addr string, port uint16) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String(), netip.MustParseAddrPort(l.Addr().String()).Port()
}

func TestSelfTest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test", "elsewhere.test")
	smtp, port := freePort(t)
	w.adjust = func(c *config) { c.mxPort = port }
	n := w.startNode(t, "SMTP_ADDR="+smtp, "MX_HOSTS=mx1.tls.sealpost.test=127.0.0.1")
	w.asResolver(n)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	token := b.addDomain("example.test")
	target := n.config.names().Target("example.test", token) + "."
	w.resolver.Set("_smtp._tls.example.test", dns.TypeTXT, testkit.Answer{RR: []string{
		"_smtp._tls.example.test. 300 CNAME " + target, target + " 300 TXT \"" + n.config.names().Record(token) + "\"",
	}})
	b.checkSelfTest(t, "example.test")
	if _, _, known := b.day("example.test", yesterday()); known {
		t.Error("the self-test is counted")
	}
	if rows := testID(b.get("/deliveries"), "delivery-row"); rows.Length() != 1 || rows.AttrOr("data-state", "") != "self-test" {
		t.Errorf("%d deliveries, %s", rows.Length(), rows.AttrOr("data-state", ""))
	}

	b.addDomain("elsewhere.test")
	w.resolver.Set("_smtp._tls.elsewhere.test", dns.TypeTXT, testkit.Answer{RR: []string{"_smtp._tls.elsewhere.test. 300 TXT \"v=TLSRPTv1; rua=mailto:eve@reporter.test\""}})
	b.submit("/domains/elsewhere.test/self-test", nil)
	eventually(t, "the test ends at a record that leads elsewhere", func() bool {
		doc := b.get("/domains/elsewhere.test/setup")
		return testID(doc, "self-test-verdict").AttrOr("data-verdict", "") == "fail" && doc.Find(`[data-stage="record"][data-verdict="fail"]`).Length() == 1
	})
}

// checkSelfTest runs one and wants every stage to be passed.
func (b *browser) checkSelfTest(t *testing.T, domain string) {
	t.Helper()
	landed := b.submit("/domains/"+domain+"/self-test?at=domain", nil)
	if testID(landed, "self-test").Length() != 1 || testID(landed, "cname-value").Length() != 0 {
		t.Error("the test that is started on the domain's page leads elsewhere")
	}
	eventually(t, "the self-test is over", func() bool {
		v := testID(b.get("/domains/"+domain), "self-test-verdict").AttrOr("data-verdict", "")
		return v == "pass" || v == "fail"
	})
	stages := testID(b.get("/domains/"+domain+"/setup"), "self-test-stages")
	for _, stage := range []string{"record", "mx", "connect", "starttls", "accepted", "received", "authenticated", "read"} {
		if row := stages.Find(`[data-stage="` + stage + `"]`); row.AttrOr("data-verdict", "") != "pass" {
			t.Errorf("%s: %q", stage, strings.Join(strings.Fields(row.Text()), " "))
		}
	}
}
