package tlsrpt

import "strings"

const (
	subDelims  = "$&'()*+=" // RFC 3986 §2.2, less the three that RFC 8460 §3 wants encoded
	unreserved = "-._~"
	pathChars  = unreserved + subDelims + ":@/"
)

// uriFault checks a URI by RFC 3986 with the restriction of RFC 8460 §3: no raw
// comma, exclamation point or semicolon. It returns the place and nature of the
// first fault, or "".
func uriFault(s string) (at int, why string) {
	colon := schemeLen(s)
	if colon < 0 {
		return 0, "expected a scheme such as mailto:"
	}
	rest := s[colon+1:]
	path, tail := rest, ""
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		path, tail = rest[:i], rest[i:]
	}
	base := colon + 1
	if strings.HasPrefix(path, "//") {
		n, bad := authorityFault(path[2:])
		if bad >= 0 {
			return base + 2 + bad, "malformed host"
		}
		base, path = base+2+n, path[2+n:]
	}
	if i := charFault(path, pathChars); i >= 0 {
		return base + i, "a character that a URI cannot hold"
	}
	if i := tailFault(tail); i >= 0 {
		return base + len(path) + i, "a character that a URI cannot hold"
	}
	return 0, ""
}

// schemeLen returns the length of the scheme before the colon, or -1.
func schemeLen(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && i > 0:
			return i
		case alpha(c):
		case i > 0 && (digit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return -1
		}
	}
	return -1
}

// authorityFault returns the length of the authority at the start of s, and the
// offset of its first fault or -1.
func authorityFault(s string) (n, bad int) {
	n = strings.IndexByte(s, '/')
	if n < 0 {
		n = len(s)
	}
	host, base := s[:n], 0
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		if bad := charFault(host[:i], unreserved+subDelims+":"); bad >= 0 {
			return n, bad
		}
		host, base = host[i+1:], i+1
	}
	if i := hostPortFault(host); i >= 0 {
		return n, base + i
	}
	return n, -1
}

func hostPortFault(s string) int {
	name, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return 0
		}
		if i := charFault(s[1:end], unreserved+subDelims+":"); i >= 0 {
			return 1 + i
		}
		if name, port = "", s[end+1:]; port != "" && port[0] != ':' {
			return end + 1
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i:]
	}
	if i := charFault(name, unreserved+subDelims); i >= 0 {
		return i
	}
	if digits := strings.TrimPrefix(port, ":"); strings.Trim(digits, "0123456789") != "" {
		return len(s) - len(digits)
	}
	return -1
}

// tailFault checks "?query#fragment".
func tailFault(s string) int {
	hash := false
	for i := range len(s) {
		if s[i] == '#' {
			if hash {
				return i
			}
			hash = true
		}
	}
	return charFault(s, pathChars+"?#")
}

// charFault returns the offset of the first byte of s that is neither a letter,
// a digit, in allowed, nor a percent-encoding; or -1.
func charFault(s, allowed string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) || !uriHex(s[i+1]) || !uriHex(s[i+2]) {
				return i
			}
			i += 2
			continue
		}
		if !alnum(c) && strings.IndexByte(allowed, c) < 0 {
			return i
		}
	}
	return -1
}

func uriHex(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
