package smtpd

import (
	"fmt"
	"strings"
	"testing"
)

func limited(change func(*Limits)) func(*Config) { return func(c *Config) { change(&c.Limits) } }

// Each limit on a message holds at N and refuses N+1, even before the message has ended.
func TestMessageLimits(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, limited(func(l *Limits) {
		l.MessageBytes, l.HeaderBytes, l.HeaderFields = 1000, 200, 10
		l.PerBlock = [3]int{200, 200, 200}
	}))
	fields := func(n int) string { return strings.Repeat("a: b\r\n", n) }
	text := func(n int) string { return strings.Repeat("x", n-2) + "\r\n" }
	for _, c := range []struct {
		name, data, want string
	}{
		{"message", "a: b\r\n\r\n" + text(992) + ".\r\n", "250 2.0.0"},
		{"message with stuffed dots", "a: b\r\n\r\n" + "." + "." + text(991) + ".\r\n", "250 2.0.0"},
		{"message + 1", "a: b\r\n\r\n" + text(993) + ".\r\n", "552 5.3.4 message too large"},
		{"message + 1, no end", "a: b\r\n\r\n" + strings.Repeat("x", 993), "552 5.3.4 message too large"},
		{"header", "a: " + text(197) + "\r\nx\r\n.\r\n", "250 2.0.0"},
		{"header + 1", "a: " + text(198) + "\r\nx\r\n.\r\n", "552 5.3.4 message header too large"},
		{"header + 1, no end", "a: " + strings.Repeat("x", 198), "552 5.3.4 message header too large"},
		{"header that never ends", "a: b\r\n" + strings.Repeat(" x\r\n", 49), "552 5.3.4 message header too large"},
		{"fields", fields(10) + "\r\n.\r\n", "250 2.0.0"},
		{"fields, folded", fields(10) + " folded\r\n\tfolded\r\n\r\n.\r\n", "250 2.0.0"},
		{"fields + 1", fields(11) + "\r\n.\r\n", "552 5.3.4 too many header fields"},
		{"lines of text", fields(10) + "\r\n" + fields(100) + ".\r\n", "250 2.0.0"},
		{"no header", "\r\n" + text(998) + ".\r\n", "250 2.0.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := inData(t, s)
			k.send(c.data)
			k.expect(c.want)
			if !strings.HasPrefix(c.want, "250") {
				k.expectClosed()
			}
		})
	}
	t.Cleanup(func() {
		if got := len(m.all()); got != 7 {
			t.Errorf("%d messages accepted", got)
		}
		if got := s.Stats(); got.TooLarge != 6 || got.Messages != 7 {
			t.Errorf("stats %+v", got)
		}
	})
}

// Lines of data have no limit of their own; the whole message counts.
func TestLongLine(t *testing.T) {
	t.Parallel()
	s, m := testServer(t)
	c := inData(t, s)
	c.send("a: b\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n.\r\n")
	c.expect("250")
	if mails := m.all(); len(mails) != 1 || len(mails[0].Raw) != 8+1<<20+2 {
		t.Error("message changed")
	}
}

// A client that has sent more than it may still reads the refusal: nothing is reset under it.
func TestRefusalArrives(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t, limited(func(l *Limits) { l.HeaderBytes = 1000 }))
	c := inData(t, s)
	for range 100 {
		c.send("a: " + strings.Repeat("x", 100_000) + "\r\n")
	}
	c.expect("552 5.3.4")
	c.expectClosed()
}

// repeat sends line and expects want n times, and then after.
func (c *client) repeat(n int, line, want, after string) {
	c.t.Helper()
	for range n {
		c.do(line, want)
	}
	c.do(line, after)
}

func TestCommandLimits(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, limited(func(l *Limits) { l.Commands = 250 }))

	// S7
	c := greeted(t, s)
	c.do("MAIL FROM:<a@sender.test>", "250")
	c.do("RCPT TO:<nobody@rpt.test>", "550")
	c.repeat(20, "RCPT TO:<t1@rpt.test>", "250", "452 4.5.3")
	c.do("DATA", "354")
	c.do("x: y\r\n\r\n.", "250")
	if mails := m.all(); len(mails) != 1 || len(mails[0].To) != 20 {
		t.Errorf("got %+v", mails)
	}

	// S11
	for _, line := range []string{"NOOP", "RSET", "HELP", "VRFY x", "EHLO again"} {
		c = greeted(t, s)
		want := map[string]string{"HELP": "214", "VRFY x": "252"}[line]
		c.repeat(100, line, want, "421 4.7.0 too many commands")
		c.expectClosed()
	}

	c = greeted(t, s)
	c.do("MAIL FROM:<a@sender.test>", "250")
	c.repeat(20, "RCPT TO:<t1@rpt.test>", "250", "452 4.5.3")
	c.repeat(250-23, "RCPT TO:<t1@rpt.test>", "452 4.5.3", "421 4.7.0 too many commands")
	c.expectClosed()
}

