package totp

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
)

const (
	// RecoveryCodes is how many a person gets at a time.
	RecoveryCodes = 10
	// recoveryLen is the number of characters of one, 5 bits each: 120 bits are
	// enough for a plain hash (ASVS 6.5.2).
	recoveryLen   = 24
	recoveryGroup = 4
	crockford     = "0123456789abcdefghjkmnpqrstvwxyz"
)

// NewRecoveryCodes draws codes, written in groups so that they can be copied
// from paper.
func NewRecoveryCodes(random io.Reader) ([]string, error) {
	b := make([]byte, RecoveryCodes*recoveryLen)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("draw recovery codes: %w", err)
	}
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		var text strings.Builder
		for k, drawn := range b[i*recoveryLen : (i+1)*recoveryLen] {
			if k > 0 && k%recoveryGroup == 0 {
				text.WriteByte('-')
			}
			text.WriteByte(crockford[drawn%32])
		}
		codes[i] = text.String()
	}
	return codes, nil
}

// HashRecoveryCode is what is stored of a code of a person, and looked up by.
// Case, spaces and dashes do not matter, and neither do the letters that look
// like digits. ok is false for what cannot be a code.
func HashRecoveryCode(userID, typed string) (hash []byte, ok bool) {
	if len(typed) > 4*recoveryLen {
		return nil, false
	}
	plain := strings.NewReplacer("-", "", " ", "", "\t", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(typed))
	if len(plain) != recoveryLen || strings.Trim(plain, crockford) != "" {
		return nil, false
	}
	sum := sha256.Sum256([]byte("recovery code\x00" + userID + "\x00" + plain))
	return sum[:], true
}
