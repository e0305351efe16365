package hosted

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// APITokenPrefix begins every API token, so that secret scanners and people
// know one when they see it.
const APITokenPrefix = "sealpost_"

const (
	apiTokenRandom = 25 // bytes: 200 bits, 40 characters
	apiTokenSum    = 7  // characters of the checksum
	apiTokenShown  = 6  // characters after APITokenPrefix by which lists tell tokens apart
	// APITokenLen is the number of characters of an API token.
	APITokenLen = len(APITokenPrefix) + apiTokenRandom*8/5 + apiTokenSum
)

var apiTokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewAPIToken draws a token for the API from random, which must be
// crypto/rand.Reader outside of tests. Its last characters are a checksum, so
// that what was cut off or mistyped is refused without looking it up.
func NewAPIToken(random io.Reader) (string, error) {
	raw := make([]byte, apiTokenRandom)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw an API token: %w", err)
	}
	text := apiTokenText.EncodeToString(raw)
	return APITokenPrefix + text + apiTokenChecksum(text), nil
}

// ValidAPIToken reports whether s has the form of an API token.
func ValidAPIToken(s string) bool {
	text, ok := strings.CutPrefix(s, APITokenPrefix)
	if !ok || len(s) != APITokenLen {
		return false
	}
	body, sum := text[:len(text)-apiTokenSum], text[len(text)-apiTokenSum:]
	return apiTokenChecksum(body) == sum
}

// APITokenStart is the part of a token that may be shown.
func APITokenStart(token string) string {
	return token[:len(APITokenPrefix)+apiTokenShown]
}

// HashAPIToken is what is stored of a token and looked up by.
func HashAPIToken(token string) []byte {
	sum := sha256.Sum256([]byte("api-token\x00" + token))
	return sum[:]
}

func apiTokenChecksum(text string) string {
	sum := make([]byte, 4)
	binary.BigEndian.PutUint32(sum, crc32.ChecksumIEEE([]byte(text)))
	return apiTokenText.EncodeToString(sum)
}
