//go:build e2e

package main

import "testing"

// TestE2ESelfTest: the self-test finds its way through a real resolver, which
// asks the customer's server and our real zone for the record, the mail server
// and the signing key.
func TestE2ESelfTest(t *testing.T) {
	t.Parallel()
	program := require(t, "/usr/sbin/unbound")
	w := newWorld(t, "example.test")
	resolver := "127.0.0.1:" + unusedPort(t)
	smtp, port := freePort(t)
	w.adjust = func(c *config) { c.mxPort = port }
	n := w.startNode(t, "RESOLVERS="+resolver, "SMTP_ADDR="+smtp, "MX_HOSTS=mx1.tls.sealpost.test=127.0.0.1")
	startUnbound(t, program, resolver, map[string]string{"example.test": w.customer.Addr, "tls.sealpost.test": n.dns.Addr().String()})
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	token := b.addDomain("example.test")
	w.customer.Add(t, "_smtp._tls.example.test. 3600 CNAME "+n.config.names().Target("example.test", token)+".")
	b.checkSelfTest(t, "example.test")
}