// A message makes up for the commands before it that brought nothing.
func TestIdleCommandsStartAnew(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t)
	c := greeted(t, s)
	for range 3 {
		for range 90 {
			c.do("RSET", "250")
		}
		c.beginData()
		c.do(".", "250")
	}
}

func TestTransactionLimit(t *testing.T) {
	t.Parallel()
	s, m := testServer(t)
	c := greeted(t, s)
	for range 100 {
		c.beginData()
		c.do(".", "250")
	}
	c.do("MAIL FROM:<a@sender.test>", "421 4.7.0 too many messages")
	c.expectClosed()
	if n := len(m.all()); n != 100 {
		t.Errorf("%d messages", n)
	}
}

func TestErrorLimit(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t)
	c := greeted(t, s)
	c.do("FOO", "500")
	c.do("DATA", "503")
	c.do("AUTH", "502")
	c.do("MAIL", "501")
	c.do("NOOP", "250")
	c.send("FOO\r\n" + strings.Repeat("FOO\r\n", 10_000))
	c.expect("500", "421 4.7.0 too many errors")
	c.expectClosed()
}

// S12, and a line that just fits.
func TestCommandLineLimit(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t)
	line := func(n int) string { return "NOOP " + strings.Repeat("x", n-7) }
	c := greeted(t, s)
	c.do(line(12<<10), "250")
	c.do(line(12<<10+1), "500 5.5.2 line too long")
	c.expectClosed()
	c = greeted(t, s)
	c.send(strings.Repeat("x", 1<<20))
	c.expect("500 5.5.2 line too long")
	c.expectClosed()
}

// All messages being received share one room, and give it back whatever becomes of them.
func TestBufferRoom(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, limited(func(l *Limits) { l.BufferBytes, l.PerBlock = 100_000, [3]int{200, 200, 200} }))
	slow := inDataFrom(t, s, "127.0.5.1")
	for i := range 10 {
		c := inData(t, s)
		c.send("a: b\r\n\r\n" + strings.Repeat(strings.Repeat("x", 998)+"\r\n", 200))
		c.expect("452 4.3.1")
		c.expectClosed()
		c.conn.Close()
		c = inData(t, s)
		c.send("a: b\r\n\r\n" + strings.Repeat(strings.Repeat("x", 998)+"\r\n", 40) + ".\r\n")
		c.expect("250")
		c.conn.Close()
		if n := len(m.all()); n != i+1 {
			t.Fatalf("%d messages", n)
		}
	}
	slow.do("a: b\r\n\r\n.", "250")
	if n := s.Stats().NoRoom; n != 10 {
		t.Errorf("%d refusals", n)
	}
	slow.ended(s)
	if held := s.room.Held(); held != 0 {
		t.Errorf("%d bytes are still taken", held)
	}
}

// One network cannot take the room from the others by sending what never ends.
func TestBufferRoomOfOneNetwork(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t, limited(func(l *Limits) { l.BufferBytes, l.PerBlock = 400_000, [3]int{200, 200, 200} }))
	endless := "a: b\r\n\r\n" + strings.Repeat(strings.Repeat("x", 998)+"\r\n", 90)
	inData(t, s).send(endless)
	until(t, s, "the first has not been read", func() bool { return s.room.Held() >= int64(len(endless)) })
	for range 2 {
		c := inData(t, s)
		c.send(endless)
		c.expect("452 4.3.1")
	}
	c := inDataFrom(t, s, "127.0.5.1")
	c.send(endless + ".\r\n")
	c.expect("250")
}

func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	l := DefaultLimits()
	got := fmt.Sprint(l.MessageBytes, l.HeaderBytes, l.HeaderFields, l.Recipients, l.Transactions, l.Errors, l.PerBlock[0], l.SessionTimeout)
	if want := "26214400 262144 1000 20 100 5 20 10m0s"; got != want {
		t.Errorf("got %s, want the published %s", got, want)
	}
}
