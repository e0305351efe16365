package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener for tests on synctest's clock.
type pipes struct {
	conns  chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

// halfClosing lets a session drain its client, which sees the end only when that is over.
type halfClosing struct{ net.Conn }

func (halfClosing) CloseWrite() error { return nil }

func newPipes() *pipes {
	closed, closeIt := context.WithCancel(context.Background())
	return &pipes{make(chan net.Conn), closed, closeIt}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// bubble is a server whose clock moves only when everyone waits.
type bubble struct {
	t      *testing.T
	server *Server
	pipes  *pipes
	mails  *mailbox
	stop   context.CancelFunc
	served chan error
	start  time.Time
}

// inBubble runs f with a server on synctest's clock and stops the server after it.
func inBubble(t *testing.T, f func(*bubble), change ...func(*Config)) {
	t.Helper()
	options := append([]func(*Config){withTLS(t)}, change...)
	synctest.Test(t, func(t *testing.T) {
		m := &mailbox{}
		config := testConfig(m)
		config.Now = time.Now
		for _, o := range options {
			o(&config)
		}
		server, err := newServer(config)
		if err != nil {
			t.Fatal(err)
		}
		b := &bubble{t: t, server: server, pipes: newPipes(), mails: m, served: make(chan error, 1), start: time.Now()}
		server.listener = b.pipes
		ctx, cancel := context.WithCancel(t.Context())
		b.stop = cancel
		go func() { b.served <- server.Serve(ctx) }()
		f(b)
		cancel()
		if err := <-b.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		time.Sleep(time.Hour) // whoever still pauses finds the connection closed
	})
}

func (b *bubble) dial() *client {
	b.t.Helper()
	ours, theirs := net.Pipe()
	b.pipes.conns <- halfClosing{theirs}
	return newClient(b.t, ours)
}

func (b *bubble) greeted() *client {
	b.t.Helper()
	c := b.dial()
	c.expect("220")
	c.do("EHLO sender.test", "250-")
	return c
}

func (b *bubble) inData() *client {
	b.t.Helper()
	c := b.greeted()
	c.beginData()
	return c
}

// at says how long the test has run, which must be exactly so long.
func (b *bubble) at(want time.Duration) {
	b.t.Helper()
	if got := time.Since(b.start); got != want {
		b.t.Errorf("it is %v, want %v", got, want)
	}
}

// trickle writes text in pieces, one after each pause, until the server has had enough.
func (c *client) trickle(text string, piece int, pause time.Duration) {
	for len(text) > 0 {
		time.Sleep(pause)
		n := min(piece, len(text))
		if _, err := io.WriteString(c.conn, text[:n]); err != nil {
			return
		}
		text = text[n:]
	}
}

// A client too slow for its phase hears 421 and is gone within a minute (S16, G7).
func TestSlowClients(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	for name, c := range map[string]struct {
		speak func(*bubble) *client
		ends  time.Duration
	}{
		"silent": {func(b *bubble) *client {
			k := b.dial()
			k.expect("220")
			return k
		}, 45 * time.Second},
		"EHLO by the byte": {func(b *bubble) *client {
			k := b.dial()
			k.expect("220")
			go k.trickle("EHLO "+long, 1, 10*time.Second)
			return k
		}, 45 * time.Second},
		"silent in data": {func(b *bubble) *client { return b.inData() }, 30 * time.Second},
		"data by the byte": {func(b *bubble) *client {
			k := b.inData()
			go k.trickle("a: b\r\n\r\n"+long, 1, 10*time.Second)
			return k
		}, 30*time.Second + 6*time.Millisecond}, // three bytes at 500 B/s
		"data under the rate": {func(b *bubble) *client {
			k := b.inData()
			go k.trickle("a: b\r\n\r\n"+strings.Repeat("x", 100_000), 200, time.Second)
			return k
		}, 49*time.Second + 600*time.Millisecond}, // 30 s + 49 × 200 B / 500 B/s
		"silent after much data": {func(b *bubble) *client {
			k := b.inData()
			k.send("a: b\r\n\r\n" + strings.Repeat("x", 100_000))
			return k
		}, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(b *bubble) {
				k := c.speak(b)
				k.expect("421 4.4.2 timeout")
				b.at(c.ends)
				k.expectClosed()
				if n := len(b.mails.all()); n != 0 {
					t.Errorf("%d messages accepted", n)
				}
			})
		})
	}
}

