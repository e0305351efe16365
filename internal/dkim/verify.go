package dkim

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"
)

// ErrKeyUnavailable is a key that could not be looked up now and may be later.
var ErrKeyUnavailable = errors.New("dkim: the signing key could not be looked up")

// Lookup finds the TXT records of a name. No records and no error is a name
// without any; an error wrapping ErrKeyUnavailable is an outage, and every
// other error is proof that there is no key.
type Lookup func(ctx context.Context, name string) ([]string, error)

// Verify checks a signature of the message as of the moment at: nil, an error
// that wraps ErrKeyUnavailable, or a Failure.
func (m *Message) Verify(ctx context.Context, s *Signature, lookup Lookup, at time.Time) error {
	switch {
	case s.failure != nil:
		return s.failure
	case s.PartOfBody:
		return Failure("it covers only a part of the body (l=, which RFC 8460 §3 forbids)")
	case !s.expires.IsZero() && at.After(s.expires):
		return Failure("it had expired when the message came")
	}
	if name := m.uncovered(s); name != "" {
		return Failure("there are more " + name + " fields than it covers")
	}
	if !m.bodyHolds(s) {
		return Failure("the body was changed on the way")
	}
	k, err := findKey(ctx, s, lookup)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(m.signedHeader(s))
	if !k.verify(digest[:], s.signature) {
		return Failure("the header was changed on the way, or the key is another one")
	}
	return nil
}

// single are the fields that a message has once (RFC 5322 §3.6, RFC 2045,
// RFC 8460 §5.3). One more than was signed is an addition (RFC 6376 §8.15).
var single = [...]string{
	"From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "TLS-Report-Domain", "TLS-Report-Submitter",
}

func (m *Message) uncovered(s *Signature) string {
	for _, name := range single {
		if n := s.signed(name); n > 0 && m.Count(name) > n {
			return name
		}
	}
	return ""
}

func (m *Message) bodyHolds(s *Signature) bool {
	form := simpleBody
	if s.relaxedBody {
		form = relaxedBody
	}
	sum := sha256.Sum256(form(m.body))
	return subtle.ConstantTimeCompare(sum[:], s.bodyHash) == 1
}

// signedHeader is what the signature was made over (RFC 6376 §3.7): the fields
// of h=, each name from the bottom up, then the signature without its b=.
func (m *Message) signedHeader(s *Signature) []byte {
	form := func(f string) string { return f }
	if s.relaxedHeader {
		form = relaxedField
	}
	var out []byte
	next := map[string]int{} // by name: where the search goes on, from the bottom
	for _, name := range s.Headers {
		from, begun := next[name]
		if !begun {
			from = len(m.fields)
		}
		i := m.above(from, name)
		next[name] = max(i, 0)
		if i >= 0 {
			out = append(out, form(m.fields[i].whole)...)
		}
	}
	own := form(withoutB(s.field))
	return append(out, strings.TrimSuffix(own, "\r\n")...)
}

// above is the lowest field of a name above a place, or -1.
func (m *Message) above(place int, name string) int {
	for i := place - 1; i >= 0; i-- {
		if m.fields[i].name == name {
			return i
		}
	}
	return -1
}

// withoutB is a signature field with the value of b= taken out.
func withoutB(f string) string {
	name, value, _ := strings.Cut(f, ":")
	end := ""
	if strings.HasSuffix(value, "\r\n") {
		value, end = strings.TrimSuffix(value, "\r\n"), "\r\n"
	}
	tags := strings.Split(value, ";")
	for i, tag := range tags {
		if key, _, ok := strings.Cut(tag, "="); ok && strings.Trim(key, " \t\r\n") == "b" {
			tags[i] = key + "="
		}
	}
	return name + ":" + strings.Join(tags, ";") + end
}
