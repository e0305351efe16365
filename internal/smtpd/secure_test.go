package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// FuzzSecureSession is FuzzSession behind a real handshake: whatever comes
// within TLS, the replies are well-formed, the session ends, and there is one
// message at most for each end of data. The clock is synctest's: a session that
// waited for more than its limits would fail, however slow the machine is.
func FuzzSecureSession(f *testing.F) {
	f.Add(wholeSession, 7)
	for _, ending := range endings {
		f.Add("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<t1@rpt.test>\r\nDATA\r\na: b\r\n\r\nx"+ending+smuggled, 5)
	}
	f.Add("STARTTLS\r\nEHLO x\r\nSTARTTLS\r\n\x16\x03\x01", 99)
	f.Add("GET / HTTP/1.1\r\n\r\n", 3)
	secure := withTLS(f)
	f.Fuzz(func(t *testing.T, sent string, piece int) {
		var replies string
		var mails []Mail
		synctest.Test(t, func(t *testing.T) { replies, mails = runSecurely(t, sent, max(1, piece), secure) })
		if !wellFormed.MatchString(replies) {
			t.Fatalf("replies %q", replies)
		}
		if n := strings.Count(replies, "250 2.0.0 stored\r\n"); n > len(mails) || len(mails) > strings.Count(sent, ".\r\n") {
			t.Fatalf("%d replies, %d mails", n, len(mails))
		}
		for _, mail := range mails {
			checkMail(t, mail)
			if !mail.TLS {
				t.Fatal("a mail came in clear")
			}
		}
	})
}

// runSecurely serves one session on what a client sends after STARTTLS, in
// pieces, and returns the replies within TLS.
func runSecurely(t *testing.T, sent string, piece int, secure func(*Config)) (replies string, mails []Mail) {
	t.Helper()
	m := &mailbox{}
	config := testConfig(m)
	secure(&config)
	server, err := newServer(config)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	ours.SetDeadline(time.Now().Add(time.Second)) // nobody has to wait for the other
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer theirs.Close()
		ctx := context.Background()
		(&session{server: server, stopping: ctx, cut: ctx, raw: theirs}).run()
	}()
	defer func() { ours.Close(); <-ended }()
	clear := bufio.NewReader(ours)
	for _, step := range []struct{ say, until string }{{"", "220 "}, {"EHLO x\r\n", "250 "}, {"STARTTLS\r\n", "220 "}} {
		if step.say != "" { // a pipe waits for a reader even of nothing
			io.WriteString(ours, step.say)
		}
		for line := ""; !strings.HasPrefix(line, step.until); {
			if line, err = clear.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
	}
	conn := tls.Client(ours, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for len(sent) > 0 {
			n := min(piece, len(sent))
			if _, err := io.WriteString(conn, sent[:n]); err != nil {
				return
			}
			sent = sent[n:]
		}
		conn.CloseWrite()
	}()
	said, _ := io.ReadAll(conn) // the session may close without a word
	ours.Close()
	<-ended
	return string(said), m.all()
}
