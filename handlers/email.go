package handlers

import (
	"errors"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
)

// emailSentence tells the person who typed an address what is expected.
const emailSentence = "Enter an e-mail address such as you@example.com."

// ErrEmail says that a text is no e-mail address.
var ErrEmail = errors.New("not an e-mail address")

const (
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, without the angle brackets
	maxLocal = 64  // RFC 5321 §4.5.3.1.1
)

// NormalizeEmail gives the one spelling under which a person's e-mail address is
// stored: lower case, the domain as A-labels. Only the plain form of RFC 5321
// is taken, as quoted and commented spellings would make many of one address.
func NormalizeEmail(typed string) (string, error) {
	typed = strings.Trim(typed, " \t\r\n")
	if len(typed) > 2*maxEmail {
		return "", ErrEmail
	}
	local, domain, ok := strings.Cut(typed, "@")
	if !ok || !plainLocal(local) {
		return "", ErrEmail
	}
	domain, err := domainname.Parse(domain)
	if err != nil {
		return "", ErrEmail
	}
	email := strings.ToLower(local) + "@" + domain
	if len(email) > maxEmail {
		return "", ErrEmail
	}
	return email, nil
}

// plainLocal reports whether s is a dot-atom (RFC 5322 §3.2.3).
func plainLocal(s string) bool {
	if s == "" || len(s) > maxLocal || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			continue
		}
		if strings.IndexByte(".!#$%&'*+-/=?^_`{|}~", c) < 0 {
			return false
		}
	}
	return true
}
