package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailbox is the other side of a Server in tests: it knows the recipients t1@rpt.test to t99@rpt.test
// and keeps what it accepts.
type mailbox struct {
	mu    sync.Mutex
	mails []Mail
	fails error // what Accept returns instead
}

func (m *mailbox) recipient(_ context.Context, address string) error {
	switch local, domain, _ := strings.Cut(strings.ToLower(address), "@"); {
	case domain == "broken.test":
		return errors.New("no database")
	case domain == "rpt.test" && strings.HasPrefix(local, "t") && len(local) <= 3:
		return nil
	default:
		return ErrUnknownRecipient
	}
}

func (m *mailbox) accept(_ context.Context, mail Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return m.fails
	}
	m.mails = append(m.mails, mail)
	return nil
}

func (m *mailbox) all() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.mails...)
}

var testTime = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func testConfig(m *mailbox) Config {
	return Config{
		Hostname: "mx1.rpt.test", Recipient: m.recipient, Accept: m.accept,
		Limits: DefaultLimits(), Now: func() time.Time { return testTime },
	}
}

// hang is a guard against a test that never ends, not a time that anything should take.
const hang = 5 * time.Minute

// patient makes time no reason for an end: how long a client may take is tested
// on a clock of its own (inBubble), and a test on sockets may have to wait for the processor.
func patient(c *Config) {
	l := &c.Limits
	for _, limit := range []*time.Duration{
		&l.CommandTimeout, &l.HandshakeTimeout, &l.DataTimeout, &l.StressTimeout, &l.WriteTimeout, &l.TransactionTimeout,
		&l.SessionTimeout, &l.LookupTimeout, &l.AcceptTimeout, &l.Linger,
	} {
		*limit = 2 * hang
	}
}

// testServer serves on loopback until the test ends.
func testServer(t *testing.T, change ...func(*Config)) (*Server, *mailbox) {
	t.Helper()
	m := &mailbox{}
	config := testConfig(m)
	patient(&config)
	for _, f := range change {
		f(&config)
	}
	s, err := Listen(config, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, m
}

func withTLS(t testing.TB) func(*Config) {
	t.Helper()
	cert, err := SelfSigned("mx1.rpt.test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} }
}

// client speaks raw lines.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(hang))
	return newClient(t, conn)
}

func newClient(t *testing.T, conn net.Conn) *client {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	return &client{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// reply returns the next reply without its last line end; lines are joined by "|".
func (c *client) reply() string {
	c.t.Helper()
	r, err := c.tryReply()
	if err != nil {
		c.t.Fatalf("no reply: %v", err)
	}
	return r
}

func (c *client) tryReply() (string, error) {
	var lines []string
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "", err
		}
		line, ok := strings.CutSuffix(line, "\r\n")
		if !ok || len(line) < 4 {
			return "", errors.New("malformed reply: " + line)
		}
		lines = append(lines, line)
		if line[3] == ' ' {
			return strings.Join(lines, "|"), nil
		}
	}
}

// expect reads replies, each of which must begin with one of the wanted texts in turn.
func (c *client) expect(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.reply(); !strings.HasPrefix(got, w) {
			c.t.Fatalf("got reply %q, want %q", got, w)
		}
	}
}

// do sends a line and expects a reply.
func (c *client) do(line, want string) {
	c.t.Helper()
	c.send(line + "\r\n")
	if got := c.reply(); !strings.HasPrefix(got, want) {
		c.t.Fatalf("%.80q: got reply %q, want %q", line, got, want)
	}
}

// expectClosed says that nothing more comes.
func (c *client) expectClosed() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.in); len(rest) > 0 || err != nil {
		c.t.Fatalf("got %q, %v, want the connection closed", rest, err)
	}
}

// ended waits until the server is done with this client.
func (c *client) ended(s *Server) {
	c.t.Helper()
	c.conn.Close()
	idle(c.t, s, 0)
}

