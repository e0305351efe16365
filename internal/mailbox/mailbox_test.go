package mailbox_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/internal/smtpd"
)

// hang bounds what would otherwise wait for ever.
const hang = 5 * time.Minute

// script answers commands by their name: "%s" is the tag. A command that it
// does not know gets OK.
type script map[string]string

// serve plays a script to everybody who connects, over TLS if config is not
// nil, and gives the port.
func serve(t *testing.T, greeting string, s script, config *tls.Config) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go play(conn, greeting, s, config)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func play(conn net.Conn, greeting string, s script, config *tls.Config) {
	if config != nil {
		conn = tls.Server(conn, config)
	}
	_, _ = io.WriteString(conn, greeting)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		tag, rest, _ := strings.Cut(lines.Text(), " ")
		name, arguments, _ := strings.Cut(rest, " ")
		if name == "UID" {
			name, _, _ = strings.Cut(arguments, " ")
		}
		answer, ok := s[name]
		if !ok {
			answer = "%s OK done\r\n"
		}
		if _, err := io.WriteString(conn, strings.ReplaceAll(answer, "%s", tag)); err != nil {
			return
		}
	}
}

const hello = "* OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS] hello\r\n"

// working is a server with two messages.
func working(change script) script {
	s := script{
		"CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\n%s OK done\r\n",
		"LOGIN":      "%s OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS] in\r\n",
		"SELECT":     "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n%s OK [READ-WRITE] open\r\n",
		"FETCH":      "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n* 2 FETCH (UID 9 RFC822.SIZE 5)\r\n%s OK done\r\n",
		"STATUS":     "%s NO [NONEXISTENT] none\r\n",
	}
	for name, answer := range change {
		s[name] = answer
	}
	return s
}

func client(roots *x509.CertPool, plain bool) mailbox.Client {
	return mailbox.Client{
		Dial: (&net.Dialer{}).DialContext, PlainTo: func(netip.Addr) bool { return plain }, Roots: roots, Limit: 1000,
	}
}

func account(port int, security mailbox.Security) mailbox.Account {
	return mailbox.Account{Host: "localhost", Port: port, Security: security, Username: "a", Password: `b"c`, Folder: "INBOX"}
}

// open opens the mailbox of a script in plain text.
func open(t *testing.T, s script) *mailbox.Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	t.Cleanup(cancel)
	session, err := client(nil, true).Open(ctx, account(serve(t, hello, s, nil), mailbox.Plain))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	certificate, err := smtpd.SelfSigned("elsewhere.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	for _, c := range []struct {
		what     string
		port     int
		security mailbox.Security
		plain    bool
		want     error
	}{
		{"plain where it may not be", serve(t, hello, working(nil), nil), mailbox.Plain, false, mailbox.ErrPlain},
		{"no TLS", serve(t, hello, working(nil), nil), mailbox.TLS, true, mailbox.ErrTLS},
		{"an untrusted certificate", serve(t, hello, working(nil), config), mailbox.TLS, true, mailbox.ErrTLS},
		{"no STARTTLS", serve(t, hello, working(script{"STARTTLS": "%s BAD what\r\n"}), nil), mailbox.STARTTLS, true, mailbox.ErrTLS},
		{"logged in before STARTTLS", serve(t, "* PREAUTH hello\r\n", working(script{"STARTTLS": "%s OK go\r\nrubbish\r\n"}), nil), mailbox.STARTTLS, true, mailbox.ErrTLS},
		{"refused", serve(t, hello, working(script{"LOGIN": "%s NO [AUTHENTICATIONFAILED] no\r\n"}), nil), mailbox.Plain, true, mailbox.ErrLogin},
		{"no such folder", serve(t, hello, working(script{"SELECT": "%s NO none\r\n"}), nil), mailbox.Plain, true, mailbox.ErrFolder},
		{"sent away", serve(t, "* BYE go\r\n", nil, nil), mailbox.Plain, true, mailbox.ErrConnect},
		{"not IMAP", serve(t, "220 smtp ready\r\n", nil, nil), mailbox.Plain, true, mailbox.ErrConnect},
		{"a flood", serve(t, "* OK "+strings.Repeat("x", 5<<20), nil, nil), mailbox.Plain, true, mailbox.ErrFlood},
		{"nobody there", 1, mailbox.Plain, true, mailbox.ErrConnect},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), hang)
			defer cancel()
			_, err := client(x509.NewCertPool(), c.plain).Open(ctx, account(c.port, c.security))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A server that says nothing is left when the caller wants to.
