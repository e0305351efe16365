package tlsrpt

import (
	"net/netip"
	"strings"
)

// Address reads an IP address of a failure detail. It is false for whatever
// is not plainly one address: names, short or octal forms, a zone, and IPv4
// inside IPv6. Such a text is shown, never looked up.
func Address(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return netip.Addr{}, false
	}
	return a, true
}

// isIPv4 and isIPv6 recognise the plain forms for which Address is true, at a
// fifth of its cost: a report may hold forty thousand addresses.
func isIPv4(s string) bool {
	octets, value, width := 1, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			if width > 0 && value == 0 {
				return false // a leading zero, which some readers take for octal
			}
			value = value*10 + int(c-'0')
			if width++; value > 255 {
				return false
			}
		case c == '.' && width > 0:
			octets, value, width = octets+1, 0, 0
		default:
			return false
		}
	}
	return octets == 4 && width > 0
}

// isIPv6 leaves out what begins with a colon or ends in IPv4.
func isIPv6(s string) bool {
	groups, width, gaps := 1, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f':
			if width++; width > 4 {
				return false
			}
		case c == ':' && width > 0:
			groups, width = groups+1, 0
		case c == ':' && i > 0 && s[i-1] == ':':
			gaps++
		default:
			return false
		}
	}
	if gaps == 0 {
		return groups == 8 && width > 0
	}
	return gaps == 1 && groups < 9 && s[0] != ':' && (width > 0 || strings.HasSuffix(s, "::"))
}

// bareAddress takes blanks, brackets and the prefix of an address literal
// (RFC 5321 §4.1.3) away.
func bareAddress(s string) string {
	s = trim(s)
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	if bare, ok := cutPrefixFold(s, "ipv6:"); ok {
		return bare
	}
	return s
}
