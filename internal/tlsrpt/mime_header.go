package tlsrpt

import (
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"
)

// fields steps through a header section (RFC 5322 §2.2). Lines that are no
// field are passed over.
type fields struct {
	s           string // what is left
	name, value string // the current field; the value as it stands, folds and all
	count       int
}

// next steps to the next field. After the last, s is the body.
func (f *fields) next() bool {
	for f.s != "" {
		end := fieldEnd(f.s)
		line := f.s[:end]
		f.s = f.s[end:]
		if line == "\n" || line == "\r\n" {
			return false
		}
		f.count++
		if colon := strings.IndexByte(line, ':'); colon > 0 {
			f.name = strings.TrimRight(line[:colon], " \t")
			f.value = trim(line[colon+1:])
			return true
		}
	}
	return false
}

// fieldEnd is the length of the field at the start of s: its line and those
// that begin with a blank.
func fieldEnd(s string) int {
	end := 0
	for {
		i := strings.IndexByte(s[end:], '\n')
		if i < 0 {
			return len(s)
		}
		end += i + 1
		if end == len(s) || s[end] != ' ' && s[end] != '\t' || end <= 2 && trim(s[:end]) == "" {
			return end
		}
	}
}

// checkHeader refuses a header section beyond the limits, before anything in it
// is looked at. s may go on after the section.
func checkHeader(s string, lim *Limits) error {
	size, lines := 0, 0
	for {
		i := strings.IndexByte(s[size:], '\n')
		if i < 0 {
			size = len(s)
			break
		}
		line := s[size : size+i+1]
		if line == "\n" || line == "\r\n" {
			break
		}
		size += i + 1
		if size > lim.HeaderBytes {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			lines++
		}
	}
	if size > lim.HeaderBytes {
		return fmt.Errorf("%w: a mail header", ErrTooLarge)
	}
	if lines > lim.HeaderFields {
		return fmt.Errorf("%w: fields of a mail header", ErrTooMany)
	}
	return nil
}

// isField tells whether s begins with a header field. Names in use have only
// letters, digits, hyphens and the like, though more is allowed.
func isField(s string) bool {
	for i := range min(len(s), 100) {
		switch c := s[i]; {
		case c == ':':
			return i > 0
		case !isLetter(c) && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.':
			return false
		}
	}
	return false
}

// mediaType is the type of a Content-Type value in lower case.
func mediaType(value string) string {
	t, _, _ := strings.Cut(value, ";")
	return lower(trim(t))
}

// param finds a parameter of a structured value (RFC 2045 §5.1), which may be
// encoded or in several pieces (RFC 2231).
func param(value, name string) string {
	_, rest := cutParam(value)
	for rest != "" {
		var p string
		p, rest = cutParam(rest)
		key, v, ok := strings.Cut(p, "=")
		if ok && strings.EqualFold(trim(key), name) {
			return unquote(trim(v))
		}
	}
	if strings.Contains(value, "*") && strings.Contains(lower(value), name+"*") {
		if _, params, err := mime.ParseMediaType(plainText(value)); err == nil {
			return params[name]
		}
	}
	return ""
}

// cutParam cuts at the first semicolon that stands outside of quotes.
func cutParam(s string) (first, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return uncommented(s)
	}
	s = s[1:]
	if !strings.Contains(s, `\`) {
		inside, _, _ := strings.Cut(s, `"`)
		return inside
	}
	var out strings.Builder
	for i := 0; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// uncommented is s without the comment at its end (RFC 5322 §3.2.2).
func uncommented(s string) string {
	if i := strings.Index(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		return trim(s[:i])
	}
	return s
}

// fileName is the name that a part gives itself, for show and as a hint. It
// may be encoded by RFC 2231 or, against the rules, by RFC 2047.
func fileName(disposition, contentType string) string {
	for _, from := range [...]struct{ value, param string }{
		{disposition, "filename"}, {contentType, "name"},
	} {
		if name := param(from.value, from.param); name != "" {
			return headerText(name)
		}
	}
	return ""
}

// maxHeaderText is as much of a header field as anybody is shown.
const maxHeaderText = 1000

// headerText is the text of a header field for people: unfolded, decoded, cut,
// and without characters that act instead of being read.
func headerText(s string) string {
	if len(s) > 8*maxHeaderText {
		s = s[:8*maxHeaderText]
	}
	if strings.Contains(s, "=?") {
		if decoded, err := new(mime.WordDecoder).DecodeHeader(plainText(s)); err == nil {
			s = decoded
		}
	}
	return plainText(s)
}

// plainText is s on one line, with control characters as their pictures and
// without the bytes that are not UTF-8.
func plainText(s string) string {
	if printableEnd(s) == len(s) {
		return strings.Clone(cut(s))
	}
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); {
		run := i + printableEnd(s[i:])
		out.WriteString(s[i:run])
		if run == len(s) {
			break
		}
		c, size := utf8.DecodeRuneInString(s[run:])
		i = run + size
		switch {
		case c == '\r' || c == '\n':
			// A fold is a line end before a blank, and the blank stays.
			if i == len(s) || s[i] > ' ' {
				out.WriteByte(' ')
			}
		case c == '\t':
			out.WriteByte(' ')
		case c < ' ':
			out.WriteRune('␀' + c)
		case c == 0x7F || c >= 0x80 && c < 0xA0 || isDirection(c):
			out.WriteRune(utf8.RuneError)
		default:
			out.WriteRune(c)
		}
	}
	return cut(trim(out.String()))
}

// printableEnd is how many bytes of printable ASCII s begins with.
func printableEnd(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return len(s)
}

// isDirection tells whether c turns the direction of the text around it.
func isDirection(c rune) bool {
	return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 || c == 0x200E || c == 0x200F
}

// cut shortens s to maxHeaderText bytes, between characters.
func cut(s string) string {
	if len(s) <= maxHeaderText {
		return s
	}
	end := maxHeaderText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
