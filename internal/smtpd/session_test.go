package smtpd

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// script is a client that sends what it has to say without waiting, in pieces, and then leaves.
type script struct {
	net.Conn
	in    io.Reader
	piece int
	out   bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.in.Read(p[:min(len(p), s.piece)]) }
func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// runScript serves one session on what the client sends, and returns the replies.
func runScript(t *testing.T, sent string, piece int, change ...func(*Config)) (replies string, mails []Mail) {
	t.Helper()
	m := &mailbox{}
	config := testConfig(m)
	for _, f := range change {
		f(&config)
	}
	server, err := newServer(config)
	if err != nil {
		t.Fatal(err)
	}
	conn := &script{in: strings.NewReader(sent), piece: max(1, piece)}
	ctx := context.Background()
	(&session{server: server, stopping: ctx, cut: ctx, raw: conn}).run()
	if held := server.room.Held(); held != 0 {
		t.Errorf("%d bytes of room are still taken", held)
	}
	return conn.out.String(), m.mails
}

const wholeSession = "EHLO sender.test\r\nMAIL FROM:<a@sender.test> SIZE=99\r\nRCPT TO:<t1@rpt.test>\r\nDATA\r\n" +
	"Subject: one\r\n\r\n..\r\nMAIL FROM:<b@sender.test>\r\nDATA\r\n.\r\n" +
	"RSET\r\nNOOP\r\nMAIL FROM:<>\r\nRCPT TO:<t2@rpt.test>\r\nRCPT TO:<nobody@rpt.test>\r\nRCPT TO:<t3@rpt.test>\r\nDATA\r\n" +
	"Subject: two\r\n\r\n.text\r\n.\r\nQUIT\r\n"

// S14: wherever the client breaks off, there are the messages whose end has arrived, and no part of one.
func TestBreakOffAnywhere(t *testing.T) {
	t.Parallel()
	whole := []string{"Subject: one\r\n\r\n.\r\nMAIL FROM:<b@sender.test>\r\nDATA\r\n", "Subject: two\r\n\r\ntext\r\n"}
	for offset := range len(wholeSession) + 1 {
		for _, piece := range []int{1, 7, 4096} {
			sent := wholeSession[:offset]
			_, mails := runScript(t, sent, piece)
			if want := strings.Count(sent, "\r\n.\r\n"); len(mails) != want {
				t.Fatalf("broken off at %d: %d mails, want %d", offset, len(mails), want)
			}
			for i, mail := range mails {
				if string(mail.Raw) != whole[i] {
					t.Fatalf("broken off at %d: mail %q", offset, mail.Raw)
				}
			}
		}
	}
}

// The same over sockets, in clear and in TLS, where breaking off can also be a reset.
func TestBreakOffOnTheWire(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, withTLS(t))
	want, dialed := 0, int64(0)
	for offset := 0; offset <= len(wholeSession); offset += 5 {
		for _, secure := range []bool{false, true} {
			c := dial(t, s)
			dialed++
			c.expect("220")
			if secure {
				c.do("EHLO sender.test", "250-")
				c = c.startTLS(&tls.Config{InsecureSkipVerify: true})
			}
			sent := wholeSession[:offset]
			c.send(sent)
			if offset%2 == 0 {
				c.conn.(interface{ CloseWrite() error }).CloseWrite()
				io.Copy(io.Discard, c.in)
				want += strings.Count(sent, "\r\n.\r\n")
			}
			c.conn.Close()
		}
	}
	idle(t, s, dialed)
	// Where the client did not wait for replies, a reset may have overtaken its data: at most as many more.
	if got := len(m.all()); got < want || got > 2*want+10 {
		t.Errorf("%d mails, want %d or somewhat more", got, want)
	}
	for _, mail := range m.all() {
		if raw := string(mail.Raw); !strings.HasSuffix(raw, "DATA\r\n") && !strings.HasSuffix(raw, "text\r\n") {
			t.Errorf("a part of a mail: %q", raw)
		}
	}
}

