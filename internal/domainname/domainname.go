// Package domainname turns what a person types into the one spelling of a mail
// domain that is stored and compared, or says in a sentence why it cannot be
// one. It is pure and imports nothing of ours.
package domainname

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// The reasons for which a name is refused. Their text is meant for the person
// who typed it; Error carries the sentence with the name filled in.
var (
	ErrEmpty        = errors.New("no name was given")
	ErrTooLong      = errors.New("the name is too long for DNS")
	ErrURL          = errors.New("this is a web address, not a domain")
	ErrEmail        = errors.New("this is a mail address, not a domain")
	ErrIP           = errors.New("this is an IP address, not a domain")
	ErrPort         = errors.New("a domain has no port")
	ErrWildcard     = errors.New("a wildcard is not a domain")
	ErrUnderscore   = errors.New("a mail domain has no underscore")
	ErrCharacters   = errors.New("a domain cannot contain this character")
	ErrLabel        = errors.New("a label of the name is not allowed in DNS")
	ErrPunycode     = errors.New("the xn-- form is not valid")
	ErrSingleLabel  = errors.New("a single label is not a mail domain")
	ErrPublicSuffix = errors.New("this is a public suffix, not a domain")
	ErrSpecialUse   = errors.New("this name is reserved and cannot be reached by mail")
)

// Error is a refusal. It wraps one of the sentinels and says in one sentence
// what is wrong and, where there is an obvious one, what was probably meant.
type Error struct {
	Reason   error
	Sentence string
	// Suggestion is a name that would be accepted, or "".
	Suggestion string
}

func (e *Error) Error() string { return e.Sentence }

func (e *Error) Unwrap() error { return e.Reason }

const (
	maxInput = 1024
	maxName  = 253
	maxLabel = 63
)

// Parse gives the A-label form of a mail domain in lower case without a final
// dot. Only ASCII blanks around it are trimmed; anything else that would have
// to be guessed is refused with an *Error.
func Parse(input string) (string, error) {
	if len(input) > maxInput {
		return "", refuse(ErrTooLong, "This name is longer than DNS allows: 253 characters at most.")
	}
	name := strings.Trim(input, " \t\r\n")
	if name == "" {
		return "", refuse(ErrEmpty, "Enter a domain such as example.com.")
	}
	if err := refuseOtherThings(name); err != nil {
		return "", err
	}
	name = strings.TrimSuffix(name, ".")
	ascii, err := toASCII(name)
	if err != nil {
		return "", err
	}
	if err := checkLabels(ascii); err != nil {
		return "", err
	}
	return ascii, checkPlace(ascii)
}

// ownerPrefix stands before a domain at the name of its TLS-RPT record.
const ownerPrefix = "_smtp._tls."

// ParseRecordDomain is Parse for a name whose TLS-RPT record is looked for, for
// which that record's own name must fit into DNS as well.
func ParseRecordDomain(input string) (string, error) {
	name, err := Parse(input)
	if err == nil && len(ownerPrefix)+len(name) > maxName {
		return "", refuse(ErrTooLong, "%s is too long: its record at %s… would have a name of more than 253 characters.", Show(name), ownerPrefix)
	}
	return name, err
}

// Unicode is the form of an A-label name that people read. A name that does
// not decode is returned as it is.
func Unicode(name string) string {
	u, err := idna.Display.ToUnicode(name)
	if err != nil {
		return name
	}
	return u
}

func refuse(reason error, format string, args ...any) error {
	return &Error{Reason: reason, Sentence: fmt.Sprintf(format, args...)}
}

// suggest adds to a refusal the name inside what was typed, if that is one.
func suggest(reason error, inner, format string, args ...any) error {
	e := &Error{Reason: reason, Sentence: fmt.Sprintf(format, args...)}
	if name, err := Parse(inner); err == nil {
		e.Suggestion = name
		e.Sentence += " Did you mean " + name + "?"
	}
	return e
}

// refuseOtherThings recognises what people paste instead of a domain.
func refuseOtherThings(name string) error {
	if scheme, rest, ok := strings.Cut(name, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return suggest(ErrURL, host, "%s is a web address; enter only the domain, without %s://.", Show(name), Show(scheme))
	}
	if rest, ok := cutPrefixFold(name, "mailto:"); ok {
		return suggest(ErrEmail, rest[strings.LastIndexByte(rest, '@')+1:], "%s is a mail address; enter only the domain.", Show(name))
	}
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		return suggest(ErrEmail, name[at+1:], "%s is a mail address; enter only what stands after the @.", Show(name))
	}
	if isIP(name) {
		return refuse(ErrIP, "%s is an IP address; reports are about domains, such as example.com.", Show(name))
	}
	if host, _, ok := strings.Cut(name, "/"); ok {
		return suggest(ErrURL, host, "%s has a path; enter only the domain.", Show(name))
	}
	if host, _, ok := strings.Cut(name, ":"); ok {
		return suggest(ErrPort, host, "%s has a port; enter only the domain.", Show(name))
	}
	return nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// isIP also knows the spellings that only old resolvers read as an address
