package outbound_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/testkit"
)

func TestSixtyForbiddenTargets(t *testing.T) {
	t.Parallel()
	forbidden := testkit.Forbidden()
	if len(forbidden) < 60 {
		t.Fatalf("%d cases", len(forbidden))
	}
	hits := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	t.Cleanup(hits.Close)
	port := hits.Listener.Addr().(*net.TCPAddr).Port
	client := outbound.NewClient(&outbound.Dialer{}, nil)
	for _, host := range forbidden {
		u := url.URL{Scheme: "https", Host: strings.ReplaceAll(host, "%25", "%") + ":" + textPort(port), Path: "/"}
		if _, err := client.Post(t.Context(), u.String(), "application/json", nil); !errors.Is(err, outbound.ErrAddress) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func textPort(port int) string {
	return netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port)).String()[len("0.0.0.0:"):]
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestPostFollowsNothing(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	for _, c := range []struct {
		name    string
		answer  func(w http.ResponseWriter)
		refused bool
		retry   time.Duration
		status  string
	}{
		{"redirect", func(w http.ResponseWriter) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(307) }, false, 0, "307 Temporary Redirect"},
		{"busy", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, false, 2 * time.Minute, "429 Too Many Requests"},
		{"asks for too long", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "99999999"); w.WriteHeader(503) }, false, 2 * time.Hour, "503 Service Unavailable"},
		{"too large", func(w http.ResponseWriter) { w.WriteHeader(413) }, true, 0, "413"},
		{"words of its own", func(w http.ResponseWriter) { w.WriteHeader(418) }, false, 0, "418 I'm a teapot"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) }))
		t.Cleanup(server.Close)
		_, err := outbound.NewClient(&outbound.Dialer{Allow: loopback, Timeout: hang}, nil).Patiently(hang).Post(t.Context(), server.URL, "application/json", nil)
		var answer *outbound.ErrAnswer
		if errors.As(err, &answer) && answer.RetryAfter != c.retry || err == nil || !strings.Contains(err.Error(), c.status) || errors.Is(err, outbound.ErrRefused) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPostReadsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 32<<10)
		for range 10_000 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	answer, err := outbound.NewClient(&outbound.Dialer{Allow: loopback, Timeout: hang}, nil).Patiently(hang).Post(t.Context(), server.URL, "application/json", nil)
	if err != nil || len(answer.Body) != 64<<10 {
		t.Errorf("%d bytes, %v", len(answer.Body), err)
	}
}

func TestPostVerifiesCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	_, err := outbound.NewClient(&outbound.Dialer{Allow: loopback, Timeout: hang}, nil).Patiently(hang).Post(t.Context(), server.URL, "application/json", nil)
	if err == nil || outbound.Sentence(err) != "Its certificate is not valid for its name." {
		t.Errorf("%v: %s", err, outbound.Sentence(err))
	}
}

func TestEnvelopesAndHeadersHoldNoLineEnds(t *testing.T) {
	t.Parallel()
	good := outbound.Letter{From: "sealpost@example.com", To: "ada@example.com", Subject: "s", Text: "t", ID: "1"}
	if raw, err := good.Compose(); err != nil || !strings.Contains(string(raw), "Auto-Submitted: auto-generated\r\n") || strings.Contains(string(raw), "User-Agent") {
		t.Fatalf("%v\n%s", err, raw)
	}
	for _, bad := range []func(*outbound.Letter){
		func(l *outbound.Letter) { l.Subject = "x\r\nBcc: eve@example.com" },
		func(l *outbound.Letter) { l.Subject = "x\nBcc: eve@example.com" },
		func(l *outbound.Letter) { l.ID = "x>\r\nBcc: eve@example.com" },
		func(l *outbound.Letter) { l.To = "ada@example.com\r\nBcc: eve@example.com" },
		func(l *outbound.Letter) { l.To = "" },
	} {
		l := good
		bad(&l)
		if raw, err := l.Compose(); err == nil {
			t.Errorf("was composed:\n%s", raw)
		}
	}
	for _, to := range []string{"a@b,c@d", "a@b\r\nRCPT TO:<c@d>", "Ada <a@b>", "a b@c", "a@b@c", "", "nobody", strings.Repeat("a", 400) + "@b"} {
		relay, err := outbound.ParseRelay("smtp://127.0.0.1:1", "s@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := relay.Send(t.Context(), outbound.Mail{From: "s@example.com", To: to}); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("%q: %v", to, err)
		}
	}
}

