package handlers

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// errTarget is why a text is no place to send reports on to, for the person
// who has typed it.
type errTarget string

func (e errTarget) Error() string { return string(e) }

const (
	targetForm errTarget = "Enter a mail address such as tls@example.com, or an address that begins with https://."
	targetOurs errTarget = "That address is one of ours: reports sent there would go round in circles."
	targetIP   errTarget = "Enter a host name, not an IP address: only names have certificates that can be checked."
	targetUser errTarget = "Leave the user name and password out. Put a secret into the path, if you need one."
)

const maxTargetURL = 1000

// forwardTarget reads what somebody has typed as a target: one bare address, or
// an https URL. Whatever else is in it is refused, not repaired.
func (s *site) forwardTarget(typed string) (models.ForwardKind, string, error) {
	typed = strings.Trim(typed, " \t")
	if strings.Contains(typed, "://") {
		target, err := httpsTarget(typed, s.Zone, s.BaseURL.Hostname())
		return models.ForwardHTTPS, target, err
	}
	target, err := mailTarget(typed, s.Zone)
	return models.ForwardMail, target, err
}

func mailTarget(typed string, zone hosted.Zone) (string, error) {
	if strings.ContainsAny(typed, "\r\n") {
		return "", targetForm
	}
	address, err := NormalizeEmail(typed)
	if err != nil {
		return "", targetForm
	}
	if _, domain, _ := strings.Cut(address, "@"); zone.IsOurs(domain) {
		return "", targetOurs
	}
	return address, nil
}

func httpsTarget(typed string, zone hosted.Zone, ownHost string) (string, error) {
	if len(typed) > maxTargetURL || strings.ContainsFunc(typed, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", targetForm
	}
	u, err := url.Parse(typed)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Opaque != "" || u.Fragment != "" || u.Hostname() == "" {
		return "", targetForm
	}
	if u.User != nil {
		return "", targetUser
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "", targetIP
	}
	host, err := domainname.Parse(u.Hostname())
	if err != nil {
		return "", targetForm
	}
	if zone.IsOurs(host) || strings.EqualFold(host, ownHost) {
		return "", targetOurs
	}
	u.Scheme, u.Host = "https", strings.TrimSuffix(host+":"+u.Port(), ":")
	return u.String(), nil
}
