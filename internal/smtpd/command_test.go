package smtpd

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Each stage is the dialogue that leads to it.
var stages = map[string][]string{
	"connected": {},
	"greeted":   {"EHLO sender.test"},
	"mail":      {"EHLO sender.test", "MAIL FROM:<a@sender.test>"},
	"mailUTF8":  {"EHLO sender.test", "MAIL FROM:<a@sender.test> SMTPUTF8"},
	"rcpt":      {"EHLO sender.test", "MAIL FROM:<a@sender.test>", "RCPT TO:<t1@rpt.test>"},
}

func TestCommands(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t, func(c *Config) { c.Limits.PerBlock = [3]int{200, 200, 200} })
	long := strings.Repeat("a", 8000)
	for _, c := range []struct {
		stage, line, want string
		closes            bool
	}{
		// Greeting
		{"connected", "EHLO sender.test", "250-mx1.rpt.test|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-SIZE 26214400|250 ENHANCEDSTATUSCODES", false},
		{"connected", "HELO sender.test", "250 mx1.rpt.test", false},
		{"connected", "ehlo [192.0.2.1]", "250-", false},
		{"connected", "EHLO", "501 5.5.4", false},
		{"connected", "HELO ", "501 5.5.4", false},
		{"connected", "EHLO two names", "501 5.5.4", false},
		{"connected", "EHLO " + strings.Repeat("h", 255), "250-", false},
		{"connected", "EHLO " + strings.Repeat("h", 256), "501 5.5.4", false},
		{"connected", "LHLO sender.test", "502 5.5.1", false},
		{"greeted", "EHLO again.test", "250-", false},
		// Sequence (S3)
		{"connected", "MAIL FROM:<a@sender.test>", "503 5.5.1", false},
		{"connected", "RCPT TO:<t1@rpt.test>", "503 5.5.1", false},
		{"connected", "DATA", "503 5.5.1", false},
		{"connected", "STARTTLS", "502 5.5.1", false},
		{"connected", "QUIT", "221 2.0.0", true},
		{"greeted", "RCPT TO:<t1@rpt.test>", "503 5.5.1", false},
		{"greeted", "DATA", "503 5.5.1", false},
		{"mail", "MAIL FROM:<a@sender.test>", "503 5.5.1", false},
		{"mail", "DATA", "554 5.5.1", false},
		{"rcpt", "DATA", "354 ", false},
		{"rcpt", "DATA now", "501 5.5.4", false},
		{"rcpt", "RSET", "250 2.0.0", false},
		{"rcpt", "RSET all", "501 5.5.4", false},
		{"rcpt", "NOOP whatever", "250 2.0.0", false},
		{"rcpt", "QUIT now", "501 5.5.4", false},
		// Reverse-path (S5)
		{"greeted", "MAIL FROM:<>", "250 2.1.0", false},
		{"greeted", "mail from:<a@sender.test>", "250 2.1.0", false},
		{"greeted", "MAIL FROM: <a@sender.test>", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<a@sender.test>  ", "250 2.1.0", false},
		{"greeted", `MAIL FROM:<"a >\"b"@sender.test>`, "250 2.1.0", false},
		{"greeted", "MAIL FROM:<a@[192.0.2.1]>", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<a@[IPv6:2001:db8::1]>", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<prvs=1=a+b=c.test@sender.test>", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<a\x00b@sender.test>", "501 5.5.2", false},
		{"greeted", "MAIL FROM:<a\rb@sender.test>", "501 5.5.2", false},
		{"greeted", "MAIL FROM:<a\tb@sender.test>", "501 5.5.2", false},
		{"greeted", "MAIL FROM:<a\x7f@sender.test>", "501 5.5.2", false},
		{"greeted", "MAIL FROM:<\xff@sender.test>", "501 5.5.2", false},
		{"greeted", "MAIL FROM:<" + long + "@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<" + long[:maxPath-12] + "@sender.test>", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<" + long[:maxPath-11] + "@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<<a@sender.test>>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<<>>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<@relay.test:a@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<@r1.test,@r2.test:a@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<a@b@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<a b@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<a@>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<a@[192.0.2.1>", "501 5.1.7", false},
		{"greeted", `MAIL FROM:<"a@sender.test>`, "501 5.1.7", false},
		{"greeted", `MAIL FROM:<"a"b"@sender.test>`, "501 5.1.7", false},
		{"greeted", "MAIL FROM:a@sender.test", "501 5.1.7", false},
		{"greeted", "MAIL FROM:", "501 5.1.7", false},
		{"greeted", "MAIL FROM <a@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL TO:<a@sender.test>", "501 5.1.7", false},
		{"greeted", "MAIL", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<a@sender.test>SIZE=1", "501 5.1.7", false},
		{"greeted", "MAIL FROM:<ä@sender.test>", "553 5.6.7", false},
		{"greeted", "MAIL FROM:<a@sönder.test>", "553 5.6.7", false},
		{"greeted", "MAIL FROM:<ä@sender.test> SMTPUTF8", "250 2.1.0", false},
		// Parameters (S6)
		{"greeted", "MAIL FROM:<> SIZE=26214400 body=8bitmime smtputf8", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<> BODY=7BIT", "250 2.1.0", false},
		{"greeted", "MAIL FROM:<> SIZE=26214401", "552 5.3.4", false},
		{"greeted", "MAIL FROM:<> SIZE=18446744073709551615", "552 5.3.4", false},
		{"greeted", "MAIL FROM:<> SIZE=99999999999999999999", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SIZE=-1", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SIZE=+1", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SIZE=", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SIZE", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SIZE=1 SIZE=1", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> BODY=x", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> BODY=BINARYMIME", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SMTPUTF8=yes", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> SMTPUTF8=", "501 5.5.4", false},
		{"greeted", "MAIL FROM:<> AUTH=<>", "555 5.5.4", false},
		{"greeted", "MAIL FROM:<> RET=HDRS", "555 5.5.4", false},
		{"greeted", "MAIL FROM:<> =", "555 5.5.4", false},
		// Recipients (S8): spelling is for Config.Recipient, syntax is not
		{"mail", "RCPT TO:<T1@RPT.TEST>", "250 2.1.5", false},
		{"mail", "RCPT TO:<nobody@rpt.test>", "550 5.1.1", false},
		{"mail", "RCPT TO:<t1@elsewhere.test>", "550 5.1.1", false},
		{"mail", "RCPT TO:<t1%elsewhere.test@rpt.test>", "550 5.1.1", false},
		{"mail", "RCPT TO:<elsewhere.test!t1@rpt.test>", "550 5.1.1", false},
		{"mail", `RCPT TO:<"t1 x"@rpt.test>`, "550 5.1.1", false},
		{"mail", "RCPT TO:<t1@rpt.test.>", "550 5.1.1", false},
		{"mail", "RCPT TO:<Postmaster>", "550 5.1.1", false},
		{"mail", "RCPT TO:<t1@broken.test>", "451 4.3.0", false},
		{"mail", "RCPT TO:<t1@rpt.test> NOTIFY=NEVER", "555 5.5.4", false},
		{"mail", "RCPT TO:<>", "501 5.1.3", false},
		{"mail", "RCPT TO:<t1>", "501 5.1.3", false},
		{"mail", "RCPT TO:t1@rpt.test", "501 5.1.3", false},
		{"mail", "RCPT TO:<@relay.test:t1@rpt.test>", "501 5.1.3", false},
		{"mail", "RCPT TO:<t1@rpt.test", "501 5.1.3", false},
		{"mail", "RCPT FROM:<t1@rpt.test>", "501 5.1.3", false},
		{"mail", "RCPT TO:<t1@rpt.tést>", "553 5.6.7", false},
		{"mailUTF8", "RCPT TO:<t1@rpt.tést>", "550 5.1.1", false},
		// Nothing is told, nothing else is offered (S9, S13)
		{"greeted", "VRFY t1", "252 2.5.0", false},
		{"greeted", "HELP", "214 2.0.0", false},
		{"greeted", "EXPN list", "502 5.5.1", false},
		{"greeted", "ETRN rpt.test", "502 5.5.1", false},
		{"greeted", "TURN", "502 5.5.1", false},
		{"greeted", "AUTH PLAIN AGEAYg==", "502 5.5.1", false},
		{"greeted", "XCLIENT ADDR=127.0.0.1", "502 5.5.1", false},
		{"greeted", "BURL imap://x", "502 5.5.1", false},
		{"rcpt", "BDAT 0", "502 5.5.1", true},
		{"rcpt", "BDAT 9223372036854775808 LAST", "502 5.5.1", true},
		// Other protocols and noise (S10)
		{"connected", "GET / HTTP/1.1", "502 5.5.1", true},
		{"connected", "POST / HTTP/1.1", "502 5.5.1", true},
		{"connected", "\x16\x03\x01\x02\x00\x01\x00", "500 5.5.2", true},
		{"connected", "\x00\x01\x02", "500 5.5.2", true},
		{"connected", "\xff\xfe", "500 5.5.2", true},
		{"connected", "", "500 5.5.1", false},
		{"connected", "FOO bar", "500 5.5.1", false},
		{"connected", "STARTTLSX", "500 5.5.1", false},
		{"connected", " EHLO sender.test", "500 5.5.1", false},
		{"connected", "NOOP\nNOOP", "500 5.5.2", true},
	} {
		t.Run(c.stage+"/"+c.line[:min(len(c.line), 40)], func(t *testing.T) {
			t.Parallel()
			k := dial(t, s)
			k.expect("220 ")
			for _, line := range stages[c.stage] {
				k.do(line, "250")
			}
			k.do(c.line, c.want)
			if c.closes {
				k.expectClosed()
			} else if c.want != "354 " {
				k.do("NOOP", "250 2.0.0")
			}
		})
	}
}

// A HELO or EHLO within a transaction ends it.
func TestEHLOResets(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t)
	c := greeted(t, s)
	c.do("MAIL FROM:<a@sender.test>", "250")
	c.do("EHLO sender.test", "250-")
	c.do("RCPT TO:<t1@rpt.test>", "503 5.5.1")
	c.do("MAIL FROM:<a@sender.test>", "250")
}

// What Config.Accept returns decides the reply, and the session goes on.
func TestAcceptErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "250 2.0.0"},
		{ErrOverQuota, "450 4.7.1"},
		{ErrFull, "452 4.3.1"},
		{ErrBusy, "452 4.3.1"},
		{ErrUnknownRecipient, "550 5.1.1"},
		{errors.Join(errors.New("spool"), ErrFull), "452 4.3.1"},
		{context.DeadlineExceeded, "451 4.3.0"},
		{errors.New("secret detail"), "451 4.3.0 temporary failure, try again later"},
	} {
		s, m := testServer(t)
		m.fails = c.err
		k := inData(t, s)
		k.do("Subject: x\r\n\r\nx\r\n.", c.want)
		k.do("MAIL FROM:<a@sender.test>", "250")
	}
}

// A client hears at MAIL that its message would not be taken, and may ask again.
func TestNotReady(t *testing.T) {
	t.Parallel()
	var answer error
	s, m := testServer(t, func(c *Config) { c.Ready = func() error { return answer } })
	k := greeted(t, s)
	for _, c := range []struct {
		err  error
		want string
	}{{ErrFull, "452 4.3.1 no room"}, {ErrBusy, "452 4.3.1 too busy"}, {errors.New("secret detail"), "451 4.3.0 temporary"}} {
		answer = c.err
		k.do("MAIL FROM:<a@sender.test>", c.want)
	}
	answer = nil
	k.beginData()
	k.do("Subject: x\r\n\r\n.", "250 2.0.0")
	if st := s.Stats(); len(m.all()) != 1 || st.Deferred != 3 {
		t.Errorf("%d messages, stats %+v", len(m.all()), st)
	}
}

// A panic in our own code is a temporary failure to the client, and no other session notices.
func TestPanic(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t, func(c *Config) {
		c.Accept = func(context.Context, Mail) error { panic("boom") }
	})
	other := greeted(t, s)
	k := inData(t, s)
	k.do("x: y\r\n\r\n.", "421 4.3.0")
	k.expectClosed()
	other.do("NOOP", "250")
}

func TestListenRefusesBadConfig(t *testing.T) {
	t.Parallel()
	good := testConfig(&mailbox{})
	for name, change := range map[string]func(*Config){
		"no hostname":  func(c *Config) { c.Hostname = "" },
		"no recipient": func(c *Config) { c.Recipient = nil },
		"no accept":    func(c *Config) { c.Accept = nil },
	} {
		config := good
		change(&config)
		if _, err := Listen(config, "127.0.0.1:0"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	s, _ := testServer(t)
	if _, err := Listen(good, s.Addr().String()); err == nil {
		t.Error("port in use: no error")
	}
}

// The replies to a pipelined group come in order, and none is lost (RFC 2920).
func TestPipelining(t *testing.T) {
	t.Parallel()
	s, m := testServer(t)
	c := greeted(t, s)
	group := "RSET\r\nMAIL FROM:<a@sender.test>\r\nRCPT TO:<nobody@rpt.test>\r\nRCPT TO:<t1@rpt.test>\r\nDATA\r\n"
	c.send(group + "Subject: 1\r\n\r\nMAIL FROM:<evil@sender.test>\r\n..\r\n.\r\n" + group + "Subject: 2\r\n\r\n.\r\nQUIT\r\n")
	for range 2 {
		c.expect("250 2.0.0", "250 2.1.0", "550 5.1.1", "250 2.1.5", "354 ", "250 2.0.0 stored")
	}
	c.expect("221")
	c.expectClosed()
	mails := m.all()
	if len(mails) != 2 || string(mails[0].Raw) != "Subject: 1\r\n\r\nMAIL FROM:<evil@sender.test>\r\n.\r\n" {
		t.Errorf("got %+v", mails)
	}
}
