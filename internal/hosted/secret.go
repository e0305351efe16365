package hosted

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
)

// SecretLen is the number of characters of a report secret: 130 bits.
const SecretLen = 26

// ReportPath is the path that reports are POSTed to, before the secret.
const ReportPath = "/v1/tlsrpt/"

// ReportSecret is the last part of the URL that reports about one domain may
// be POSTed to (RFC 8460 §5.4). It is derived from the installation's key, so
// that nothing at rest gives it away; a new generation makes a new one.
func ReportSecret(key []byte, domainID string, generation int) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "report-secret\x00%s\x00%d", domainID, generation)
	sum := mac.Sum(nil)
	secret := make([]byte, SecretLen)
	for i := range secret {
		secret[i] = crockford[sum[i]%32]
	}
	return string(secret)
}

// ValidSecret reports whether s has the form of a report secret.
func ValidSecret(s string) bool { return len(s) == SecretLen && inAlphabet(s) }

// HashSecret is what is stored of a secret and looked up by.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte("report-secret\x00" + secret))
	return sum[:]
}

// ReportURL is the address that reports are POSTed to.
func ReportURL(baseURL, secret string) string {
	return strings.TrimSuffix(baseURL, "/") + ReportPath + secret
}

// NewSecret draws a secret of the same form from random, which must be
// crypto/rand.Reader outside of tests. It is for links that are used once: like
// report secrets, they are left out of logs by their form.
func NewSecret(random io.Reader) (string, error) {
	secret, err := randomText(random, SecretLen)
	if err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return secret, nil
}