// S15: who leaves between the final dot and the reply has delivered, once.
func TestLeavesBeforeReply(t *testing.T) {
	t.Parallel()
	s, m := testServer(t)
	c := inData(t, s)
	c.send("a: b\r\n\r\n.\r\n")
	c.ended(s)
	if n := len(m.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

var wellFormed = regexp.MustCompile(`\A(?:[2345][0-9]{2}[ -][ -~]*\r\n)*\z`)

// FuzzSession sends anything: no panic, only well-formed replies, every accepted message clean and
// covered by an end of data, and the pieces in which it comes make no difference.
func FuzzSession(f *testing.F) {
	f.Add(wholeSession, 7)
	for _, ending := range endings {
		f.Add("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<t1@rpt.test>\r\nDATA\r\na: b\r\n\r\nx"+ending+smuggled, 5)
	}
	for _, sent := range []string{
		"HELO x\r\nMAIL FROM:<\"a b\"@[IPv6:::1]> SMTPUTF8\r\nRCPT TO:<ä@rpt.test>\r\nVRFY x\r\nHELP\r\n",
		"EHLO x\r\nSTARTTLS\r\n\x16\x03\x01\x00\x05hello", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"EHLO x\r\nBDAT 10 LAST\r\nMAIL FROM:", "\xff\x00", "NOOP\n", "EHLO x\rEHLO y\r\n", strings.Repeat("x", 13_000),
		strings.Repeat("RSET\r\n", 120), "AUTH PLAIN\r\nDATA\r\n.\r\n",
	} {
		f.Add(sent, 4096)
	}
	secure := withTLS(f)
	f.Fuzz(func(t *testing.T, sent string, piece int) {
		replies, mails := runScript(t, sent, piece, secure)
		if !wellFormed.MatchString(replies) {
			t.Fatalf("replies %q", replies)
		}
		if n := strings.Count(replies, "250 2.0.0 stored\r\n"); n != len(mails) || n > strings.Count(sent, ".\r\n") {
			t.Fatalf("%d replies, %d mails", n, len(mails))
		}
		for _, mail := range mails {
			checkMail(t, mail)
		}
		if strings.Contains(strings.ToUpper(sent), "STARTTLS") {
			return // whether anything follows it in clear is up to the pieces
		}
		again, _ := runScript(t, sent, piece/2+1, secure)
		if again != replies {
			t.Fatalf("in other pieces %q instead of %q", again, replies)
		}
	})
}

func checkMail(t *testing.T, mail Mail) {
	t.Helper()
	raw := string(mail.Raw)
	if hasStray(raw) || raw != "" && !strings.HasSuffix(raw, "\r\n") {
		t.Fatalf("accepted %q", raw)
	}
	if len(mail.To) == 0 || mail.HELO == "" {
		t.Fatalf("accepted %+v", mail)
	}
	for _, address := range append(mail.To, mail.From) {
		if strings.ContainsAny(address, "\r\n\x00") || len(address) > maxPath {
			t.Fatalf("address %q", address)
		}
	}
}

// FuzzPath: what is taken for an address can be put between brackets again and gives itself.
func FuzzPath(f *testing.F) {
	for _, argument := range []string{
		"FROM:<a@b>", "from: <>", `FROM:<"a>\"b"@b> SIZE=1`, "FROM:<@a:b@c>", "FROM:<a@[IPv6:::1]>", "FROM:<<>>", "FROM:<postmaster>", "FROM",
	} {
		f.Add(argument)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		address, rest, ok := cutPath(argument, "FROM:")
		if !ok {
			return
		}
		if !strings.HasSuffix(argument, "<"+address+">"+rest) {
			t.Fatalf("%q gave %q and %q", argument, address, rest)
		}
		again, rest, ok := cutPath("FROM:<"+address+">", "FROM:")
		if !ok || again != address || rest != "" {
			t.Fatalf("%q gave %q, %q, %v", address, again, rest, ok)
		}
	})
}