// (0x7f.1, 127.1): a name whose last label is a number is never a domain.
func isIP(name string) bool {
	bare := strings.Trim(name, "[]")
	if _, err := netip.ParseAddr(bare); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(name); err == nil {
		return true
	}
	last := strings.TrimSuffix(name, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	hex, isHex := cutPrefixFold(last, "0x")
	if isHex {
		return strings.Trim(hex, "0123456789abcdefABCDEF") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// toASCII maps a name by IDNA 2008 without transition (faß.de is not fass.de)
// and refuses whatever the mapping would silently change but case and form.
func toASCII(name string) (string, error) {
	for _, r := range name {
		if r == '*' {
			return "", refuse(ErrWildcard, "%s is a wildcard; register each domain by its own name.", Show(name))
		}
		if r == '_' {
			return "", refuse(ErrUnderscore, "%s has an underscore, which no mail domain has; enter only the domain.", Show(name))
		}
		if !allowed(r) {
			return "", suggest(ErrCharacters, mapped(name), "%s contains %s, which no domain can contain.", Show(name), Show(string(r)))
		}
	}
	if isASCII(name) && !strings.Contains(strings.ToLower(name), "xn--") {
		return strings.ToLower(name), nil
	}
	ascii, err := profile().ToASCII(name)
	if err != nil && strings.Contains(strings.ToLower(name), "xn--") {
		return "", refuse(ErrPunycode, "%s is not a valid international name: check the part that begins with xn--.", Show(name))
	}
	if err != nil {
		return "", refuse(ErrCharacters, "%s is not a valid international name.", Show(name))
	}
	return ascii, nil
}

// mapped is what browsers would silently make of a name, to be asked about; ""
// when that is nothing else.
func mapped(name string) string {
	ascii, err := profile().ToASCII(name)
	if err != nil || ascii == name {
		return ""
	}
	return ascii
}

// profile maps case and normal form, and verifies the rest. Hyphens are left
// to checkLabels, which allows registrable names such as ab--c.com.
func profile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.CheckHyphens(false), idna.StrictDomainName(false), idna.ValidateLabels(true))
}

// allowed leaves out what IDNA mapping would drop or change into something
// else: invisible characters, full-width dots and digits in circles.
func allowed(r rune) bool {
	if r < 0x80 {
		return r == '-' || r == '.' || ('0' <= r && r <= '9') || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z')
	}
	if r == '\u212a' || r == '\u0130' { // Kelvin sign and dotted capital I become other letters
		return false
	}
	return unicode.IsLetter(r) && !unicode.In(r, fullWidth) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Nd, r) && !unicode.In(r, fullWidth)
}

// fullWidth are the compatibility forms of ASCII that IDNA folds silently.
var fullWidth = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0xff00, Hi: 0xffef, Stride: 1}}}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func checkLabels(name string) error {
	if len(name) > maxName {
		return refuse(ErrTooLong, "This name has %d characters; DNS allows 253.", len(name))
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return refuse(ErrLabel, "%s has an empty part: two dots in a row, or a dot at the start.", Show(name))
		case len(label) > maxLabel:
			return refuse(ErrLabel, "The part %s… has %d characters; DNS allows 63.", Show(label[:20]), len(label))
		case label[0] == '-' || label[len(label)-1] == '-':
			return refuse(ErrLabel, "%s has a part that begins or ends with a hyphen, which DNS does not allow.", Show(name))
		}
	}
	return nil
}

// specialUse are the names below which no public mail domain can be
// (RFC 6761, RFC 7686, RFC 6762, RFC 8375). .test and example.* stay allowed.
var specialUse = []string{"localhost", "local", "arpa", "invalid", "onion", "internal", "alt"}

func checkPlace(name string) error {
	for _, suffix := range specialUse {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return refuse(ErrSpecialUse, "Names under .%s are reserved and receive no mail from the internet.", suffix)
		}
	}
	if !strings.Contains(name, ".") {
		if suffix, icann := publicsuffix.PublicSuffix(name); icann && suffix == name {
			return refuse(ErrPublicSuffix, "%s is a top-level domain; enter a domain below it, such as example.%s.", name, name)
		}
		return refuse(ErrSingleLabel, "%s has only one part; a mail domain has at least two, such as example.com.", name)
	}
	if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
		return refuse(ErrPublicSuffix, "%s is a public suffix, under which others register their domains; enter a domain below it, such as example.%s.", name, name)
	}
	return nil
}

// Show makes typed text fit to be put into a sentence: short, on one line,
// nothing invisible.
func Show(s string) string {
	out := make([]rune, 0, 64)
	for _, r := range s {
		if len(out) == 60 {
			return string(append(out, '…'))
		}
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zs, r) && r != ' ' {
			out = append(out, []rune(fmt.Sprintf("U+%04X", r))...)
			continue
		}
		out = append(out, r)
	}
	return string(out)
}
