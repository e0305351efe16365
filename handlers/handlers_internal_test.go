package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestThrottleWearsOff(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	th := newThrottle(func() time.Time { return now }, 3, time.Minute)
	for i := range 100 {
		if wait := th.wait("a"); (wait > 0) != (i >= 3) || wait > time.Minute {
			t.Fatalf("after %d tries: wait %v", i, wait)
		}
		th.note("a")
	}
	if th.wait("b") != 0 {
		t.Error("another key has to wait")
	}
	now = now.Add(59 * time.Second)
	if wait := th.wait("a"); wait != time.Second {
		t.Errorf("after 59 seconds: wait %v", wait)
	}
	now = now.Add(time.Second)
	if th.wait("a") != 0 {
		t.Error("a pause after a hundred tries there must be one more")
	}
	th.note("a")
	if th.wait("a") != time.Minute {
		t.Errorf("after that one: wait %v", th.wait("a"))
	}
	th.forgive("a")
	if th.wait("a") != 0 {
		t.Error("forgiven, and still waiting")
	}
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	th := newThrottle(func() time.Time { return now }, 3, time.Minute)
	for i := range throttleKeys + 1000 {
		th.note(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}).String())
	}
	if len(th.used) > throttleKeys {
		t.Errorf("%d keys are kept", len(th.used))
	}
}

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ip, want string }{
		{"192.0.2.77", "192.0.2.0/24"},
		{"::ffff:192.0.2.77", "192.0.2.0/24"},
		{"2001:db8:1:2ff::1", "2001:db8:1:200::/56"},
		{"fe80::1%eth0", "fe80::/56"},
		{"", "unknown"},
		{"x", "unknown"},
	} {
		if got := networkOf(c.ip); got != c.want {
			t.Errorf("%q: got %q", c.ip, got)
		}
	}
}

func TestLoggedPathHidesSecrets(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdefghjkmnpqrs"
	for _, c := range []struct{ path, want string }{
		{"/domains/example.com", "/domains/example.com"},
		{"/v1/tlsrpt/" + secret, "/v1/tlsrpt/[secret]"},
		{"/V1/TLSRPT/" + secret, "/v1/tlsrpt/[secret]"},
		{"//v1/tlsrpt//" + secret + "/x", "//v1/tlsrpt/[secret]"},
		{"/v1/tlsrpt", "/v1/tlsrpt"},
		{"/v1/tlsprt/" + secret, "/v1/tlsprt/[secret]"},
		{"/" + secret + ";x=1/y", "/[secret]/y"},
		{"/v1;" + secret, "/[secret]"},
		{"/v1/tlsrpt\\" + strings.ToUpper(secret) + "/y", "/v1/[secret]/y"},
		{"//v1/tlsrpt/" + secret, "//v1/tlsrpt/[secret]"},
		{"/api/v1/sealpost_abc/x", "/api/v1/[secret]/x"},
	} {
		if got := loggedPath(c.path); got != c.want {
			t.Errorf("%s: got %s", c.path, got)
		}
	}
}

func TestAddressBehindProxies(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, c := range []struct {
		what    string
		proxies []netip.Prefix
		peer    string
		said    string
		want    string
	}{
		{"no proxy is trusted", nil, "127.0.0.1:1", "192.0.2.9", "127.0.0.1"},
		{"a trusted proxy", trusted, "10.1.2.3:1", "192.0.2.9", "192.0.2.9"},
		{"two of them", trusted, "10.1.2.3:1", "192.0.2.9, 10.9.9.9", "192.0.2.9"},
		{"a forged one before", trusted, "10.1.2.3:1", "127.0.0.1, 192.0.2.9", "192.0.2.9"},
		{"IPv6", trusted, "[2001:db8::1]:1", "192.0.2.9", "192.0.2.9"},
		{"an untrusted peer", trusted, "192.0.2.1:1", "127.0.0.1", "192.0.2.1"},
		{"loopback is not trusted by itself", trusted, "127.0.0.1:1", "192.0.2.9", "127.0.0.1"},
		{"rubbish", trusted, "10.1.2.3:1", "x", "10.1.2.3"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": {c.said}, "X-Real-Ip": {"203.0.113.1"}}}
		if got := addressOf(c.proxies)(r); got != c.want {
			t.Errorf("%s: got %s", c.what, got)
		}
	}
}

func TestNobodysHashCostsAsMuchAsAnother(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword("a long password")
	if err != nil {
		t.Fatal(err)
	}
	const params = "$argon2id$v=19$m=19456,t=2,p=1$"
	for _, h := range []string{hash, nobodysHash} {
		if h[:len(params)] != params || len(h) != len(hash) {
			t.Errorf("%s", h)
		}
	}
	if !passwordFits("a long password", hash) || passwordFits("a long passworD", hash) || passwordFits("", nobodysHash) {
		t.Error("a password fits the wrong hash")
	}
}

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"gzip": true, "br, GZIP": true, "gzip;q=0.1": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false, "": false, "xgzip": false,
	} {
		if got := acceptsGzip([]string{header}); got != want {
			t.Errorf("%q: got %v", header, got)
		}
	}
}
