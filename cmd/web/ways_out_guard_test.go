package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	imap "github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/testkit"
)

// TestEveryWayOutIsGuarded is G30 for a node as it is wired: forwards, the
// self-test's mail and POST, mailboxes and single sign-on, each at all the
// forbidden targets, whether they are written as addresses or names lead to
// them. Policies of MTA-STS are not fetched yet: only their TXT record is asked for.
func TestEveryWayOutIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	packets, port := countConnections(t)
	w.resolver.Add(t, "inside.example. 1 A 127.0.0.1", "mapped.example. 1 AAAA ::ffff:127.0.0.1", "cloud.example. 1 A 169.254.169.254", "mixed.example. 1 A 10.0.0.1", "mixed.example. 1 AAAA fd00::1")
	issuer := metadata(t, func(map[string]any, string) {})
	w.adjust = func(c *config) { c.roots = rootsOf(issuer) }
	n := w.startNode(t, "OUTBOUND_ALLOW=", "OIDC_ISSUER="+issuer.URL, "OIDC_CLIENT_ID=x", "OIDC_CLIENT_SECRET=x", "OIDC_DOMAINS=example.com")
	boxes := n.mailboxes()
	ways := map[string]func(ctx context.Context, host, port string) error{
		"forward":   n.postsTo(n.forward.Poster.Post),
		"self-test": n.postsTo(n.tests.Poster.Post),
		"self-test by mail": func(ctx context.Context, host, port string) error {
			return closed(n.tests.Dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port)))
		},
		"mailbox": func(ctx context.Context, host, port string) error {
			number, err := net.LookupPort("tcp", port)
			if err != nil {
				return err
			}
			_, err = boxes.Open(ctx, imap.Account{Host: host, Port: number, Security: imap.TLS, Username: "x", Password: "x", Folder: "INBOX"})
			return err
		},
	}
	for way, reach := range ways {
		hosts := testkit.Forbidden()
		if way != "mailbox" { // asks the system's resolver, as its server may be known there only
			hosts = append(hosts, "inside.example", "mapped.example", "cloud.example", "mixed.example")
		}
		if len(hosts) < 60 {
			t.Fatalf("%d targets", len(hosts))
		}
		for _, host := range hosts {
			bare := strings.ReplaceAll(strings.Trim(host, "[]"), "%25", "%")
			if err := reach(t.Context(), bare, port); !errors.Is(err, outbound.ErrAddress) {
				t.Errorf("%s to %s: %v", way, host, err)
			}
		}
		if way == "self-test by mail" {
			continue // has no list of ports: the next line would leave this machine
		}
		if err := reach(t.Context(), "9.9.9.9", port); !errors.Is(err, outbound.ErrPort) {
			t.Errorf("%s to port %s: %v", way, port, err)
		}
	}
	if packets.Load() != 0 {
		t.Errorf("%d connections came through", packets.Load())
	}
}

// countConnections counts who connects on loopback, in both families.
func countConnections(t *testing.T) (*atomic.Int64, string) {
	t.Helper()
	var count atomic.Int64
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := netip.MustParseAddrPort(first.Addr().String()).Port()
	listeners := []net.Listener{first}
	if six, err := net.Listen("tcp", netip.AddrPortFrom(netip.IPv6Loopback(), port).String()); err == nil { // not every machine has it
		listeners = append(listeners, six)
	}
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				count.Add(1)
				conn.Close()
			}
		}()
	}
	_, text, _ := net.SplitHostPort(first.Addr().String())
	return &count, text
}

// postsTo makes a way out of a client that posts.
func (n *node) postsTo(post func(ctx context.Context, url, mediaType string, body []byte) (outbound.Answer, error)) func(context.Context, string, string) error {
	return func(ctx context.Context, host, port string) error {
		u := url.URL{Scheme: "https", Host: net.JoinHostPort(host, port), Path: "/"}
		_, err := post(ctx, u.String(), "application/json", nil)
		return err
	}
}

func closed(conn net.Conn, err error) error {
	if err == nil {
		conn.Close()
	}
	return err
}
