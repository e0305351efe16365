package hosted

import (
	"fmt"
	"io"
	"strings"
)

// TokenLen is the number of characters of a token: 60 bits.
const TokenLen = 12

// crockford is Crockford's base32 alphabet in lower case: no i, l, o or u, so
// that a token survives being read aloud.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// NewToken draws the random label of one registered domain from random, which
// must be crypto/rand.Reader outside of tests.
func NewToken(random io.Reader) (string, error) {
	token, err := randomText(random, TokenLen)
	if err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return token, nil
}

// ValidToken reports whether s has the form of a token.
func ValidToken(s string) bool { return len(s) == TokenLen && inAlphabet(s) }

func inAlphabet(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(crockford, s[i]) < 0 {
			return false
		}
	}
	return true
}

func randomText(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = crockford[b[i]%32] // 256 is a multiple of 32: no character is likelier
	}
	return string(b), nil
}
