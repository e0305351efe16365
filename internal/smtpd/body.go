package smtpd

import (
	"bytes"

	"github.com/sealpost/sealpost/internal/gate"
)

// body takes the bytes that follow DATA until CRLF.CRLF and keeps them without dot-stuffing. A CR or LF
// that is not part of a CRLF is refused wherever it stands: servers that disagree on where data ends can
// be made to see a second message in it (SMTP smuggling). NUL is refused for the same reason.
type body struct {
	limits     Limits
	room       *gate.Piece
	raw        []byte
	state      bodyState
	pastHeader bool
	fields     int
}

type bodyState int

const (
	lineStart   bodyState = iota // after CRLF, and at the very start
	lineEmptyCR                  // CR right at the start of a line
	lineDot                      // "." at the start of a line
	lineDotCR                    // ".CR" at the start of a line
	lineText                     // within a line
	lineCR                       // CR after text
)

// feed takes what it can of p and says how much. After done or a refusal nothing more may be fed.
func (b *body) feed(p []byte) (n int, done bool, refusal *reply) {
	for n < len(p) && refusal == nil {
		if b.state == lineText {
			run := textRun(p[n:])
			refusal = b.keep(p[n : n+run])
			if n += run; n == len(p) || refusal != nil {
				break
			}
		}
		c := p[n]
		n++
		if done, refusal = b.step(c); done {
			return n, true, nil
		}
	}
	return n, false, refusal
}

// textRun is the length of the part of p that needs no thought.
func textRun(p []byte) int {
	if i := bytes.IndexAny(p, "\r\n\x00"); i >= 0 {
		return i
	}
	return len(p)
}

func (b *body) step(c byte) (done bool, refusal *reply) {
	afterCR := b.state == lineEmptyCR || b.state == lineDotCR || b.state == lineCR
	switch {
	case c == 0:
		return false, refuse(550, "5.6.0", "NUL is not allowed")
	case afterCR && c != '\n':
		return false, refuse(550, "5.6.0", "bare <CR> is not allowed")
	case !afterCR && c == '\n':
		return false, refuse(550, "5.6.0", "bare <LF> is not allowed")
	case b.state == lineDotCR:
		return true, nil
	case afterCR:
		return false, b.endLine()
	case c == '\r':
		b.state = afterCROf[b.state]
		return false, nil
	case b.state == lineStart && c == '.':
		b.state = lineDot
		return false, nil
	default:
		return false, b.beginText(c)
	}
}

var afterCROf = [...]bodyState{lineStart: lineEmptyCR, lineDot: lineDotCR, lineText: lineCR}

// endLine keeps the CRLF; the first empty line ends the header.
func (b *body) endLine() *reply {
	b.pastHeader = b.pastHeader || b.state == lineEmptyCR
	b.state = lineStart
	return b.keep([]byte("\r\n"))
}

// beginText takes the first byte of a line that is kept. A dot before it was stuffing (RFC 5321 §4.5.2).
func (b *body) beginText(c byte) *reply {
	b.state = lineText
	if !b.pastHeader && c != ' ' && c != '\t' {
		b.fields++
	}
	return b.keep([]byte{c})
}

func (b *body) keep(p []byte) *reply {
	switch {
	case len(b.raw)+len(p) > b.limits.MessageBytes:
		return refuse(552, "5.3.4", "message too large")
	case !b.pastHeader && len(b.raw)+len(p) > b.limits.HeaderBytes:
		return refuse(552, "5.3.4", "message header too large")
	case !b.pastHeader && b.fields > b.limits.HeaderFields:
		return refuse(552, "5.3.4", "too many header fields")
	case !b.grow(len(b.raw) + len(p)):
		return refuse(452, "4.3.1", "no room for this message now, try again later")
	}
	b.raw = append(b.raw, p...)
	return nil
}

// grow makes room for size bytes, out of what all messages share and one network may have.
func (b *body) grow(size int) bool {
	if size <= cap(b.raw) {
		return true
	}
	larger := max(size, 2*cap(b.raw), 8<<10)
	if !b.room.Grow(int64(larger - cap(b.raw))) {
		return false
	}
	b.raw = append(make([]byte, 0, larger), b.raw...)
	return true
}

func refuse(code int, status, text string) *reply {
	r := sayAndDrain(code, status, text)
	return &r
}
