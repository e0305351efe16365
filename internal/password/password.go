// Package password says which passwords may be chosen: long enough, not among
// the most common ones, and not made of what anybody would guess about the
// person. It is pure: it asks no network, keeps nothing, and imports nothing of
// ours.
package password

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the list
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a password, in characters: a letter counts once, however many
// bytes it takes. The upper one keeps the cost of a hash bounded; no rule says
// which characters a password is made of.
const (
	Min = 8
	Max = 1000
)

// Why a password is refused.
var (
	ErrLength = errors.New("a password has 8 to 1000 characters")
	ErrKnown  = errors.New("the password is one of the most common ones")
	// ErrWords says that too little is left of a password without the words
	// that anybody would try for this person.
	ErrWords = errors.New("the password is made of words that are easy to guess for this person")
)

// known is the list: one password a line, in lower case. LICENSE.known says
// where it is from.
//
//go:embed known.txt.gz
var known []byte

// mostKnown bounds the size of the list when it is unpacked, in bytes.
const mostKnown = 1 << 20

// Policy says which passwords may be chosen. It is safe for concurrent use.
type Policy struct{ known map[string]struct{} }

// NewPolicy reads the list of common passwords that the program carries.
func NewPolicy() (*Policy, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(known))
	if err != nil {
		return nil, fmt.Errorf("read the list of common passwords: %w", err)
	}
	p := &Policy{known: map[string]struct{}{}}
	lines, size := bufio.NewScanner(unpacked), 0
	for lines.Scan() {
		if size += len(lines.Bytes()); size > mostKnown {
			return nil, errors.New("the list of common passwords is too large")
		}
		p.known[lines.Text()] = struct{}{}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the list of common passwords: %w", err)
	}
	return p, nil
}

// Known is how many passwords are refused for being common.
func (p *Policy) Known() int { return len(p.known) }

// Judge is nil for a password that may be chosen, or ErrLength, ErrKnown or
// ErrWords. about is what others know of the person: the mail address, the name
// of the account.
func (p *Policy) Judge(password string, about ...string) error {
	if TooLong(password) || utf8.RuneCountInString(password) < Min {
		return ErrLength
	}
	folded := strings.ToLower(password)
	if _, common := p.known[folded]; common {
		return ErrKnown
	}
	rest := folded
	for _, word := range wordsAbout(about) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	if rest != folded && utf8.RuneCountInString(rest) < Min {
		return ErrWords
	}
	return nil
}

// TooLong says that a text is longer than any password.
func TooLong(text string) bool {
	return len(text) > Max*utf8.UTFMax || utf8.RuneCountInString(text) > Max
}

// leastWord is how long a word is that is looked for: shorter ones are in
// passwords by chance.
const leastWord = 4

// wordsAbout are the words that are no secret: our name, and those of what is
// known of a person, whole first and then in parts.
func wordsAbout(about []string) []string {
	words := []string{"sealpost"}
	for _, text := range about {
		text = strings.ToLower(text)
		local, host, _ := strings.Cut(text, "@")
		for _, whole := range []string{text, local, host} {
			if len(whole) >= leastWord {
				words = append(words, whole)
			}
		}
	}
	for _, text := range about {
		for _, part := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(part) >= leastWord {
				words = append(words, part)
			}
		}
	}
	return words
}
