package smtpd

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A refused client is read on for a while, but not for ever, and not by a server that stops.
func TestDrainEnds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		refused := func() *client {
			k := b.inData()
			k.send("a\n")
			k.expect("550 5.6.0")
			return k
		}
		k := refused()
		k.expectClosed()
		b.at(30 * time.Second)
		k = refused()
		time.Sleep(time.Second)
		b.stop()
		k.expectClosed()
		b.at(31 * time.Second)
	})
}

// A wait that is stopped before it begins does not begin.
func TestStoppedWire(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	w := newWire(ours, time.Minute)
	w.pace = pace{start: time.Now(), grace: time.Minute, end: time.Now().Add(time.Minute)}
	w.stop()
	if _, err := w.readLine(1000); !errors.Is(err, errStopping) {
		t.Errorf("got %v", err)
	}
}

// G42: data in flight is finished and stored; whoever waits or comes hears 421.
func TestStop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		idle, between, sending := b.greeted(), b.greeted(), b.inData()
		between.do("MAIL FROM:<a@sender.test>", "250")
		between.do("RCPT TO:<t1@rpt.test>", "250")
		sending.send("a: b\r\n")
		b.stop()
		for _, k := range []*client{idle, between} {
			k.expect("421 4.3.2")
			k.expectClosed()
		}
		b.at(0)
		late := b.dial()
		late.expect("421 4.3.2 mx1.rpt.test the server is stopping")
		late.expectClosed()
		time.Sleep(29 * time.Second)
		sending.send("\r\n.\r\nMAIL FROM:<b@sender.test>\r\n")
		sending.expect("250 2.0.0", "421 4.3.2")
		b.served <- <-b.served
		b.at(29 * time.Second)
		if n := len(b.mails.all()); n != 1 {
			t.Errorf("%d messages", n)
		}
		if b.pipes.closed.Err() == nil {
			t.Error("the listener is open")
		}
	})
}

// The store is not told to hurry when the server stops.
func TestStopLeavesStoreInPeace(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.inData()
		k.send("a: b\r\n\r\n.\r\n")
		synctest.Wait()
		b.stop()
		k.expect("250 2.0.0", "421 4.3.2")
		b.at(10 * time.Second)
	}, func(c *Config) {
		c.Accept = func(ctx context.Context, _ Mail) error {
			time.Sleep(10 * time.Second)
			return ctx.Err()
		}
	})
}

// Data that does not end within the grace period is lost to us and never accepted.
func TestStopCutsOff(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		k := b.inData()
		go k.trickle("a: b\r\n\r\n"+strings.Repeat("x", 1_000_000), 1000, time.Second)
		time.Sleep(time.Second)
		b.stop()
		k.expectClosed()
		b.at(31 * time.Second)
		b.served <- <-b.served
		if n := len(b.mails.all()); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// A store that hangs is told to give up at the end of the grace period, and is not waited for long.
func TestStopWhileStoring(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		obeys bool
		ends  time.Duration
	}{{true, 30 * time.Second}, {false, 35 * time.Second}} {
		inBubble(t, func(b *bubble) {
			k := b.inData()
			k.send("a: b\r\n\r\n.\r\n")
			synctest.Wait()
			b.stop()
			b.served <- <-b.served
			b.at(c.ends)
			k.expectClosed()
		}, func(config *Config) {
			config.Limits.AcceptTimeout = time.Hour
			config.Accept = func(ctx context.Context, _ Mail) error {
				<-ctx.Done()
				if !c.obeys {
					time.Sleep(time.Minute)
				}
				return ctx.Err()
			}
		})
	}
}

// failing is a listener that gives one connection, is out of descriptors twice and then breaks.
type failing struct {
	*pipes
	calls int
}

func (f *failing) Accept() (net.Conn, error) {
	switch f.calls++; f.calls {
	case 1:
		return f.pipes.Accept()
	case 2, 3:
		return nil, os.NewSyscallError("accept", errors.New("too many open files"))
	default:
		return nil, net.ErrClosed
	}
}

// A listener that fails for a moment is tried again; one that is broken ends the server in good order.
func TestAcceptFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := newServer(testConfig(&mailbox{}))
		if err != nil {
			t.Fatal(err)
		}
		b := &bubble{t: t, pipes: newPipes(), served: make(chan error), start: time.Now()}
		s.listener = &failing{pipes: b.pipes}
		go func() { b.served <- s.Serve(t.Context()) }()
		k := b.dial()
		k.expect("220", "421 4.3.2")
		if err := <-b.served; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
		b.at(15 * time.Millisecond)
	})
}
