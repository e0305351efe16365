package smtpd

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
	"time"
)

// startTLS says STARTTLS and returns the client inside.
func (c *client) startTLS(config *tls.Config) *client {
	c.t.Helper()
	c.do("STARTTLS", "220 2.0.0")
	return c.handshake(config)
}

func (c *client) handshake(config *tls.Config) *client {
	c.t.Helper()
	conn := tls.Client(c.conn, config)
	if err := conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	return &client{t: c.t, conn: conn, in: bufio.NewReader(conn)}
}

func TestSTARTTLS(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, withTLS(t), func(c *Config) { c.Limits.Errors = 50 })
	c := dial(t, s)
	c.expect("220")
	c.do("STARTTLS", "503 5.5.1")
	c.do("EHLO sender.test", "250-mx1.rpt.test|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-SIZE 26214400|250-STARTTLS|250 ENHANCED")
	c.do("STARTTLS now", "501 5.5.4")
	c.do("MAIL FROM:<a@sender.test>", "250")
	c = c.startTLS(&tls.Config{InsecureSkipVerify: true, ServerName: "customer.test"})
	c.do("RCPT TO:<t1@rpt.test>", "503 5.5.1")
	c.do("MAIL FROM:<a@sender.test>", "503 5.5.1")
	c.do("EHLO sender.test", "250-mx1.rpt.test|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-SIZE 26214400|250 ENHANCED")
	c.do("STARTTLS", "503 5.5.1")
	c.beginData()
	c.do("Subject: x\r\n\r\n.", "250 2.0.0 stored")
	if mails := m.all(); len(mails) != 1 || !mails[0].TLS {
		t.Errorf("got %+v", mails)
	}
	if st := s.Stats(); st.Handshakes != 1 || st.HandshakesFailed != 0 {
		t.Errorf("stats %+v", st)
	}
}

// recorded keeps what comes.
type recorded struct {
	net.Conn
	seen []byte
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.seen = append(r.seen, p[:n]...)
	return n, err
}

// kinds lists the types of the records that came.
func (r *recorded) kinds() (kinds []byte) {
	for rest := r.seen; len(rest) >= 5; rest = rest[5+int(rest[3])<<8+int(rest[4]):] {
		kinds = append(kinds, rest[0])
	}
	return kinds
}

// TLS ends by close_notify, so that no client takes the end for an attack.
func TestCloseNotify(t *testing.T) {
	t.Parallel()
	s, _ := testServer(t, withTLS(t))
	c := greeted(t, s)
	c.do("STARTTLS", "220")
	records := &recorded{Conn: c.conn}
	c.conn = records
	c = c.handshake(&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}) // where alerts show
	c.do("QUIT", "221")
	c.expectClosed()
	if kinds := records.kinds(); kinds[len(kinds)-1] != 21 {
		t.Errorf("record types %v, want an alert at the end", kinds)
	}
}

// What comes behind STARTTLS in clear is never carried out, neither before nor after the handshake (S4).
func TestSTARTTLSInjection(t *testing.T) {
	t.Parallel()
	for _, injected := range []string{"NOOP\r\n", "MAIL FROM:<evil@sender.test>\r\n", "\r\n", "R", "\x16\x03\x01"} {
		s, m := testServer(t, withTLS(t))
		c := greeted(t, s)
		c.send("STARTTLS\r\n" + injected)
		c.expect("554 5.5.1")
		c.expectClosed()
		c.ended(s)
		if st := s.Stats(); st.Handshakes+st.HandshakesFailed != 0 || len(m.all()) != 0 {
			t.Errorf("%q: stats %+v", injected, st)
		}
	}
}

// S18: commands in clear after the 220 are part of a failed handshake, nothing else.
func TestHandshakeFails(t *testing.T) {
	t.Parallel()
	for name, speak := range map[string]func(net.Conn){
		"commands": func(c net.Conn) { io.WriteString(c, "MAIL FROM:<a@sender.test>\r\n") },
		"TLS 1.0": func(c net.Conn) {
			tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}).Handshake()
		},
		"gone": func(c net.Conn) { c.(*net.TCPConn).CloseWrite() },
	} {
		s, m := testServer(t, withTLS(t))
		c := greeted(t, s)
		c.do("STARTTLS", "220")
		speak(c.conn)
		c.ended(s)
		if st := s.Stats(); st.HandshakesFailed != 1 {
			t.Errorf("%s: stats %+v", name, st)
		}
		// The sender comes back without TLS, as RFC 8460 §3 has it, and is served.
		c = inData(t, s)
		c.do("Subject: x\r\n\r\n.", "250")
		if len(m.all()) != 1 {
			t.Errorf("%s: not accepted in clear", name)
		}
	}
}

// S18: what is odd in TLS works or fails cleanly.
func TestClientCertificateUnasked(t *testing.T) {
	t.Parallel()
	cert, err := SelfSigned("sender.test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := testServer(t, withTLS(t))
	c := greeted(t, s).startTLS(&tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{cert}})
	c.do("EHLO sender.test", "250-")
}

func TestSelfSigned(t *testing.T) {
	t.Parallel()
	for _, hostname := range []string{"mx1.rpt.test", "127.0.0.1", "::1"} {
		cert, err := SelfSigned(hostname, testTime)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(cert.Leaf)
		for when, want := range map[time.Time]bool{
			testTime: true, testTime.AddDate(1, 11, 0): true, testTime.AddDate(0, 0, -1): false, testTime.AddDate(2, 0, 1): false,
		} {
			_, err = cert.Leaf.Verify(x509.VerifyOptions{DNSName: hostname, Roots: roots, CurrentTime: when})
			if (err == nil) != want {
				t.Errorf("%s at %s: %v", hostname, when, err)
			}
		}
	}
}
