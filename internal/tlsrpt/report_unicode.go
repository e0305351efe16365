package tlsrpt

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

var utf8BOM = []byte("\xEF\xBB\xBF")

// checkUnicode refuses JSON in UTF-16 or UTF-32 (RFC 7493 §2.1 wants UTF-8),
// known by its byte order mark or by the zeros around its first brace.
func checkUnicode(b []byte) error {
	if isUTF16(b) {
		return fmt.Errorf("%w: the report is in UTF-16 or UTF-32", ErrEncoding)
	}
	return nil
}

func isUTF16(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("\xFE\xFF")) {
		return true
	}
	return bytes.HasPrefix(b, []byte("{\x00")) || bytes.HasPrefix(b, []byte("\x00{")) ||
		bytes.HasPrefix(b, []byte("\x00\x00\x00{")) || bytes.HasPrefix(b, []byte("\x00\x00\xFE\xFF"))
}

// isLatin1 tells whether bytes that are not UTF-8 are a text in Latin-1 rather
// than a slip in one place: only accented letters, one of them between ASCII
// letters, and no UTF-8 anywhere. Such a report is refused, not guessed at.
func isLatin1(b []byte) bool {
	inWord := false
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < utf8.RuneSelf {
			continue
		}
		if _, n := utf8.DecodeRune(b[i:]); n > 1 || c < 0xC0 || c > 0xFC {
			return false
		}
		if i > 0 && i+1 < len(b) && isLetter(b[i-1]) && isLetter(b[i+1]) {
			inWord = true
		}
	}
	return inWord
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
