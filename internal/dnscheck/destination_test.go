package dnscheck_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
)

// judged checks a record of the customer's own as a visitor would.
func (w *world) judged(record string) (dnscheck.Observation, dnscheck.Result) {
	w.t.Helper()
	w.everywhere(txt(owner, record))
	o := w.check(dnscheck.Expect{})
	return o, dnscheck.Judge(zone, o, dnscheck.Expect{}, grown)
}

func TestMailDestinations(t *testing.T) {
	t.Parallel()
	const a = "mailto:a@post.test"
	for _, c := range []struct {
		what  string
		lines []string
		rcode int
		ids   string
	}{
		{"an MX", []string{"post.test. 60 MX 10 mx.post.test."}, 0, ""},
		{"no MX, an address", []string{"post.test. 60 A 192.0.2.1"}, 0, ""},
		{"no MX, an IPv6 address", []string{"post.test. 60 AAAA 2001:db8::1"}, 0, ""},
		{"a null MX", []string{"post.test. 60 MX 0 ."}, 0, "R17"},
		{"nothing", []string{`post.test. 60 TXT "x"`}, 0, "R17"},
		{"no such domain", nil, dns.RcodeNameError, "R17"},
		{"no answer", nil, dns.RcodeServerFailure, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.resolve(c.lines...)
			for _, r := range w.resolvers {
				if c.rcode != 0 {
					r.Set("post.test", dns.TypeMX, testkit.Answer{Rcode: c.rcode})
				}
			}
			o, r := w.judged("v=TLSRPTv1; rua=" + a)
			if idsOf(r) != c.ids {
				t.Errorf("got %q, want %q\n%s", idsOf(r), c.ids, show(o, r))
			}
		})
	}
}

// webServer is an https destination; the certificate is for example.com alone.
// It fails the test when it gets a request.
func webServer(t *testing.T) (port string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request was sent, where a handshake is all that is allowed")
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, roots
}

func TestWebDestinations(t *testing.T) {
	t.Parallel()
	port, roots := webServer(t)
	closed := unusedPort(t)
	for _, c := range []struct {
		what, host, addr, port string
		roots                  *x509.CertPool
		ids                    string
	}{
		{"a good certificate", "example.com", "127.0.0.1", port, roots, ""},
		{"another name's certificate", "wrong.test", "127.0.0.1", port, roots, "R18"},
		{"an unknown authority", "example.com", "127.0.0.1", port, x509.NewCertPool(), "R18"},
		{"nobody listens", "example.com", "127.0.0.1", closed, roots, "R18"},
		{"a special address", "example.com", "10.0.0.1", port, roots, "R18"},
		{"no address", "example.com", "", port, roots, "R18"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.c.Roots = c.roots
			if c.addr != "" {
				w.resolve(c.host + ". 60 A " + c.addr)
			}
			o, r := w.judged("v=TLSRPTv1; rua=https://" + c.host + ":" + c.port + "/report")
			if idsOf(r) != c.ids {
				t.Errorf("got %q, want %q\n%s", idsOf(r), c.ids, show(o, r))
			}
			if want := map[bool]string{true: "fail", false: "pass"}[c.ids != ""]; string(r.Verdict) != want {
				t.Errorf("verdict %s, want %s", r.Verdict, want)
			}
		})
	}
}

func unusedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestEnforcement(t *testing.T) {
	t.Parallel()
	const tlsa = "_25._tcp.mx.example.test. 60 TLSA 3 1 1 00"
	for _, c := range []struct {
		what string
		sts  testkit.Answer
		tlsa testkit.Answer
		ids  string
	}{
		{"MTA-STS", testkit.Answer{RR: []string{txt("_mta-sts."+domain, "v=STSv1; id=1")}}, testkit.Answer{}, "D1"},
		{"another text", testkit.Answer{RR: []string{txt("_mta-sts."+domain, "v=spf1")}}, testkit.Answer{}, "R28 D1"},
		{"neither", testkit.Answer{}, testkit.Answer{}, "R28 D1"},
		{"DANE", testkit.Answer{}, testkit.Answer{RR: []string{tlsa}, AD: true}, "D1"},
		{"TLSA that nobody validates", testkit.Answer{}, testkit.Answer{RR: []string{tlsa}}, "R28 D1"},
		{"no answer about MTA-STS", testkit.Answer{Rcode: dns.RcodeServerFailure}, testkit.Answer{}, "D1"},
		{"no answer about DANE", testkit.Answer{}, testkit.Answer{Rcode: dns.RcodeServerFailure}, "D1"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := delegated(t)
			for _, r := range w.resolvers {
				r.Set("_mta-sts."+domain, dns.TypeTXT, c.sts)
				r.Set("_25._tcp.mx.example.test", dns.TypeTLSA, c.tlsa)
			}
			o := w.check(expected)
			r := dnscheck.Judge(zone, o, expected, grown)
			got := strings.Fields(idsOf(r))
			slices.SortFunc(got, func(a, b string) int { return strings.Compare(b, a) })
			if strings.Join(got, " ") != c.ids || r.Verdict != "pass" {
				t.Errorf("got %s with %q, want %q\n%s", r.Verdict, got, c.ids, show(o, r))
			}
		})
	}
}

// What many domains have in common is asked once.
func TestSharedNamesAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := delegated(t)
	w.check(expected)
	before := w.resolvers[0].Count("ns1.example.test", dns.TypeA) + w.resolvers[1].Count("ns1.example.test", dns.TypeA)
	w.check(expected)
	after := w.resolvers[0].Count("ns1.example.test", dns.TypeA) + w.resolvers[1].Count("ns1.example.test", dns.TypeA)
	if before != 1 || after != 1 {
		t.Errorf("the address of a name server was asked %d times, and %d times in all", before, after)
	}
}
