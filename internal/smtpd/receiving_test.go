package smtpd

import (
	"errors"
	"sync/atomic"
	"testing"
)

// Every message that is begun is told of, and its end however it ends: stored,
// refused by whoever stores, too broken to be one, or lost with its client.
func TestReceivingIsToldToItsEnd(t *testing.T) {
	t.Parallel()
	var now, begun atomic.Int64
	s, m := testServer(t, func(c *Config) {
		c.Receiving = func(more int) {
			if now.Add(int64(more)); more > 0 {
				begun.Add(1)
			}
		}
	})
	during := func(c *client) *client {
		if n := now.Load(); n != 1 {
			t.Errorf("%d messages are received, want 1", n)
		}
		return c
	}
	for i, text := range []string{"Subject: x\r\n\r\n.\r\n", "Subject: x\n.\n", "half a"} {
		c := during(inData(t, s))
		c.send(text)
		if text != "half a" {
			c.reply()
		}
		c.ended(s)
		if n := now.Load(); n != 0 || begun.Load() != int64(i+1) {
			t.Errorf("after %q %d of %d are still received", text, n, begun.Load())
		}
	}
	m.mu.Lock()
	m.fails = errors.New("no room")
	m.mu.Unlock()
	c := during(inData(t, s))
	c.send("Subject: x\r\n\r\n.\r\n")
	c.reply()
	c.ended(s)
	if n := now.Load(); n != 0 {
		t.Errorf("after a refusal %d are still received", n)
	}
}
