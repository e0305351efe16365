package outbound

import (
	"net/http"
	"time"
)

// Patiently gives a client so long for each step: how long the others wait is
// no matter of tests that may have to wait for the processor.
func Patiently(c *http.Client, d time.Duration) *http.Client {
	c.Timeout = d
	transport, direct := c.Transport.(*http.Transport)
	if !direct {
		transport = c.Transport.(boundedAnswers).inner.(*http.Transport)
	}
	transport.TLSHandshakeTimeout, transport.ResponseHeaderTimeout = d, d
	return c
}

// Patiently is Patiently for a Client.
func (c *Client) Patiently(d time.Duration) *Client {
	Patiently(c.http, d)
	return c
}
