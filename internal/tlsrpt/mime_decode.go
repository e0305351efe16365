package tlsrpt

import (
	"slices"
	"strings"
)

// What a byte means in base64, beyond its value from 0 to 63.
const (
	base64Blank = 64 + iota
	base64Pad
	base64Junk
)

// base64Values is indexed by byte.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = base64Junk
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i) // #nosec G115 -- below 64
	}
	for _, c := range []byte(" \t\r\n") {
		t[c] = base64Blank
	}
	t['='] = base64Pad
	return t
}()

// decodeBase64 decodes s into the space of dst. Foreign characters are passed
// over, missing padding is assumed and what follows the padding goes on as
// base64; repaired tells whether any of that was needed.
func decodeBase64(dst []byte, s string) (out []byte, repaired bool) {
	dst = slices.Grow(dst[:0], len(s)/4*3+3)
	var group uint32
	have := 0
	for i := 0; i < len(s); i++ {
		if have == 0 {
			if dst, i = base64Run(dst, s, i); i >= len(s) {
				break
			}
		}
		switch v := base64Values[s[i]]; v {
		case base64Blank:
		case base64Junk:
			repaired = true
		case base64Pad:
			dst = appendGroup(dst, group, have)
			group, have = 0, 0
		default:
			group = group<<6 | uint32(v)
			if have++; have == 4 {
				dst = appendGroup(dst, group, 4)
				group, have = 0, 0
			}
		}
	}
	return appendGroup(dst, group, have), repaired || have > 0
}

// base64Run decodes whole groups of four from i on, up to the first that holds
// anything else.
func base64Run(dst []byte, s string, i int) ([]byte, int) {
	for ; i+4 <= len(s); i += 4 {
		a, b, c, d := base64Values[s[i]], base64Values[s[i+1]], base64Values[s[i+2]], base64Values[s[i+3]]
		if a|b|c|d >= 64 {
			break
		}
		dst = append(dst, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return dst, i
}

// appendGroup writes the bytes of a group of which n characters are there.
func appendGroup(dst []byte, group uint32, n int) []byte {
	switch n {
	case 2:
		return append(dst, byte(group>>4)) // #nosec G115 -- cut on purpose
	case 3:
		return append(dst, byte(group>>10), byte(group>>2)) // #nosec G115 -- cut on purpose
	case 4:
		return append(dst, byte(group>>16), byte(group>>8), byte(group)) // #nosec G115 -- cut on purpose
	}
	return dst
}

// decodeQuoted decodes quoted-printable (RFC 2045 §6.7) into the space of dst.
// An = that begins no escape stays as it is.
func decodeQuoted(dst []byte, s string) []byte {
	dst = slices.Grow(dst[:0], len(s))
	for len(s) > 0 {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		s = s[i+1:]
		if n, soft := softBreak(s); soft {
			s = s[n:]
		} else if high, low, ok := hexPair(s); ok {
			dst = append(dst, high<<4|low)
			s = s[2:]
		} else {
			dst = append(dst, '=')
		}
	}
	return append(dst, s...)
}

// softBreak is the length of a line end that only the encoding put there,
// behind blanks or not.
func softBreak(s string) (int, bool) {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1, true
		default:
			return 0, false
		}
	}
	return len(s), true
}

func hexPair(s string) (high, low byte, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	high, ok1 := hexDigit(s[0])
	low, ok2 := hexDigit(s[1])
	return high, low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
