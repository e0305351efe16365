package main

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"time"
)

// One address has so many connections to the pages and no more; who is beyond
// that is asked to come back, and the proxies in front are not counted.
func TestHTTPConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, total, each, proxies string
		third                      int
	}{
		{"one address", "100", "2", "", http.StatusServiceUnavailable},
		{"all", "2", "100", "", http.StatusServiceUnavailable},
		{"a proxy", "2", "2", "127.0.0.0/8", http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newWorld(t, "example.test").startNode(t, "LIMIT_HTTP_CONNECTIONS="+c.total, "LIMIT_HTTP_PER_ADDRESS="+c.each, "TRUSTED_PROXIES="+c.proxies)
			first := knock(t, n, http.StatusOK)
			knock(t, n, http.StatusOK)
			knock(t, n, c.third)
			first.Close()
			eventuallyServed(t, n)
		})
	}
}

// knock asks for /healthz on a connection of its own and leaves it open.
func knock(t *testing.T, n *node, want int) net.Conn {
	t.Helper()
	conn, code := tryKnock(t, n)
	if code != want {
		t.Errorf("answered %d, want %d", code, want)
	}
	return conn
}

func tryKnock(t *testing.T, n *node) (net.Conn, int) {
	t.Helper()
	conn, err := net.Dial("tcp", n.web.socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(hang))
	conn.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return conn, res.StatusCode
}

// eventuallyServed waits until the server has seen that a connection is closed.
func eventuallyServed(t *testing.T, n *node) {
	t.Helper()
	eventually(t, "a place given back is free", func() bool {
		conn, code := tryKnock(t, n)
		conn.Close()
		return code == http.StatusOK
	})
}
