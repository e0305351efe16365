package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHostileHTTP speaks raw bytes to the real server (catalogue H1, H3 to H8):
// each request is answered as listed, or the connection is closed, and nothing
// that hides behind it is taken for a second request.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	b.addDomain("example.test")
	url := strings.TrimSpace(testID(b.get("/domains/example.test/settings"), "post-url").Text())
	path := strings.TrimPrefix(url, n.config.BaseURL)
	secret := path[strings.LastIndexByte(path, '/')+1:]
	post := "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	hidden := "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for _, c := range []struct {
		what, sent string
		want       int
	}{
		{"H1 length and chunks", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, 201},
		{"H1 chunked after a blank", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden, 400},
		{"H1 another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden, 501},
		{"H1 a folded line", post + "X: a\r\n b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", 201},
		{"H1 two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} " + hidden, 400},
		{"H1 a negative length", post + "Content-Length: -1\r\n\r\n" + hidden, 400},
		{"H1 two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"H1 no host", "GET /healthz HTTP/1.1\r\n\r\n", 400},
		{"H1 NUL in a name", "GET /healthz HTTP/1.1\r\nHost: a\r\nA\x00B: c\r\n\r\n", 400},
		{"H4 too large", post + "Content-Length: 99999999999\r\n\r\n", 413},
		{"H4 no length", post + "Connection: close\r\n\r\n", 411},
		{"H5 no type", post + "Content-Length: 3\r\nConnection: close\r\n\r\n[1]", 201},
		{"H6 PUT", strings.Replace(post, "POST", "PUT", 1) + "Content-Length: 0\r\nConnection: close\r\n\r\n", 405},
		{"H6 TRACE", strings.Replace(post, "POST", "TRACE", 1) + "Connection: close\r\n\r\n", 405},
		{"H6 FOO", strings.Replace(post, "POST", "FOO", 1) + "Connection: close\r\n\r\n", 405},
		{"H7 upper case", strings.Replace(post, secret, strings.ToUpper(secret), 1) + "Content-Length: 2\r\nConnection: close\r\n\r\n{}", 404},
		{"H7 NUL", strings.Replace(post, secret, secret+"%00", 1) + "Content-Length: 2\r\nConnection: close\r\n\r\n{}", 404},
		{"H7 encoded twice", strings.Replace(post, secret, "%252e%252e", 1) + "Content-Length: 2\r\nConnection: close\r\n\r\n{}", 404},
		{"H7 a parameter", strings.Replace(post, secret, secret+";x=1", 1) + "Content-Length: 2\r\nConnection: close\r\n\r\n{}", 404},
		{"H8 another method in a header", strings.Replace(post, "POST", "GET", 1) + "X-HTTP-Method-Override: POST\r\nConnection: close\r\n\r\n", 405},
		{"H8 another path in a header", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Original-URL: /overview\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n\r\n", 200},
		{"a header that is too large", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 200_000) + "\r\n\r\n", 431},
	} {
		code, answers := rawHTTP(t, n.web.socket.Addr().String(), c.sent)
		if code != c.want || answers != 1 {
			t.Errorf("%s: answered %d, %d times; want %d once", c.what, code, answers, c.want)
		}
	}
}

// rawHTTP sends bytes and gives the code of the first answer, and how many
// there are until the server closes.
func rawHTTP(t *testing.T, addr, sent string) (code, answers int) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(hang))
	io.WriteString(conn, sent) // the server may have had enough before the end
	in := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return code, answers
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if answers++; answers == 1 {
			code = res.StatusCode
		}
	}
}
