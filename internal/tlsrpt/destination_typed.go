package tlsrpt

import (
	"fmt"
	"strings"
)

// TypedDestination reads what a person types where a destination is asked for:
// a URI, or a bare mail address, which gets its scheme and the percent-encoding
// that a URI needs (RFC 6068 §2). Raw of the result is the URI as WriteRecord
// writes it. The errors are those of ParseDestination.
func TypedDestination(s string) (Destination, error) {
	s = strings.TrimSpace(s)
	if local, domain, ok := cutAddress(s); ok {
		s = "mailto:" + encodeLocal(local) + "@" + domain
	}
	return writable(s)
}

// cutAddress cuts an address without a scheme at its last @.
func cutAddress(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || schemeLen(s) >= 0 || strings.ContainsAny(s, " \t\"<>:") {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// encodeLocal encodes what may stand in a mailbox and not in a URI's path.
func encodeLocal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; alnum(c) || strings.IndexByte(unreserved+subDelims, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