// Data at the minimum rate is slow, but taken.
func TestSlowEnough(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.inData()
		go k.trickle("a: b\r\n\r\n"+strings.Repeat("x", 99_987)+"\r\n.\r\n", 500, time.Second)
		k.expect("250 2.0.0")
		b.at(200 * time.Second)
	})
}

func TestTransactionTimeout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.inData()
		go k.trickle(strings.Repeat("a: b\r\n", 1_000_000), 600, time.Second)
		k.expect("421 4.4.2")
		b.at(5 * time.Minute)
	}, limited(func(l *Limits) { l.HeaderFields = 1e9 }))
}

// Commands do not prolong a transaction.
func TestTransactionTimeoutBeforeData(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		k.do("MAIL FROM:<a@sender.test>", "250")
		for range 9 {
			time.Sleep(30 * time.Second)
			k.do("NOOP", "250")
		}
		k.expect("421 4.4.2")
		b.at(5 * time.Minute)
	})
}

func TestSessionTimeout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		for range 19 {
			time.Sleep(30 * time.Second)
			k.do("NOOP", "250")
		}
		k.expect("421 4.4.2")
		b.at(10 * time.Minute)
		k.expectClosed()
	})
}

func TestSessionTimeoutInData(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		for range 19 {
			time.Sleep(30 * time.Second)
			k.do("NOOP", "250")
		}
		k.beginData()
		go k.trickle(strings.Repeat("x", 100_000), 1000, time.Second)
		k.expect("421 4.4.2")
		b.at(10 * time.Minute)
	})
}

// What has arrived in full is stored and answered, even if storing outlasts the session.
func TestAcceptOutlastsSession(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		for range 19 {
			time.Sleep(30 * time.Second)
			k.do("NOOP", "250")
		}
		time.Sleep(29 * time.Second)
		k.beginData()
		k.do("a: b\r\n\r\n.", "250 2.0.0")
		b.at(10*time.Minute + 19*time.Second)
		k.expect("421 4.4.2")
	}, func(c *Config) {
		accept := c.Accept
		c.Accept = func(ctx context.Context, mail Mail) error {
			time.Sleep(20 * time.Second)
			return errors.Join(ctx.Err(), accept(ctx, mail))
		}
	})
}

// Neither look-up nor store can hang a session for ever.
func TestHangingCallbacks(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		k.do("MAIL FROM:<a@sender.test>", "250")
		k.do("RCPT TO:<hang@rpt.test>", "451 4.3.0")
		b.at(10 * time.Second)
		k.do("RCPT TO:<t1@rpt.test>", "250")
		k.do("DATA", "354")
		k.do("a: b\r\n\r\n.", "451 4.3.0")
		b.at(70 * time.Second)
	}, func(c *Config) {
		recipient := c.Recipient
		c.Recipient = func(ctx context.Context, address string) error {
			if strings.HasPrefix(address, "hang") {
				return hang(ctx)
			}
			return recipient(ctx, address)
		}
		c.Accept = func(ctx context.Context, _ Mail) error { return hang(ctx) }
	})
}

func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		k.do("STARTTLS", "220")
		k.expectClosed()
		b.at(30 * time.Second)
		synctest.Wait()
		if st := b.server.Stats(); st.HandshakesFailed != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

// The deadlines hold within TLS too, and none is left over from before it.
func TestSlowWithinTLS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		time.Sleep(20 * time.Second)
		k.do("STARTTLS", "220")
		time.Sleep(29 * time.Second) // past the deadline of the command
		k = k.handshake(&tls.Config{InsecureSkipVerify: true, Time: time.Now})
		time.Sleep(31 * time.Second)
		k.do("EHLO sender.test", "250-")
		k.beginData()
		go k.trickle(strings.Repeat("x", 1000), 1, 10*time.Second)
		k.expect("421 4.4.2")
		b.at(110*time.Second + 6*time.Millisecond)
	})
}

// A client that does not read its replies is not waited for either.
func TestZeroWindow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.greeted()
		k.send("NOOP\r\n")
		time.Sleep(31 * time.Second)
		if _, err := k.tryReply(); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		b.at(31 * time.Second)
	})
}