// idle waits until the server has seen so many connections and has none left.
func idle(t *testing.T, s *Server, connections int64) {
	t.Helper()
	until(t, s, "the sessions have not ended", func() bool {
		st := s.Stats()
		return st.Connections >= connections && st.Open == 0
	})
}

// until waits for a state of the server that no reply tells of.
func until(t *testing.T, s *Server, otherwise string, reached func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	guard := time.After(hang)
	for !reached() {
		select {
		case <-tick.C:
		case <-guard:
			t.Fatalf("%s: %+v", otherwise, s.Stats())
		}
	}
}

// greeted returns a client that has said EHLO.
func greeted(t *testing.T, s *Server) *client {
	t.Helper()
	c := dial(t, s)
	c.expect("220 mx1.rpt.test ESMTP")
	c.do("EHLO sender.test", "250-mx1.rpt.test")
	return c
}

// inData returns a client whose next bytes are data.
func inData(t *testing.T, s *Server) *client {
	t.Helper()
	c := greeted(t, s)
	c.beginData()
	return c
}

// inDataFrom is inData for a client of another network.
func inDataFrom(t *testing.T, s *Server, address string) *client {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := d.DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(hang))
	c := newClient(t, conn)
	c.expect("220 ")
	c.do("EHLO sender.test", "250-")
	c.beginData()
	return c
}

func (c *client) beginData() {
	c.t.Helper()
	c.do("MAIL FROM:<a@sender.test>", "250 2.1.0")
	c.do("RCPT TO:<t1@rpt.test>", "250 2.1.5")
	c.do("DATA", "354 ")
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	s, m := testServer(t)
	c := greeted(t, s)
	c.do("MAIL FROM:<a@sender.test> SIZE=100 BODY=8BITMIME", "250 2.1.0")
	c.do("RCPT TO:<t1@rpt.test>", "250 2.1.5")
	c.do("RCPT TO:<nobody@rpt.test>", "550 5.1.1")
	c.do("RCPT TO:<T2@RPT.test>", "250 2.1.5")
	c.do("DATA", "354 ")
	c.send("Subject: x\r\n\r\n..dot\r\n.x\r\n\r\n.\r\n")
	c.expect("250 2.0.0")
	c.do("QUIT", "221 2.0.0")
	c.expectClosed()
	mails := m.all()
	if len(mails) != 1 {
		t.Fatalf("got %d mails, want 1", len(mails))
	}
	got := mails[0]
	if want := "Subject: x\r\n\r\n.dot\r\nx\r\n\r\n"; string(got.Raw) != want {
		t.Errorf("raw %q, want %q", got.Raw, want)
	}
	if got.From != "a@sender.test" || strings.Join(got.To, " ") != "t1@rpt.test T2@RPT.test" {
		t.Errorf("envelope %q %q", got.From, got.To)
	}
	if got.HELO != "sender.test" || got.TLS || !got.ReceivedAt.Equal(testTime) || got.RemoteAddr.String() != c.conn.LocalAddr().String() {
		t.Errorf("circumstances %+v", got)
	}
}

// An SMTP client that is not ours understands the server.
func TestStandardClient(t *testing.T) {
	t.Parallel()
	s, m := testServer(t, withTLS(t))
	c, err := smtp.Dial(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := c.Mail("a@sender.test"); err != nil {
			t.Fatal(i, err)
		}
		if err := c.Rcpt("nobody@rpt.test"); !isCode(err, 550) {
			t.Fatal(i, err)
		}
		if err := c.Rcpt("t1@rpt.test"); err != nil {
			t.Fatal(i, err)
		}
		w, err := c.Data()
		if err != nil {
			t.Fatal(i, err)
		}
		io.WriteString(w, "Subject: x\n\n.one\n")
		if err := w.Close(); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	mails := m.all()
	if len(mails) != 3 || !mails[2].TLS || string(mails[2].Raw) != "Subject: x\r\n\r\n.one\r\n" {
		t.Errorf("got %+v", mails)
	}
}

func isCode(err error, code int) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code == code
}