func TestParseRelay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, relay, from string }{
		{"smtp://mail.example.com", "mail.example.com:587", "d@example.com"},
		{"smtps://u:p%40ss@mail.example.com", "mail.example.com:465", "d@example.com"},
		{"smtp://u:p@mail.example.com:2587/?from=tls@example.net", "mail.example.com:2587", "tls@example.net"},
		{"http://mail.example.com", "", ""}, {"mail.example.com:25", "", ""}, {"smtp://", "", ""}, {"smtp://h:0", "", ""},
		{"smtp://h:99999", "", ""}, {"smtp://h/path", "", ""}, {"smtp://h?from=a%0d%0ab@c", "", ""}, {"smtp://u:se cret@h", "", ""},
	} {
		relay, err := outbound.ParseRelay(c.url, "d@example.com")
		switch {
		case c.relay == "" && (err == nil || strings.Contains(err.Error(), "cret")):
			t.Errorf("%s: %v", c.url, err)
		case c.relay != "" && (err != nil || relay.String() != c.relay || relay.From != c.from):
			t.Errorf("%s: %v, %v", c.url, relay, err)
		}
	}
}

func TestResendKeepsTheSignature(t *testing.T) {
	t.Parallel()
	key := testKey()
	original, err := outbound.Signature{Domain: "reporter.example", Selector: "s", Key: key}.Sign([]byte(
		"From: tls@reporter.example\r\nTo: token@rpt.example\r\nSubject: Report\r\nDate: Mon, 15 Jun 2026 12:00:00 +0000\r\nMessage-ID: <1@reporter.example>\r\nAuto-Submitted: auto-generated\r\n\r\nbody\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := outbound.Resend{From: "sealpost@example.com", To: "ada@example.net", Date: time.Now(), ID: "2"}
	sent, err := r.Message(original)
	if err != nil || !strings.HasSuffix(string(sent), string(original)) || !strings.Contains(string(sent), "Resent-To: ada@example.net\r\n") {
		t.Fatalf("%v\n%s", err, sent)
	}
	verified, err := dkim.VerifyWithOptions(strings.NewReader(string(sent)), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{publicRecord(key)}, nil }})
	if err != nil || len(verified) != 1 || verified[0].Err != nil {
		t.Errorf("the signature broke: %v, %v", verified, err)
	}
	for range 2 {
		if sent, err = r.Message(sent); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Message(sent); !errors.Is(err, outbound.ErrLoop) {
		t.Errorf("a fourth round: %v", err)
	}
	for _, head := range []string{"Auto-Submitted: auto-replied\r\n", strings.Repeat("Received: from a by b\r\n", 60)} {
		if _, err := r.Message([]byte(head + "From: a@b\r\n\r\nx")); !errors.Is(err, outbound.ErrLoop) {
			t.Errorf("%.30q was sent on: %v", head, err)
		}
	}
}

func TestSentencesShowNothingOfOurs(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"The mail server answered 550 no such user here.":      &textproto.Error{Code: 550, Msg: "no such user\r\n here\x1b"},
		"The name x.example has no address.":                   &net.DNSError{Name: "x.example", Server: "10.0.0.53:53", IsNotFound: true},
		"The name x.example could not be looked up.":           &net.DNSError{Name: "x.example", Server: "10.0.0.53:53"},
		"The connection failed.":                               errors.New("dial tcp 10.1.2.3: something"),
		"Its address is not one of the public internet.":       outbound.ErrAddress,
		"Its port is not allowed: https targets use port 443.": outbound.ErrPort,
		"The server answered 500 Internal Server Error.":       &outbound.ErrAnswer{Status: "500 Internal Server Error"},
	} {
		if got := outbound.Sentence(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
