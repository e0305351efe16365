package smtpd

import (
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/gate"
)

// endings are byte sequences that some server somewhere takes for the end of data, or for a line end
// near it. None of them is CRLF.CRLF after a proper line, so each must be refused (smuggling).
var endings = []string{
	"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n",
	"\r.\n", "\n.\r", "\r\n.\r\r\n", "\r\r\n.\r\n", "\r\r\n.\r\r\n", "\n\r\n.\r\n",
	"\r\n\n.\r\n", "\n\n.\n\n", "\n\r.\n\r", "\r\n\r.\r\n", "\r\n.\n\r\n", "\r\n.\r\x00\n",
	"\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\x00\n.\r\n", "\n..\n", "\r\n..\n", "\r\n..\r",
}

const smuggled = "MAIL FROM:<evil@sender.test>\r\nRCPT TO:<t2@rpt.test>\r\nDATA\r\nSubject: evil\r\n\r\nx\r\n.\r\n"

// inDataTLS is inData over STARTTLS.
func inDataTLS(t *testing.T, s *Server) *client {
	t.Helper()
	c := greeted(t, s).startTLS(&tls.Config{InsecureSkipVerify: true})
	c.do("EHLO sender.test", "250-")
	c.beginData()
	return c
}

// S1, S2: whatever else might end data ends the connection, and what follows it is never a second message.
func TestEndOfDataVariants(t *testing.T) {
	t.Parallel()
	if len(endings) != 24 {
		t.Fatalf("%d variants", len(endings))
	}
	s, m := testServer(t, withTLS(t), func(c *Config) { c.Limits.PerBlock = [3]int{200, 200, 200} })
	for i, ending := range endings {
		for _, start := range []func(*testing.T, *Server) *client{inData, inDataTLS} {
			for _, piece := range []int{1 << 20, 1} {
				t.Run(fmt.Sprintf("%d %q by %d", i, ending, piece), func(t *testing.T) {
					t.Parallel()
					c := start(t, s)
					text := "Subject: x\r\n\r\ntext" + ending + smuggled
					for len(text) > 0 {
						n := min(piece, len(text))
						if _, err := io.WriteString(c.conn, text[:n]); err != nil {
							t.Fatal(err)
						}
						text = text[n:]
					}
					c.expect("550 5.6.0")
					c.expectClosed()
				})
			}
		}
	}
	t.Cleanup(func() {
		if mails := m.all(); len(mails) > 0 {
			t.Errorf("accepted %+v", mails)
		}
		if n := s.Stats().BareLineEnds; n != 4*24 {
			t.Errorf("counted %d refusals", n)
		}
	})
}

// feedAll feeds text in pieces and returns what a session would see.
func feedAll(b *body, text string, piece int) (rest string, done bool, refusal *reply) {
	for len(text) > 0 {
		n, done, refusal := b.feed([]byte(text[:min(piece, len(text))]))
		text = text[n:]
		if done || refusal != nil {
			return text, done, refusal
		}
	}
	return "", false, nil
}

func newBody() *body { return &body{limits: DefaultLimits(), room: gate.NewMemory(1 << 30).Begin("")} }

func TestBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sent, raw, rest string
	}{
		{".\r\n", "", ""},
		{"\r\n.\r\n", "\r\n", ""},
		{"a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"},
		{"a\r\n\r\n..\r\n.\r\n", "a\r\n\r\n.\r\n", ""},
		{"..a\r\n...\r\n.b\r\n.\r\n", ".a\r\n..\r\nb\r\n", ""},
		{"a.\r\n.\r\n", "a.\r\n", ""},
		{"a\r\n. \r\n.\r\n", "a\r\n \r\n", ""},
		{"\xff\x01\t\r\n.\r\n.\r\n", "\xff\x01\t\r\n", ".\r\n"},
	} {
		for _, piece := range []int{1, 2, 3, 100} {
			b := newBody()
			rest, done, refusal := feedAll(b, c.sent, piece)
			if !done || refusal != nil || string(b.raw) != c.raw || rest != c.rest {
				t.Errorf("%q by %d: raw %q, rest %q, done %v, refusal %v", c.sent, piece, b.raw, rest, done, refusal)
			}
		}
	}
}

// FuzzBody compares the machine with the definition: data ends at the first CRLF.CRLF (its first CRLF may
// be the one of the DATA command), holds no other CR, LF or NUL, and dots are unstuffed line by line.
func FuzzBody(f *testing.F) {
	for _, e := range endings {
		f.Add("a: b\r\n\r\nx"+e+smuggled, 3)
	}
	f.Add("a\r\n..\r\n.x\r\n.\r\nQUIT\r\n", 1)
	f.Fuzz(func(t *testing.T, sent string, piece int) {
		b := newBody()
		rest, done, refusal := feedAll(b, sent, max(1, piece))
		text, after, ended := strings.Cut("\r\n"+sent, "\r\n.\r\n")
		if done && (!ended || rest != after || string(b.raw) != unstuffed(text)) {
			t.Fatalf("done with raw %q, rest %q; want %q, %q", b.raw, rest, unstuffed(text), after)
		}
		if done == hasStray(text) && ended {
			t.Fatalf("%q: done %v", text, done)
		}
		if hasStray(string(b.raw)) {
			t.Fatalf("kept %q", b.raw)
		}
		if refusal != nil && !hasStray("\r\n"+sent) {
			t.Fatalf("refused for nothing: %v", refusal)
		}
	})
}

func hasStray(s string) bool {
	return strings.ContainsAny(strings.ReplaceAll(s, "\r\n", ""), "\r\n\x00")
}

// unstuffed is the message in text, which begins with the CRLF before the data and lacks its last CRLF.
func unstuffed(text string) string {
	lines := strings.Split(text, "\r\n")[1:]
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, ".") + "\r\n"
	}
	return strings.Join(lines, "")
}
