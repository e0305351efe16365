package dkim

import (
	"bytes"
	"strings"
)

// relaxedField is a field in the relaxed form of RFC 6376 §3.4.2.
func relaxedField(f string) string {
	name, value, _ := strings.Cut(f, ":")
	value = strings.ReplaceAll(value, "\r\n", "")
	return strings.ToLower(strings.TrimRight(name, " \t")) + ":" + strings.Trim(squeeze(value), " ") + "\r\n"
}

// squeeze makes one space of every run of blanks.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for i := range len(s) {
		if s[i] == ' ' || s[i] == '\t' {
			blank = true
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteByte(s[i])
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// simpleBody is a body in the form of RFC 6376 §3.4.3.
func simpleBody(body []byte) []byte {
	for bytes.HasSuffix(body, []byte("\r\n\r\n")) {
		body = body[:len(body)-2]
	}
	if bytes.HasSuffix(body, []byte("\r\n")) {
		return body
	}
	return append(bytes.Clone(body), '\r', '\n')
}

// relaxedBody is a body in the form of RFC 6376 §3.4.4.
func relaxedBody(body []byte) []byte {
	out := make([]byte, 0, len(body)+2)
	empty := 0 // lines that are written only when another follows
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\r\n"))
		body = rest
		line = bytes.TrimRight(line, " \t")
		if len(line) == 0 {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			out = append(out, '\r', '\n')
		}
		out = appendSqueezed(out, line)
		out = append(out, '\r', '\n')
	}
	return out
}

func appendSqueezed(out, line []byte) []byte {
	for i, c := range line {
		if c == '\t' {
			c = ' '
		}
		if c == ' ' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
			continue
		}
		out = append(out, c)
	}
	return out
}
