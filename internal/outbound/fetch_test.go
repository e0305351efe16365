package outbound_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/testkit"
)

// fetcherFor is a client that may reach one server at its special address, as
// the issuer of a single sign-on may.
func fetcherFor(server *httptest.Server) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return outbound.Patiently(outbound.NewFetcher(&outbound.Dialer{Ports: []uint16{443}}, roots, server.Listener.Addr().String()), hang)
}

func tlsServer(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	return server
}

// A library that fetches what an answer names reaches nothing of the operator's
// network, except the one place that the operator has named.
func TestFetcherKeepsToItsPlace(t *testing.T) {
	t.Parallel()
	issuer := tlsServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "issuer") })
	inside := tlsServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	client := fetcherFor(issuer)
	res, err := client.Get(issuer.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "issuer" {
		t.Errorf("the issuer says %q, %v", body, err)
	}
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range testkit.Forbidden() {
		u := url.URL{Scheme: "https", Host: strings.ReplaceAll(host, "%25", "%") + ":" + port}
		if res, err := client.Get(u.String()); !errors.Is(err, outbound.ErrAddress) {
			if err == nil {
				res.Body.Close()
			}
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := client.Get("https://" + "9.9.9.9:8443/"); !errors.Is(err, outbound.ErrPort) {
		t.Errorf("another port: %v", err)
	}
}

func TestFetcherFollowsNothing(t *testing.T) {
	t.Parallel()
	elsewhere := tlsServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := tlsServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, code) })
		res, err := fetcherFor(server).Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != code {
			t.Errorf("%d became %d", code, res.StatusCode)
		}
	}
}

// Answers are cut off, headers are bounded, cookies are forgotten, compression
// is not asked for, and time is short.
func TestFetcherIsBounded(t *testing.T) {
	t.Parallel()
	var cookies atomic.Int64
	server := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		cookies.Add(int64(len(r.Cookies())))
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b", Secure: true, HttpOnly: true})
		if r.URL.Path == "/head" {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			return
		}
		if r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("it sends %v", r.Header)
		}
		for range 100 {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	client := fetcherFor(server)
	for range 2 {
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || len(body) != 1<<20 {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	}
	if res, err := client.Get(server.URL + "/head"); err == nil {
		res.Body.Close()
		t.Error("a megabyte of headers is read")
	}
	if n := cookies.Load(); n != 0 || client.Jar != nil {
		t.Errorf("%d cookies came back", n)
	}
	if wait := outbound.NewFetcher(&outbound.Dialer{}, nil, "").Timeout; wait <= 0 || wait > time.Minute {
		t.Errorf("%s to wait", wait)
	}
}

func TestFetcherVerifiesCertificates(t *testing.T) {
	t.Parallel()
	server := tlsServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	stranger := outbound.Patiently(outbound.NewFetcher(&outbound.Dialer{}, x509.NewCertPool(), server.Listener.Addr().String()), hang)
	var unknown x509.UnknownAuthorityError
	if _, err := stranger.Get(server.URL); !errors.As(err, &unknown) {
		t.Errorf("an unknown certificate: %v", err)
	}
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} // #nosec G402 -- what is to be refused
	old.StartTLS()
	t.Cleanup(old.Close)
	if _, err := fetcherFor(old).Get(old.URL); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}
