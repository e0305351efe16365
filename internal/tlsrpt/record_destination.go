package tlsrpt

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Errors of ParseDestination.
var (
	// ErrNoScheme: neither mailto: nor https: stands before the address.
	ErrNoScheme = errors.New("destination without a scheme")
	// ErrScheme: the scheme is not one that RFC 8460 §3 supports.
	ErrScheme = errors.New("destination is neither mailto nor https")
	// ErrBadDestination: the address or URL cannot be delivered to.
	ErrBadDestination = errors.New("malformed destination")
)

// Destination is one URI of a rua field.
type Destination struct {
	Raw     string // as written in the record
	Scheme  string // lower case; "" without one
	Address string // mailto: the addr-spec, percent-decoded; "" unless usable
	URL     string // https: the URL; "" unless usable
}

// Usable tells whether a report can be sent there.
func (d Destination) Usable() bool { return d.Address != "" || d.URL != "" }

// key is equal for two destinations that mean the same mailbox or URL.
func (d Destination) key() string {
	if i := strings.LastIndexByte(d.Address, '@'); i >= 0 {
		return d.Scheme + ":" + d.Address[:i] + strings.ToLower(d.Address[i:])
	}
	if u, err := url.Parse(d.URL); err == nil && d.URL != "" {
		u.Scheme, u.Host = d.Scheme, strings.ToLower(u.Host)
		return u.String()
	}
	return d.Raw
}

// ParseDestination reads one URI of a rua field. The scheme must be mailto with
// one ASCII mailbox (RFC 6068; header fields after ? are passed over) or https
// with a host. With an error, Raw and Scheme are still set.
func ParseDestination(s string) (Destination, error) {
	d := Destination{Raw: s}
	n := schemeLen(s)
	if n < 0 {
		return d, fmt.Errorf("%w: %q", ErrNoScheme, s)
	}
	d.Scheme = strings.ToLower(s[:n])
	if d.Scheme != "mailto" && d.Scheme != "https" {
		return d, fmt.Errorf("%w: %q", ErrScheme, s)
	}
	if _, why := uriFault(s); why != "" {
		return d, fmt.Errorf("%w: %q: %s", ErrBadDestination, s, why)
	}
	if d.Scheme == "mailto" {
		d.Address = mailbox(s[n+1:])
	} else if goodURL(s) {
		d.URL = s
	}
	if !d.Usable() {
		return d, fmt.Errorf("%w: %q", ErrBadDestination, s)
	}
	return d, nil
}

// mailbox decodes the part of a mailto URI after the colon; "" when it is not
// exactly one mailbox that any mail server takes.
func mailbox(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	s, err := url.PathUnescape(s)
	if err != nil || len(s) > 254 {
		return ""
	}
	local, domain, ok := strings.Cut(s, "@")
	// mailto://a@x.example is a common slip; parsers see a host there, not a mailbox.
	if !ok || strings.HasPrefix(s, "//") || len(local) > 64 || !dotAtom(local) || !hostName(domain) {
		return ""
	}
	return s
}

// dotAtom checks the dot-atom of RFC 5322 §3.2.3. Quoted local parts are left
// out: no sender is known to unquote them.
func dotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !alnum(atom[i]) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", atom[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// hostName checks letters, digits and hyphens in labels, without a final dot.
func hostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !alnum(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

func goodURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(u.Port()) > 5 || u.Port() > "65535" && len(u.Port()) == 5 {
		return false
	}
	if hostName(strings.TrimSuffix(u.Hostname(), ".")) {
		return true
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil
}
