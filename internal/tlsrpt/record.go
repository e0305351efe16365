package tlsrpt

import (
	"errors"
	"fmt"
	"strings"
)

// MaxRecordLen is the longest text that fits into one TXT record: RDATA of
// 65535 bytes less one length byte for each string of 255 bytes.
const MaxRecordLen = 65279

const version = "v=TLSRPTv1"

// Errors of ParseRecord. They come wrapped in a *SyntaxError, which adds the place.
var (
	// ErrNotTLSRPT: the text does not begin with the version of RFC 8460.
	ErrNotTLSRPT = errors.New("not a TLS-RPT record")
	// ErrRecordSyntax: the text begins like a record but breaks the grammar of RFC 8460 §3.
	ErrRecordSyntax = errors.New("malformed TLS-RPT record")
	// ErrNoRUA: the record is well formed but has no rua field, which the grammar requires.
	ErrNoRUA = errors.New("TLS-RPT record without rua")
)

// SyntaxError is a refusal of ParseRecord: what was expected at which byte.
// It unwraps to one of the sentinels above.
type SyntaxError struct {
	Offset int    // byte offset into the record's text
	Detail string // what is wrong there
	Err    error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%v: at byte %d: %s", e.Err, e.Offset, e.Detail)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// PartKind says what a part of a record's text is.
type PartKind string

// The kinds of parts, in the words of RFC 8460 §3.
const (
	PartVersion   PartKind = "version"   // v=TLSRPTv1
	PartDelim     PartKind = "delimiter" // a semicolon with the blanks around it
	PartRUA       PartKind = "rua"       // the tag rua=
	PartURI       PartKind = "uri"       // one destination
	PartComma     PartKind = "comma"     // a comma with the blanks around it
	PartExtension PartKind = "extension" // an unknown field, name=value
)

// Part is a piece of a record. The parts of a record follow one another without
// gaps: Text[Start:End] of all of them, joined, is the record.
type Part struct {
	Kind       PartKind
	Start, End int    // byte offsets into Record.Text
	Name       string // "v", "rua" or the name of the extension
	Value      string // version, URI or value of the extension
}

// Extension is a field that RFC 8460 does not define. Senders ignore it.
type Extension struct {
	Name, Value string
}

// Record is a TLS-RPT record (RFC 8460 §3).
type Record struct {
	Text         string        // as given
	Destinations []Destination // of all rua fields, in order; some may not be usable
	Extensions   []Extension
	Parts        []Part
}

// Usable tells whether a sender has anywhere to send reports to: at least one
// well-formed mailto or https destination.
func (r Record) Usable() bool {
	for _, d := range r.Destinations {
		if d.Usable() {
			return true
		}
	}
	return false
}

// ParseRecord reads the text of one TXT record by the grammar of RFC 8460 §3 and
// nothing looser. Destinations with another scheme than mailto or https, or with
// an address no mail server takes, are grammatical: they are kept and answer
// false to Usable. With an error the record holds what was read before it.
func ParseRecord(text string) (Record, error) {
	p := recordParser{rec: Record{Text: text}}
	if len(text) > MaxRecordLen {
		return p.rec, p.fail("longer than a TXT record can be")
	}
	err := p.record()
	return p.rec, err
}

type recordParser struct {
	rec  Record
	at   int
	ruas int
}

func (p *recordParser) fail(format string, args ...any) error {
	return &SyntaxError{Offset: p.at, Detail: fmt.Sprintf(format, args...), Err: ErrRecordSyntax}
}

func (p *recordParser) rest() string { return p.rec.Text[p.at:] }

func (p *recordParser) done() bool { return p.at == len(p.rec.Text) }

// take moves past n bytes and keeps them as a part.
func (p *recordParser) take(kind PartKind, n int, name, value string) {
	p.rec.Parts = append(p.rec.Parts, Part{kind, p.at, p.at + n, name, value})
	p.at += n
}

func (p *recordParser) record() error {
	// RFC 7405: %s makes the version case-sensitive.
	if !strings.HasPrefix(p.rest(), version) {
		return &SyntaxError{Detail: "expected " + version, Err: ErrNotTLSRPT}
	}
	p.take(PartVersion, len(version), "v", version[2:])
	if !p.delim(PartDelim, ';') {
		return p.fail("expected a semicolon after the version")
	}
	for !p.done() {
		if err := p.field(); err != nil {
			return err
		}
		if !p.delim(PartDelim, ';') {
			break
		}
	}
	if !p.done() {
		return p.fail("expected a semicolon or the end")
	}
	if p.ruas == 0 {
		return &SyntaxError{Offset: p.at, Detail: "expected a rua field", Err: ErrNoRUA}
	}
	return nil
}

// delim takes *WSP sep *WSP, or nothing.
func (p *recordParser) delim(kind PartKind, sep byte) bool {
	s := p.rest()
	i := wsp(s)
	if i == len(s) || s[i] != sep {
		return false
	}
	i++
	p.take(kind, i+wsp(s[i:]), "", "")
	return true
}

func (p *recordParser) field() error {
	if strings.HasPrefix(p.rest(), "rua=") {
		return p.rua()
	}
	return p.extension()
}

func (p *recordParser) rua() error {
	p.ruas++
	p.take(PartRUA, len("rua="), "rua", "")
	for {
		if err := p.uri(); err != nil {
			return err
		}
		if !p.delim(PartComma, ',') {
			return nil
		}
	}
}

func (p *recordParser) uri() error {
	s := p.rest()
	if i := strings.IndexAny(s, " \t,;"); i >= 0 {
		s = s[:i]
	}
	if s == "" {
		return p.fail("expected a destination")
	}
	if at, why := uriFault(s); why != "" {
		p.at += at
		return p.fail("%s", why)
	}
	// The grammar asks for a URI only; what it leads to is the destination's affair.
	d, _ := ParseDestination(s)
	p.rec.Destinations = append(p.rec.Destinations, d)
	p.take(PartURI, len(s), "", s)
	return nil
}

func (p *recordParser) extension() error {
	s := p.rest()
	n := extensionName(s)
	if n == 0 || n == len(s) || s[n] != '=' {
		return p.fail("expected rua= or name=value")
	}
	v := extensionValue(s[n+1:])
	if v == 0 {
		p.at += n + 1
		return p.fail("expected a value")
	}
	e := Extension{Name: s[:n], Value: s[n+1 : n+1+v]}
	p.rec.Extensions = append(p.rec.Extensions, e)
	p.take(PartExtension, n+1+v, e.Name, e.Value)
	return nil
}

// extensionName counts the bytes of a tlsrpt-ext-name at the start of s, at most 32.
func extensionName(s string) int {
	for i := 0; i < len(s) && i < 32; i++ {
		c := s[i]
		if !alnum(c) && (i == 0 || c != '_' && c != '-' && c != '.') {
			return i
		}
	}
	return min(len(s), 32)
}

// extensionValue counts the bytes of a tlsrpt-ext-value at the start of s.
func extensionValue(s string) int {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == ';' || c == '=' {
			return i
		}
	}
	return len(s)
}

// wsp counts the blanks and tabs at the start of s.
func wsp(s string) int {
	return len(s) - len(strings.TrimLeft(s, " \t"))
}

func alpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func alnum(c byte) bool { return alpha(c) || digit(c) }
