package tlsrpt

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// view is b as a string without a copy. The caller owns b and nothing writes
// to it again: a report of a megabyte is then held once, not once more as its
// ten thousand texts.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) // #nosec G103 -- b is never written after this
}

const (
	every    = 0x0101010101010101
	highBits = 0x8080808080808080
)

// plainEnd is the index from i on of the first byte that ends a run of plain
// text: a quote, a backslash, a control character or a byte beyond ASCII.
func plainEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ every*'"'
		slash := w ^ every*'\\'
		// Each term sets the high bit of a byte that ends the run. A borrow
		// can only mark bytes above one that does: the lowest mark is true.
		hit := (quote - every) | (slash - every) | (w - every*0x20) | w
		if hit &= highBits; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for i < len(b) && isPlain(b[i]) {
		i++
	}
	return i
}

func isPlain(c byte) bool {
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'
}

// text reads the string whose opening quote is the next byte. One of more than
// limit bytes fails.
func (d *decoder) text(limit int) string {
	start := d.i + 1
	end := plainEnd(d.b, start)
	if end < len(d.b) && d.b[end] == '"' {
		d.i = end + 1
		if end-start > limit {
			d.fail(ErrTooLarge, "a text of more than the allowed length")
			return ""
		}
		return d.s[start:end]
	}
	return d.oddText(start, end, limit)
}

// oddText reads a string that has escapes or bytes beyond ASCII, the first of
// them at end.
func (d *decoder) oddText(start, end, limit int) string {
	escaped, broken := false, false
scan:
	for ; ; end = plainEnd(d.b, end) {
		switch {
		case end >= len(d.b):
			d.i = len(d.b)
			d.fail(ErrMalformed, "the JSON ends inside a text")
			return ""
		case d.b[end] == '"':
			break scan
		case d.b[end] == '\\':
			escaped = true
			end += 2
		case d.b[end] < 0x20:
			d.i = end
			d.fail(ErrMalformed, "a control character inside a text")
			return ""
		default:
			r, size := utf8.DecodeRune(d.b[end:])
			broken = broken || r == utf8.RuneError && size == 1
			end += size
		}
	}
	raw := d.s[start:end]
	d.i = end + 1
	if escaped && len(raw) <= 6*limit {
		raw = d.unescape(raw)
	}
	if len(raw) > limit {
		d.fail(ErrTooLarge, "a text of more than the allowed length")
		return ""
	}
	if broken {
		d.note(devNotUTF8)
		d.badUTF8 = true
		raw = strings.ToValidUTF8(raw, "\uFFFD")
	}
	return raw
}

// unescape gives the meaning of the escapes of RFC 8259 §7 in raw.
func (d *decoder) unescape(raw string) string {
	out := d.room(len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			run := strings.IndexByte(raw[i:], '\\')
			if run < 0 {
				run = len(raw) - i
			}
			out = append(out, raw[i:i+run]...)
			i += run
			continue
		}
		if i+1 < len(raw) && raw[i+1] == 'u' {
			r, n := d.unicodeEscape(raw[i:])
			if n == 0 {
				d.fail(ErrMalformed, "a \\u without four hexadecimal digits")
				return ""
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		c := simpleEscape(raw[i+1])
		if c == 0 {
			d.fail(ErrMalformed, "an unknown escape in a text")
			return ""
		}
		out = append(out, c)
		i += 2
	}
	d.arena = d.arena[len(out):]
	return view(out)
}

// room is an empty slice with space for n bytes, cut from a chunk that many
// texts share.
func (d *decoder) room(n int) []byte {
	if n > len(d.arena) {
		d.arena = make([]byte, max(n, min(1024+(len(d.b)-d.i)/16, 16<<10)))
	}
	return d.arena[:0:n]
}

func simpleEscape(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// unicodeEscape reads \uXXXX, or two that make a surrogate pair, and how many
// bytes that took. A lone surrogate is U+FFFD; U+0000, which databases refuse
// in text, is U+2400.
func (d *decoder) unicodeEscape(s string) (rune, int) {
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if r == 0 {
		d.note(devNUL)
		return '␀', 6
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	d.note(devNotUTF8)
	return utf8.RuneError, 6
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
