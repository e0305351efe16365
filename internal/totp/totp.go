// Package totp makes and checks the one-time codes of an authenticator app
// (RFC 6238), the recovery codes for whoever has lost it, and the picture that
// hands a secret to an app. It is pure.
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

const (
	// stepSeconds is X of RFC 6238 §4.1, the one that every app knows.
	stepSeconds = 30
	digits      = 6
	secretBytes = 20 // RFC 4226 §4, R6
	// drift is how many steps a clock may be off, either way (RFC 6238 §5.2).
	drift = 1
)

// NewSecret draws a secret in the base32 that apps take (RFC 4648 §6).
func NewSecret(random io.Reader) (string, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b), nil
}

// URL is what apps read from the picture.
func URL(issuer, person, secret string) string {
	q := "secret=" + secret + "&issuer=" + url.QueryEscape(issuer)
	return "otpauth://totp/" + url.PathEscape(issuer+":"+person) + "?" + q
}

// Code is the code of the step that a time lies in.
func Code(secret string, at time.Time) (string, error) {
	return hotp.GenerateCode(secret, uint64(stepOf(at)))
}

// Match finds the step that a code belongs to, among the one of a time and its
// neighbours. What is typed may have spaces in it. All steps are compared, so
// that the time taken tells nothing.
func Match(secret, typed string, at time.Time) (step int64, ok bool) {
	code := strings.Join(strings.Fields(typed), "")
	if len(code) != digits || len(typed) > 2*digits {
		return 0, false
	}
	for s := stepOf(at) - drift; s <= stepOf(at)+drift; s++ {
		want, err := hotp.GenerateCode(secret, uint64(s))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

func stepOf(at time.Time) int64 { return at.Unix() / stepSeconds }
