package tlsrpt

import (
	"strings"

	"golang.org/x/net/idna"
)

// trim takes ASCII blanks and line ends away at both sides.
func trim(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s
	}
	return trimBlanks(s)
}

func trimBlanks(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// lower lower-cases ASCII letters, without a copy when there is none.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return lowerFrom(s, i)
		}
	}
	return s
}

func lowerFrom(s string, i int) string {
	b := []byte(s)
	for ; i < len(b); i++ {
		if c := b[i]; c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// mxName is a name in lower case without blanks around it and without one final
// dot. What would end in a dot or blank even then is no name and stays, so that
// reading twice gives the same.
func mxName(s string) string {
	s = lower(trim(s))
	bare := strings.TrimSuffix(s, ".")
	if bare != trim(bare) || strings.HasSuffix(bare, ".") {
		return s
	}
	return bare
}

// policyDomain reads the name that a policy is about and gives its one
// spelling: A-labels, lower case, no final dot, no _smtp._tls in front.
func (d *decoder) policyDomain() string {
	stated := d.textValue(d.lim.String)
	name := mxName(stated)
	for strings.HasPrefix(name, "_smtp._tls.") {
		name = name[len("_smtp._tls."):]
	}
	if name != stated {
		d.note(devDomainNormalised)
	}
	if isASCII(name) {
		return name
	}
	d.note(devDomainULabel)
	if a, err := idna.Lookup.ToASCII(name); err == nil {
		return strings.TrimSuffix(a, ".")
	}
	return name
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
