package nameserver

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName is wrapped by errors about a name that cannot be served: a label that is empty or longer
// than 63 octets, more than 255 octets in all (RFC 1035 §2.3.4), or octets other than letters,
// digits, hyphen and underscore.
var ErrName = errors.New("not a name this server publishes")

const (
	maxName  = 255 // octets on the wire, root label included
	maxLabel = 63
)

// wireName gives the lower-case wire form of a name written with dots and no final dot, without the
// root label. The empty text is the root.
func wireName(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if len(text)+2 > maxName {
		return "", fmt.Errorf("%w: %d octets: %.40q", ErrName, len(text), text)
	}
	wire := make([]byte, 0, len(text)+1)
	for label := range strings.SplitSeq(text, ".") {
		if len(label) == 0 || len(label) > maxLabel {
			return "", fmt.Errorf("%w: label of %d octets: %q", ErrName, len(label), text)
		}
		wire = append(wire, byte(len(label)))
		for i := range len(label) {
			c := lower(label[i])
			if !publishable(c) {
				return "", fmt.Errorf("%w: %q", ErrName, text)
			}
			wire = append(wire, c)
		}
	}
	return string(wire), nil
}

// textName is the reverse of wireName.
func textName(wire string) string {
	var text strings.Builder
	text.Grow(len(wire))
	for len(wire) > 0 {
		n := int(wire[0])
		if text.Len() > 0 {
			text.WriteByte('.')
		}
		text.WriteString(wire[1 : 1+n])
		wire = wire[1+n:]
	}
	return text.String()
}

func publishable(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// labelCount counts the labels of a wire name that has no root label.
func labelCount(wire string) int {
	n := 0
	for ; len(wire) > 0; n++ {
		wire = wire[1+int(wire[0]):]
	}
	return n
}

// reversed puts the labels of a wire name in the order from the root down. A name is then beneath
// another exactly when the other is a prefix of it, so that sorting keeps every subtree together.
func reversed(wire string) string {
	out := make([]byte, len(wire))
	end := len(wire)
	for len(wire) > 0 {
		n := 1 + int(wire[0])
		end -= n
		copy(out[end:], wire[:n])
		wire = wire[n:]
	}
	return string(out)
}

// relative splits a wire name at the zone's origin: the labels beneath it, and whether the name is
// in the zone at all.
func relative(wire, origin string) (string, bool) {
	below, found := strings.CutSuffix(wire, origin)
	if !found {
		return "", false
	}
	for rest := below; len(rest) > 0; {
		n := 1 + int(rest[0])
		if n > len(rest) {
			return "", false // the origin began in the middle of a label
		}
		rest = rest[n:]
	}
	return below, true
}

// skipName walks a name anywhere in a message and gives the offset after it. Pointers may only go
// backwards (RFC 1035 §4.1.4), which bounds the walk; loops, pointers into the header and names
// longer than 255 octets are refused.
func skipName(msg []byte, off int) (end int, ok bool) {
	lowest, length := off, 1
	for {
		if off >= len(msg) {
			return 0, false
		}
		c := int(msg[off])
		switch {
		case c == 0:
			if end == 0 {
				end = off + 1
			}
			return end, true
		case c <= maxLabel:
			off += 1 + c
			length += 1 + c
		case c >= 0xC0 && off+1 < len(msg):
			if end == 0 {
				end = off + 2
			}
			off = (c&0x3F)<<8 | int(msg[off+1])
			length++ // bounds staircases of pointers to pointers
			if off < headerLen || off >= lowest {
				return 0, false
			}
			lowest = off
		default:
			return 0, false
		}
		if length > maxName {
			return 0, false
		}
	}
}
