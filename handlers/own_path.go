package handlers

import (
	"net/url"
	"strings"
)

// maxPath bounds the paths that are carried through a form.
const maxPath = 2000

// ownPath is next if it is a path on this site, and fallback otherwise.
// Browsers read a backslash as a slash and drop tabs and line ends, so a path
// that has one of these could lead to another host.
func ownPath(next, fallback string) string {
	if len(next) > maxPath || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return fallback
	}
	for i := range len(next) {
		if c := next[i]; c <= ' ' || c == '\\' || c == 0x7f {
			return fallback
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return next
}
