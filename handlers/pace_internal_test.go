package handlers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a listener that gives one connection.
type pipe struct {
	conns chan net.Conn
	ended context.Context
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

// onWire has a client speak to a server with handler, as the program has it, on
// synctest's clock. It returns how long the client was busy.
func onWire(t *testing.T, handler http.HandlerFunc, speak func(conn net.Conn, in *bufio.Reader)) (took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		p := &pipe{conns: make(chan net.Conn, 1), ended: ctx}
		server := &http.Server{Handler: Paced(handler), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 5 * time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
		served := make(chan struct{})
		go func() { server.Serve(p); close(served) }()
		ours, theirs := net.Pipe()
		p.conns <- theirs
		began := time.Now()
		speak(ours, bufio.NewReader(ours))
		took = time.Since(began)
		ours.Close()
		cancel()
		server.Close()
		<-served
	})
	return took
}

// readsAll answers with how many bytes came, or 408.
func readsAll(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.WriteHeader(http.StatusRequestTimeout)
		return
	}
	fmt.Fprint(w, len(body))
}

// drip sends bytes one by one until the server has had enough.
func drip(conn net.Conn, count int, every time.Duration, piece string) {
	for range count {
		if _, err := io.WriteString(conn, piece); err != nil {
			return
		}
		<-time.After(every)
	}
}

// Catalogue H2 and H3: a body that trickles, or never comes, is given up; one
// that moves is taken, however long it takes.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	unread := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	const post = "POST / HTTP/1.1\r\nHost: x\r\n"
	for _, c := range []struct {
		what     string
		handler  http.HandlerFunc
		head     string
		count    int
		every    time.Duration
		piece    string
		code     int
		from, to time.Duration
	}{
		{"a byte a second", readsAll, "Content-Length: 100000\r\n", 1000, time.Second, "x", 408, 30 * time.Second, 31 * time.Second},
		{"chunks of a byte", readsAll, "Transfer-Encoding: chunked\r\n", 1000, time.Second, "1\r\nx\r\n", 408, 30 * time.Second, 31 * time.Second},
		{"nothing after 100", readsAll, "Content-Length: 9\r\nExpect: 100-continue\r\n", 0, 0, "", 408, 30 * time.Second, 31 * time.Second},
		{"silence in the middle", readsAll, "Content-Length: 90000\r\n", 1, 0, strings.Repeat("x", 80_000), 408, 30 * time.Second, 31 * time.Second},
		{"600 bytes a second", readsAll, "Content-Length: 60000\r\n", 100, time.Second, strings.Repeat("x", 600), 200, 99 * time.Second, 101 * time.Second},
		{"steady beyond the longest", readsAll, "Content-Length: 6000000\r\n", 10_000, time.Second, strings.Repeat("x", 600), 408, bodyLongest, bodyLongest + time.Second},
		{"a body that nobody reads", unread, "Content-Length: 100000\r\n", 1000, time.Second, "x", 404, 0, 6 * time.Second},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			code := 0
			took := onWire(t, c.handler, func(conn net.Conn, in *bufio.Reader) {
				io.WriteString(conn, post+c.head+"\r\n")
				sent := make(chan struct{})
				go func() { drip(conn, c.count, c.every, c.piece); close(sent) }()
				for {
					res, err := http.ReadResponse(in, nil)
					if err != nil {
						break
					}
					if code = res.StatusCode; code != http.StatusContinue {
						io.Copy(io.Discard, res.Body)
						break
					}
				}
				if c.code != http.StatusOK {
					io.Copy(io.Discard, in) // the connection ends
				}
				conn.Close()
				<-sent
			})
			if code != c.code || took < c.from || took > c.to {
				t.Errorf("answered %d after %s, want %d after %s to %s", code, took, c.code, c.from, c.to)
			}
		})
	}
}

// An answer that takes an hour arrives whole as long as its reader takes it,
// and the time of reading the request does not count.
func TestLongAnswers(t *testing.T) {
	t.Parallel()
	var ended error
	streams := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for range 60 {
			<-time.After(time.Minute)
			if _, ended = io.WriteString(w, strings.Repeat("x", 10_000)); ended != nil {
				return
			}
		}
		ended = r.Context().Err()
	}
	got := int64(0)
	onWire(t, streams, func(conn net.Conn, in *bufio.Reader) {
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
		res, err := http.ReadResponse(in, nil)
		if err == nil {
			got, _ = io.Copy(io.Discard, res.Body)
		}
	})
	if got != 600_000 || ended != nil {
		t.Errorf("%d bytes came, %v", got, ended)
	}
	took := onWire(t, streams, func(conn net.Conn, in *bufio.Reader) {
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		in.ReadByte()
		<-time.After(time.Hour) // and takes no more
	})
	if !errors.Is(ended, os.ErrDeadlineExceeded) {
		t.Errorf("a reader that stopped was served for %s, %v", took, ended)
	}
}
