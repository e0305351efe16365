package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// maxDig bounds what is read of an answer of dig, in bytes: a TXT record may
// have 64 KiB, which escapes make four times as long.
const maxDig = 1 << 20

// readDig reads TXT records as `dig +short` prints them: one on a line, its
// character-strings in quotes. The names of CNAMEs on the way are passed over,
// and a line without quotes is the text of a record.
func readDig(in io.Reader) ([]tlsrpt.TXT, error) {
	var txts []tlsrpt.TXT
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxDig)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, `"`):
			txts = append(txts, characterStrings(line))
		case line != "" && !isOwner(line):
			txts = append(txts, tlsrpt.TXT{line})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read stdin: %w", err)
	}
	return txts, nil
}

// isOwner tells a name, or a comment of dig, from the text of a record.
func isOwner(line string) bool {
	return strings.HasPrefix(line, ";") || strings.HasSuffix(line, ".") && !strings.ContainsAny(line, " =")
}

// characterStrings reads "a" "b" (RFC 1035 §5.1).
func characterStrings(line string) tlsrpt.TXT {
	var txt tlsrpt.TXT
	for {
		_, rest, ok := strings.Cut(line, `"`)
		if !ok {
			return txt
		}
		var text string
		text, line = characterString(rest)
		txt = append(txt, text)
	}
}

// characterString reads up to the closing quote: \" and the like stand for the
// character itself, \065 for the byte of that number.
func characterString(s string) (text, rest string) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return out.String(), s[i+1:]
		case s[i] != '\\' || i+1 == len(s):
			out.WriteByte(s[i])
		default:
			c, n := unescaped(s[i+1:])
			out.WriteByte(c)
			i += n
		}
	}
	return out.String(), ""
}

// unescaped reads what follows a backslash: the byte and how many characters
// stand for it.
func unescaped(s string) (c byte, n int) {
	if len(s) < 3 {
		return s[0], 1
	}
	value := 0
	for _, digit := range []byte(s[:3]) {
		if digit < '0' || digit > '9' {
			return s[0], 1
		}
		value = value*10 + int(digit-'0')
	}
	return byte(value), 3 // #nosec G115 -- beyond 255 it is no answer of dig
}
