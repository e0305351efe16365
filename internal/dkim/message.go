package dkim

import (
	"bytes"
	"errors"
	"strings"
)

// ErrLineEnds is a message with bare CR or LF: where its lines end is a matter
// of opinion, so nothing that is proven about it holds.
var ErrLineEnds = errors.New("dkim: the message has bare line ends")

// ErrHeader is a message whose header has a line that is no field (RFC 5322
// §2.2): where its header ends is a matter of opinion too.
var ErrHeader = errors.New("dkim: a line of the header is no field")

// Message is a mail cut into what signatures cover.
type Message struct {
	fields []field // from top to bottom
	body   []byte
}

// field is one header field as it stands, its final CRLF included.
type field struct {
	name  string // in lower case
	whole string
}

// Read cuts a mail into header and body. It keeps raw, which must not change.
// The error is ErrLineEnds or ErrHeader.
func Read(raw []byte) (*Message, error) {
	pairs := bytes.Count(raw, []byte("\r\n"))
	if bytes.Count(raw, []byte("\n")) != pairs || bytes.Count(raw, []byte("\r")) != pairs {
		return nil, ErrLineEnds
	}
	m := &Message{}
	for len(raw) > 0 {
		end := fieldEnd(raw)
		line := string(raw[:end])
		raw = raw[end:]
		if line == "\r\n" {
			break
		}
		name, ok := fieldName(line)
		if !ok {
			return nil, ErrHeader
		}
		m.fields = append(m.fields, field{name, line})
	}
	m.body = raw
	return m, nil
}

// fieldName is the name of a field in lower case. Blanks before the colon are
// the old form that is still to be read (RFC 5322 §4.5.8).
func fieldName(line string) (string, bool) {
	name, _, ok := strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	odd := strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' })
	return strings.ToLower(name), ok && name != "" && !odd
}

// fieldEnd is the length of the first field of b, folded lines included.
func fieldEnd(b []byte) int {
	if bytes.HasPrefix(b, []byte("\r\n")) {
		return 2
	}
	end := 0
	for {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return len(b)
		}
		if end += i + 1; end == len(b) || b[end] != ' ' && b[end] != '\t' {
			return end
		}
	}
}

// Count is how often a field stands in the header.
func (m *Message) Count(name string) int {
	n := 0
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			n++
		}
	}
	return n
}

// Signatures reads the first max signatures of a message, from top to bottom.
// Those that cannot be read are among them, with an error of their own.
func (m *Message) Signatures(max int) []*Signature {
	var found []*Signature
	for i, f := range m.fields {
		if f.name != "dkim-signature" {
			continue
		}
		if len(found) == max {
			break
		}
		found = append(found, parseSignature(i, f))
	}
	return found
}
