package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// fetchTimeout bounds one request of a Fetcher, as a person waits for it.
	fetchTimeout = 10 * time.Second
	// maxFetched is what is read of an answer; the rest is cut off.
	maxFetched = 1 << 20
)

// NewFetcher makes a client for a library that speaks HTTP by itself: guarded by
// d, bounded in time and size, without redirects, proxies and cookies. The one
// host:port that the operator has configured (except) may have a special
// address.
func NewFetcher(d *Dialer, roots *x509.CertPool, except string) *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == except {
			plain := net.Dialer{Timeout: fetchTimeout} // its name may be known to the operator's network only
			return plain.DialContext(ctx, network, address)
		}
		return d.DialContext(ctx, network, address)
	}
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: boundedAnswers{&http.Transport{
			DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: fetchTimeout,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: fetchTimeout, MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// boundedAnswers cuts bodies off.
type boundedAnswers struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.inner.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxFetched), res.Body}
	}
	return res, err
}
