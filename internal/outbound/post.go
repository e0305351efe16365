package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// postTimeout bounds one request from name to the end of the answer.
	postTimeout = 30 * time.Second
	// maxAnswer is what is read of an answer; the rest is left.
	maxAnswer = 64 << 10
	// maxRetryAfter bounds how long the other side may ask us to wait.
	maxRetryAfter = 2 * time.Hour
)

// Answer is what an HTTP server has said.
type Answer struct {
	Status string
	Body   []byte // at most 64 KiB
}

// ErrAnswer is wrapped by answers that are no success. RetryAfter tells when
// to come back, if the server has said so.
type ErrAnswer struct {
	Status     string
	RetryAfter time.Duration
}

func (e *ErrAnswer) Error() string { return "the server answered " + e.Status }

// Client makes HTTP requests through a guarded Dialer. It follows no redirect,
// uses no proxy, keeps no cookie and no connection, and verifies certificates.
type Client struct {
	http *http.Client
}

// NewClient makes a client. roots are the authorities that are believed; nil
// means the system's.
func NewClient(d *Dialer, roots *x509.CertPool) *Client {
	return &Client{http: &http.Client{
		Timeout: postTimeout,
		Transport: &http.Transport{
			DialContext: d.DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: postTimeout,
			MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post sends a body to a URL and reads a bounded part of the answer. Anything
// but 2xx is an *ErrAnswer, a redirect too.
func (c *Client) Post(ctx context.Context, url, mediaType string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("User-Agent", "Sealpost")
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrUnreachable, withoutURL(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	status := statusLine(res.StatusCode)
	switch {
	case res.StatusCode/100 == 2:
		return Answer{Status: status, Body: text}, nil
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		return Answer{}, fmt.Errorf("%w: the server answered %s", ErrRefused, status)
	default:
		return Answer{}, &ErrAnswer{Status: status, RetryAfter: retryAfter(res.Header.Get("Retry-After"))}
	}
}

// statusLine does not repeat the server's words, which could be anything.
func statusLine(code int) string {
	return fmt.Sprintf("%d %s", code, http.StatusText(code))
}

// withoutURL takes the address out of an error, which may hold a secret.
func withoutURL(err error) error {
	var wrapped interface{ Unwrap() error }
	if errors.As(err, &wrapped) {
		if inner := wrapped.Unwrap(); inner != nil {
			return inner
		}
	}
	return err
}

func retryAfter(value string) time.Duration {
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}