func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS, mailbox.Plain} {
		ctx, cancel := context.WithCancel(context.Background())
		port := serve(t, "", nil, nil)
		done := make(chan error, 1)
		go func() {
			_, err := client(nil, true).Open(ctx, account(port, security))
			done <- err
		}()
		cancel()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s: no error", security)
			}
		case <-time.After(hang):
			t.Fatalf("%s: it waits for ever", security)
		}
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := open(t, working(nil))
	items, err := s.List(10)
	if err != nil || len(items) != 2 || items[1] != (mailbox.Item{UID: 9, Size: 5}) || s.Messages() != 2 {
		t.Errorf("listed %v, %v", items, err)
	}
	if err := s.MakeFolder("done"); err != nil {
		t.Errorf("making a folder: %v", err)
	}
	if err := s.Move(7, "done"); err != nil {
		t.Errorf("moving: %v", err)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	body := func(n int) script {
		return working(script{"FETCH": fmt.Sprintf("* 1 FETCH (UID 7 BODY[] {%d}\r\n%s)\r\n%%s OK done\r\n", n, strings.Repeat("x", n))})
	}
	if raw, err := open(t, body(1000)).Fetch(7); err != nil || len(raw) != 1000 {
		t.Errorf("as large as may be: %d bytes, %v", len(raw), err)
	}
	if _, err := open(t, body(1001)).Fetch(7); !errors.Is(err, mailbox.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := open(t, working(script{"FETCH": "%s OK none\r\n"})).Fetch(7); !errors.Is(err, mailbox.ErrFolder) {
		t.Errorf("no message: %v", err)
	}
	flood := strings.Repeat("* OK "+strings.Repeat("x", 10_000)+"\r\n", 500)
	if _, err := open(t, working(script{"FETCH": flood})).Fetch(7); !errors.Is(err, mailbox.ErrFlood) {
		t.Errorf("a flood: %v", err)
	}
	if _, err := open(t, working(script{"FETCH": "nonsense\r\n"})).Fetch(7); err == nil || errors.Is(err, mailbox.ErrFolder) {
		t.Errorf("a connection that breaks off: %v", err)
	}
}

// Without MOVE and UIDPLUS, moving one message would take out what others have
// marked.
func TestMoveOnlyWhereItIsSafe(t *testing.T) {
	t.Parallel()
	bare := "* CAPABILITY IMAP4rev1\r\n%s OK done\r\n"
	s := open(t, working(script{"CAPABILITY": bare, "LOGIN": "%s OK [CAPABILITY IMAP4rev1] in\r\n"}))
	if err := s.Move(7, "done"); !errors.Is(err, mailbox.ErrCannotMove) {
		t.Errorf("got %v", err)
	}
	if err := s.Wait(context.Background()); !errors.Is(err, mailbox.ErrNoIdle) {
		t.Errorf("waiting: %v", err)
	}
	if err := open(t, working(script{"MOVE": "%s NO [OVERQUOTA] full\r\n"})).Move(7, "done"); !errors.Is(err, mailbox.ErrFolder) {
		t.Errorf("a full folder: %v", err)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]string{
		"news":          "+ idling\r\n* 3 EXISTS\r\n",
		"the server":    "+ idling\r\n* BYE enough\r\n",
		"it is refused": "%s NO not now\r\n",
	} {
		s := open(t, working(script{"IDLE": answer, "DONE": "T OK\r\n"}))
		done := make(chan error, 1)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		go func() { done <- s.Wait(ctx) }()
		select {
		case <-done:
		case <-time.After(hang):
			t.Errorf("%s: it waits for ever", what)
		}
		cancel()
	}
}
