package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
	"github.com/sealpost/sealpost/internal/signon"
)

func TestCheckSignOn(t *testing.T) {
	t.Parallel()
	full := map[string]string{
		"OIDC_ISSUER": "https://login.example.com/realm", "OIDC_CLIENT_ID": "sealpost", "OIDC_CLIENT_SECRET": "s3cr3t", "OIDC_DOMAINS": "example.com,EXAMPLE.org.",
	}
	for _, c := range []struct{ key, value, says string }{
		{"", "", ""},
		{"OIDC_ISSUER", "http://login.example.com", "https"},
		{"OIDC_ISSUER", "login.example.com", "https"},
		{"OIDC_ISSUER", "https://", "https"},
		{"OIDC_ISSUER", "https:///realm", "https"},
		{"OIDC_ISSUER", "https://login.example.com:port", "https"},
		{"OIDC_ISSUER", "javascript:alert(1)", "https"},
		{"OIDC_CLIENT_ID", "", "OIDC_CLIENT_ID"},
		{"OIDC_CLIENT_SECRET", "", "OIDC_CLIENT_SECRET"},
		{"OIDC_DOMAINS", "", "OIDC_DOMAINS"},
		{"OIDC_ISSUER", "", ""}, // switched off, whatever else is set
	} {
		set := map[string]string{}
		for key, value := range full {
			set[key] = value
		}
		set[c.key] = c.value
		_, err := readConfig(env.Options{Environment: set})
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s=%q: %v", c.key, c.value, err)
		}
	}
}

// metadata serves what an issuer says of itself, after change.
func metadata(t *testing.T, change func(doc map[string]any, self string)) *httptest.Server {
	t.Helper()
	var self string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			t.Errorf("%s was asked for", r.URL.Path)
		}
		doc := map[string]any{
			"issuer": self, "authorization_endpoint": self + "/ask", "token_endpoint": self + "/token", "jwks_uri": self + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		}
		change(doc, self)
		if to, ok := doc["redirect"].(string); ok {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if err := json.NewEncoder(w).Encode(doc); err != nil {
			t.Log(err) // who reads has had enough
		}
	}))
	t.Cleanup(server.Close)
	self = server.URL
	return server
}

// signOnWith is the single sign-on of a node that is configured for an issuer.
func signOnWith(t *testing.T, issuer *httptest.Server) *signon.Issuer {
	t.Helper()
	c, err := readConfig(env.Options{Environment: map[string]string{
		"OIDC_ISSUER": issuer.URL, "OIDC_CLIENT_ID": "sealpost", "OIDC_CLIENT_SECRET": "s3cr3t", "OIDC_DOMAINS": "Example.com", "BASE_URL": "https://sealpost.example/",
	}})
	if err != nil {
		t.Fatal(err)
	}
	c.roots = rootsOf(issuer)
	return (&node{config: c}).signOn().(*signon.Issuer)
}

// The client that asks an issuer reaches the issuer, and from there nothing
// else of the operator's network: not by a redirect, not by an address that the
// metadata name; and it reads no more than it must.
func TestSignOnIsGuarded(t *testing.T) {
	t.Parallel()
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	t.Cleanup(inside.Close)
	round := signon.Round{State: "s", Nonce: "n", Verifier: strings.Repeat("v", 43)}
	for name, c := range map[string]struct {
		change func(doc map[string]any, self string)
		known  bool // the issuer's metadata are taken
	}{
		"well":              {func(map[string]any, string) {}, true},
		"redirected":        {func(doc map[string]any, _ string) { doc["redirect"] = inside.URL }, false},
		"another issuer":    {func(doc map[string]any, _ string) { doc["issuer"] = inside.URL }, false},
		"too large":         {func(doc map[string]any, _ string) { doc["a"] = strings.Repeat("x", 2<<20) }, false},
		"tokens inside":     {func(doc map[string]any, _ string) { doc["token_endpoint"] = inside.URL + "/token" }, true},
		"tokens in a cloud": {func(doc map[string]any, _ string) { doc["token_endpoint"] = "https://169.254.169.254/token" }, true},
		"tokens elsewhere":  {func(doc map[string]any, _ string) { doc["token_endpoint"] = "https://[::ffff:127.0.0.1]:8443/token" }, true},
	} {
		issuer := signOnWith(t, metadata(t, c.change))
		address, err := issuer.Address(round)
		if (err == nil) != c.known || err != nil && !errors.Is(err, signon.ErrIssuer) {
			t.Errorf("%s: %v", name, err)
		}
		if c.known && (!strings.Contains(address, "code_challenge_method=S256") || !strings.Contains(address, "redirect_uri=https%3A%2F%2Fsealpost.example%2Flogin%2Fsso%2Fcallback")) {
			t.Errorf("%s: sent to %s", name, address)
		}
		if name == "well" {
			continue // its token endpoint is there
		}
		if _, err := issuer.Identify(t.Context(), round, "code"); !errors.Is(err, signon.ErrIssuer) {
			t.Errorf("%s: identified with %v", name, err)
		}
	}
}

// Without an issuer there is no single sign-on at all.
func TestNoSignOnWithoutAnIssuer(t *testing.T) {
	t.Parallel()
	c, err := readConfig(env.Options{Environment: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	if got := (&node{config: c}).signOn(); got != nil {
		t.Error(fmt.Sprintf("%T", got), "without an issuer")
	}
}

func rootsOf(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}
