package tlsrpt

import (
	"fmt"
	"strings"
)

// partHeader is what decides how a part is read. The first field of a kind
// wins. The texts are cut from the mail.
type partHeader struct {
	contentType string // the whole value
	media       string // its type, in lower case
	encoding    string // lower case
	disposition string
}

// take keeps the field if it is about the part's content.
func (h *partHeader) take(name, value string) bool {
	const prefix = "Content-"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return false
	}
	switch rest := name[len(prefix):]; {
	case strings.EqualFold(rest, "Type") && h.contentType == "":
		h.contentType, h.media = value, mediaType(value)
	case strings.EqualFold(rest, "Transfer-Encoding") && h.encoding == "":
		h.encoding = transferEncoding(value)
	case strings.EqualFold(rest, "Disposition") && h.disposition == "":
		h.disposition = value
	}
	return true
}

// transferEncoding is the mechanism of RFC 2045 §6.1 in lower case, without the
// comment, quotes or semicolon that some put around it.
func transferEncoding(value string) string {
	value = strings.TrimLeft(value, `" `)
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c == '"' || c == '(' || c == ';' {
			return lower(value[:i])
		}
	}
	return lower(value)
}

// readPartHeader reads the header of a part and gives its body. A part that
// does not begin with a field or an empty line has no header.
func readPartHeader(s string, lim *Limits) (h partHeader, body string, err error) {
	if !isField(s) && !strings.HasPrefix(s, "\n") && !strings.HasPrefix(s, "\r\n") {
		return h, s, nil
	}
	if err := checkHeader(s, lim); err != nil {
		return h, "", err
	}
	f := fields{s: s}
	for f.next() {
		h.take(f.name, f.value)
	}
	return h, f.s, nil
}

// maxBoundary is generous: RFC 2046 §5.1.1 allows 70.
const maxBoundary = 200

// boundary is the one of a multipart inside those of outer. A boundary that
// begins like one around it is refused, because readers differ about where
// such a part ends (RFC 2046 §5.1.1).
func (h *partHeader) boundary(outer []string) (string, error) {
	b := param(h.contentType, "boundary")
	if b == "" || len(b) > maxBoundary || strings.ContainsAny(b, "\r\n") {
		return "", fmt.Errorf("%w: a multipart without a usable boundary", ErrMalformed)
	}
	for _, o := range outer {
		if strings.HasPrefix(b, o) || strings.HasPrefix(o, b) {
			return "", fmt.Errorf("%w: a boundary inside a multipart begins like the one around it", ErrMalformed)
		}
	}
	return b, nil
}

// parts steps through the parts of a multipart body.
type parts struct {
	s         string // from behind the last delimiter line
	delimiter string // with its two hyphens
	done      bool
}

func newParts(body, boundary string) parts {
	p := parts{s: body, delimiter: "--" + boundary}
	_, p.done = p.cut() // the preamble
	return p
}

// next gives the next part, header and all. The last may lack its delimiter.
func (p *parts) next() (string, bool) {
	if p.done {
		return "", false
	}
	var part string
	part, p.done = p.cut()
	return part, true
}

// cut gives what stands before the next delimiter line, without the line end
// that belongs to it, and whether it was the last.
func (p *parts) cut() (before string, last bool) {
	for at := 0; ; {
		i := strings.Index(p.s[at:], p.delimiter)
		if i < 0 {
			before, p.s = p.s, ""
			return before, true
		}
		i += at
		at = i + len(p.delimiter)
		if i > 0 && p.s[i-1] != '\n' {
			continue
		}
		if n, closing, ok := delimiterEnd(p.s[at:]); ok {
			before = strings.TrimSuffix(strings.TrimSuffix(p.s[:i], "\n"), "\r")
			p.s = p.s[at+n:]
			return before, closing
		}
	}
}

// delimiterEnd reads the rest of a delimiter line: two hyphens after the last
// part, blanks, the line end.
func delimiterEnd(s string) (n int, closing, ok bool) {
	if strings.HasPrefix(s, "--") {
		n, closing = 2, true
	}
	for ; n < len(s); n++ {
		switch s[n] {
		case ' ', '\t', '\r':
		case '\n':
			return n + 1, closing, true
		default:
			return 0, false, false
		}
	}
	return n, closing, true
}
