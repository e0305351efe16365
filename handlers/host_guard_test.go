package handlers_test

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

// Whoever asks under another name than ours is told where we are, and gets no
// cookie (catalogue H10). Reports and health are taken under any name.
func TestOtherNamesAreNotOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) {
		d.BaseURL, d.TrustedProxies = mustURL(t, "https://sealpost.test:8443"), []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}
	})
	const own, proxy = "198.51.100.1:999", "192.0.2.1:999"
	for _, c := range []struct {
		path, host, sni, peer string
		want                  int
	}{
		{"/login", "sealpost.test:8443", "", own, 200},
		{"/login", "SealPost.Test.", "sealpost.test", own, 200},
		{"/login", "127.0.0.1:8443", "", own, 200},
		{"/login", "[::1]:8443", "", own, 200},
		{"/login", "localhost", "", own, 200},
		{"/login", "sealpost.test:99999", "", own, 400},
		{"/login", "sealpost.test:0", "", own, 400},
		{"/login", "sealpost.test:http", "", own, 400},
		{"/v1/tlsrpt/" + strings.Repeat("0", 26), "sealpost.test:99999", "", own, 405},
		{"/login", "mail.example.com", "", own, 421},
		{"/login", "mail.example.com", "", proxy, 200},
		{"/login", "sealpost.test.example.com", "", own, 421},
		{"/login", "", "", own, 421},
		{"/login", "sealpost.test:8443", "mail.example.com", own, 421},
		{"/login", "sealpost.test:8443", strings.Repeat("a", 300), own, 421},
		{"/", "mail.example.com", "mail.example.com", own, 421},
		{"/login", "mail.example.com", "", own, 421},
		{"/.well-known/mta-sts.txt", "mta-sts.example.com", "mta-sts.example.com", own, 421},
		{"/api/v1/domains", "mail.example.com", "", own, 421},
		{"/api/v1/domains", "sealpost.test", "", own, 401},
		{"/healthz", "mail.example.com", "", own, 200},
		{"/v1/tlsrpt/" + strings.Repeat("0", 26), "mail.example.com", "", own, 405},
		{"/static/nothing", "mail.example.com", "", own, 404},
	} {
		r := request("GET", c.path, nil, nil)
		r.Header.Set("Accept", browserAccept)
		r.Host, r.RemoteAddr, r.TLS = c.host, c.peer, &tls.ConnectionState{ServerName: c.sni}
		got := w.do(r)
		if got.StatusCode != c.want {
			t.Errorf("%s at %q, TLS %.20q, from %s: %d, want %d", c.path, c.host, c.sni, c.peer, got.StatusCode, c.want)
		}
		if elsewhere := strings.HasPrefix(c.host, "mail."); elsewhere && c.peer == own && len(got.Cookies()) != 0 {
			t.Errorf("%s at %q: %v", c.path, c.host, got.Cookies())
		}
		if c.want != 421 {
			continue
		}
		if len(got.Cookies()) != 0 || got.location() != "" || !strings.Contains(got.body, "https://sealpost.test:8443") {
			t.Errorf("%s at %q: %v, %s", c.path, c.host, got.Header, got.body)
		}
	}
}
