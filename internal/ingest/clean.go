package ingest

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// The longest texts that are stored of a report, in bytes. The raw bytes keep
// what is cut. Names stand in indexes, whose rows are bounded.
const (
	maxName = 255
	maxText = 8 << 10
)

// clean makes text from outside fit for any database column: valid UTF-8
// without NUL (which PostgreSQL refuses), cut at a character boundary.
func clean(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\u2400")
	}
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}

func cleanAll(list []string, limit int) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = clean(s, limit)
	}
	return out
}

// hostName is a host as it is grouped by: lower case, without a final dot.
func hostName(s string) string {
	return clean(strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), ".")), maxName)
}

// network is the /24 or /48 that an address lies in, or "" for what is no address.
func network(ip string) string {
	addr, err := netip.ParseAddr(strings.TrimSpace(ip))
	if err != nil || addr.Zone() != "" {
		return ""
	}
	addr = addr.Unmap()
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
