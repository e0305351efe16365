package dkim

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// maxHeaders bounds the fields that h= names, and with them what a check costs.
const maxHeaders = 500

// Failure is why a signature proves nothing, to stand after a colon.
type Failure string

func (f Failure) Error() string { return string(f) }

// Signature is one DKIM-Signature field (RFC 6376 §3.5).
type Signature struct {
	Domain   string // d=, in lower case
	Selector string // s=
	// Headers are the fields that it covers (h=), in lower case.
	Headers []string
	// PartOfBody is set when l= leaves a part of the body uncovered.
	PartOfBody bool

	at                         int // its place among the fields of its message
	field                      string
	keyType                    string // rsa or ed25519
	relaxedHeader, relaxedBody bool
	identity                   string // the domain of i=
	signedAt, expires          time.Time
	bodyHash, signature        []byte
	failure                    error // why it cannot be checked at all
}

// Covers reports whether a field is among those that were signed.
func (s *Signature) Covers(name string) bool { return s.signed(name) > 0 }

func (s *Signature) signed(name string) int {
	n := 0
	for _, h := range s.Headers {
		if strings.EqualFold(h, name) {
			n++
		}
	}
	return n
}

func parseSignature(at int, f field) *Signature {
	s := &Signature{at: at, field: f.whole}
	_, value, _ := strings.Cut(f.whole, ":")
	tags, ok := parseTags(value)
	s.Domain = strings.ToLower(strings.TrimSuffix(tags["d"], "."))
	s.Selector = tags["s"]
	_, s.PartOfBody = tags["l"]
	for h := range strings.SplitSeq(tags["h"], ":") {
		s.Headers = append(s.Headers, strings.ToLower(h))
	}
	if !ok {
		s.failure = Failure("it cannot be read")
		return s
	}
	s.failure = s.take(tags)
	return s
}

// take reads the tags, and says what keeps the signature from being checked.
func (s *Signature) take(tags map[string]string) error {
	if tags["v"] != "1" {
		return Failure("its version is not 1")
	}
	for _, name := range []string{"a", "b", "bh", "d", "h", "s"} {
		if tags[name] == "" {
			return Failure("it lacks the tag " + name + "=")
		}
	}
	if len(s.Headers) > maxHeaders {
		return Failure("it names too many fields")
	}
	if !s.Covers("from") {
		return Failure("it does not cover From")
	}
	if q, ok := tags["q"]; ok && !listed(q, "dns/txt") {
		return Failure("its key is not kept in DNS")
	}
	if err := s.takeIdentity(tags); err != nil {
		return err
	}
	if err := s.takeTimes(tags); err != nil {
		return err
	}
	return s.takeAlgorithm(tags)
}

func (s *Signature) takeIdentity(tags map[string]string) error {
	s.identity = s.Domain
	if i, ok := tags["i"]; ok {
		s.identity = strings.ToLower(strings.TrimSuffix(i[strings.LastIndexByte(i, '@')+1:], "."))
	}
	if s.identity != s.Domain && !strings.HasSuffix(s.identity, "."+s.Domain) {
		return Failure("the domain of i= is not below d=")
	}
	return nil
}

func (s *Signature) takeTimes(tags map[string]string) error {
	for name, to := range map[string]*time.Time{"t": &s.signedAt, "x": &s.expires} {
		text, ok := tags[name]
		if !ok {
			continue
		}
		seconds, err := strconv.ParseUint(text, 10, 40)
		if err != nil {
			return Failure("its times cannot be read")
		}
		*to = time.Unix(int64(seconds), 0)
	}
	if !s.signedAt.IsZero() && !s.expires.IsZero() && !s.expires.After(s.signedAt) {
		return Failure("it expires before it was made")
	}
	return nil
}

func (s *Signature) takeAlgorithm(tags map[string]string) error {
	switch tags["a"] {
	case "rsa-sha256":
		s.keyType = "rsa"
	case "ed25519-sha256":
		s.keyType = "ed25519"
	case "rsa-sha1":
		return Failure("SHA-1 proves nothing any more (RFC 8301)")
	default:
		return Failure("its algorithm is not known")
	}
	head, body, _ := strings.Cut(tags["c"], "/")
	var known [2]bool
	s.relaxedHeader, known[0] = isRelaxed(head)
	s.relaxedBody, known[1] = isRelaxed(body)
	if !known[0] || !known[1] {
		return Failure("its canonicalization is not known")
	}
	var errHash, errSignature error
	s.bodyHash, errHash = base64.StdEncoding.DecodeString(tags["bh"])
	s.signature, errSignature = base64.StdEncoding.DecodeString(tags["b"])
	if errHash != nil || errSignature != nil {
		return Failure("its base64 cannot be read")
	}
	return nil
}

func isRelaxed(form string) (relaxed, known bool) {
	return form == "relaxed", form == "relaxed" || form == "simple" || form == ""
}

// parseTags reads a list of RFC 6376 §3.2. Blanks mean nothing in any of the
// values that are looked at, so they are left out. A tag that stands twice
// makes the list unreadable.
func parseTags(list string) (tags map[string]string, ok bool) {
	tags, ok = map[string]string{}, true
	for tag := range strings.SplitSeq(list, ";") {
		name, value, found := strings.Cut(tag, "=")
		name = strings.Trim(name, " \t\r\n")
		if !found {
			ok = ok && name == ""
			continue
		}
		if _, twice := tags[name]; twice {
			ok = false
		}
		tags[name] = strings.Join(strings.Fields(value), "")
	}
	return tags, ok
}

func listed(list, word string) bool {
	for w := range strings.SplitSeq(list, ":") {
		if w == word {
			return true
		}
	}
	return false
}
