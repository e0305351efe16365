package tlsrpt

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of WriteRecord, beside those of ParseDestination.
var (
	// ErrNoDestination: a record without a destination asks for no reports.
	ErrNoDestination = errors.New("no destination")
	// ErrRepeated: the same destination is given twice.
	ErrRepeated = errors.New("destination given twice")
	// ErrRecordTooLong: the record would not fit into one TXT record.
	ErrRecordTooLong = errors.New("record too long")
)

// WriteRecord composes the record that every known sender reads: one rua field
// right after the version, no blanks around commas, no final semicolon. Commas,
// exclamation points and semicolons in a destination are percent-encoded; the
// order is kept, and senders that use one destination only use the first.
func WriteRecord(destinations []string) (string, error) {
	if len(destinations) == 0 {
		return "", ErrNoDestination
	}
	uris := make([]string, len(destinations))
	seen := make(map[string]bool, len(destinations))
	for i, s := range destinations {
		d, err := writable(s)
		if err != nil {
			return "", err
		}
		if seen[d.key()] {
			return "", fmt.Errorf("%w: %q", ErrRepeated, s)
		}
		seen[d.key()] = true
		uris[i] = d.Raw
	}
	text := version + "; rua=" + strings.Join(uris, ",")
	if len(text) > MaxRecordLen {
		return "", fmt.Errorf("%w: %d bytes", ErrRecordTooLong, len(text))
	}
	return text, nil
}

// writable encodes and checks one destination. It is stricter than
// ParseDestination: header fields let a stranger's record add recipients, and a
// password or fragment in a URL is of no use to a sender.
func writable(s string) (Destination, error) {
	d, err := ParseDestination(encodeURI(s))
	if err != nil {
		return d, err
	}
	if strings.Contains(s, "#") || d.Address != "" && strings.Contains(s, "?") {
		return d, fmt.Errorf("%w: %q: nothing may follow the address", ErrBadDestination, s)
	}
	if d.URL != "" && hasUserinfo(d.URL) {
		return d, fmt.Errorf("%w: %q: a user name in the URL", ErrBadDestination, s)
	}
	return d, nil
}

func hasUserinfo(u string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(u[len("https:"):], "//"), "/")
	host, _, _ = strings.Cut(host, "?")
	return strings.Contains(host, "@")
}

// encodeURI encodes the three characters that RFC 8460 §3 forbids in a URI.
func encodeURI(s string) string {
	return strings.NewReplacer(",", "%2C", "!", "%21", ";", "%3B").Replace(s)
}
