package tlsrpt

import (
	"fmt"
	"strings"
)

// decoder reads the JSON of one report in a single pass. The first error stays
// and moves it to the end of the input, so that every loop ends.
type decoder struct {
	b     []byte
	s     string // b, for texts without a copy
	i     int
	lim   Limits
	depth int
	err   error

	seen    tally
	badUTF8 bool
	arena   []byte

	// Gathered here and copied at their final size.
	policies []PolicyResult
	lines    []string
	gathered []string // of a policy, while lines has the list it is taken from
	texts    []string // copied lists, in a chunk with room for more

	details []FailureDetail // of the policy that is read, in a chunk with room for more
	total   int             // failure details of all policies
	keys    [16]extent      // of the last object, quotes and colon included, as the next one often has the same
}

// extent is where a text of the input stands. A slice of it would be a pointer that the
// garbage collector has to follow.
type extent struct{ from, to int }

func (d *decoder) note(v deviation) { d.seen[v]++ }

// fail keeps the first error, of the given kind and with the place where
// reading stopped.
func (d *decoder) fail(kind error, what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s, at byte %d", kind, what, min(d.i, len(d.b)))
	}
	d.i = len(d.b)
}

// peek is the next byte that is not a blank, or 0 at the end. In this form the
// compiler puts it where it is called, which is everywhere.
func (d *decoder) peek() (c byte) {
	if d.i < len(d.s) {
		c = d.s[d.i]
	}
	if c > ' ' {
		return
	}
	return d.peekOverBlanks()
}

func (d *decoder) peekOverBlanks() byte {
	b, i := d.b, d.i
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	if d.i = i; i < len(b) {
		return b[i]
	}
	return 0
}

// open steps into an object or array, whose opening byte is the next.
func (d *decoder) open() {
	d.i++
	if d.depth++; d.depth > d.lim.Depth {
		d.fail(ErrTooDeep, "objects and arrays inside each other")
	}
}

// member steps to member number n of the object that is open, and is false
// after the last.
func (d *decoder) member(n int) (key string, ok bool) {
	if !d.more(n, '}') {
		return "", false
	}
	if d.peek() != '"' {
		d.fail(ErrMalformed, "a key is missing")
		return "", false
	}
	usual := &d.keys[n%len(d.keys)]
	if stated := d.s[usual.from:usual.to]; stated != "" && strings.HasPrefix(d.s[d.i:], stated) {
		d.i += len(stated)
		return stated[1 : len(stated)-2], true
	}
	start := d.i + 1
	end := plainEnd(d.b, start)
	if end < len(d.b) && d.b[end] == '"' && end-start <= d.lim.String {
		key, d.i = d.s[start:end], end+1
	} else {
		key = d.oddKey(start, end)
	}
	if d.peek() != ':' {
		d.fail(ErrMalformed, "a colon is missing after a key")
		return "", false
	}
	if d.i++; d.i == end+2 {
		*usual = extent{start - 1, d.i}
	}
	return key, d.err == nil
}

// oddKey is oddText for a key, in which bytes that are not UTF-8 are an error:
// U+FFFD there could hide a key that stands twice.
func (d *decoder) oddKey(start, end int) string {
	odd := d.seen[devNotUTF8]
	key := d.oddText(start, end, d.lim.String)
	if d.seen[devNotUTF8] != odd {
		d.fail(ErrEncoding, "a key is not UTF-8")
	}
	return key
}

// more steps to element number n of the object or array that is open and ends
// with end, and is false after the last.
func (d *decoder) more(n int, end byte) bool {
	c := d.peek()
	if c == end {
		d.i++
		d.depth--
		return false
	}
	if n > 0 {
		if c != ',' {
			d.fail(ErrMalformed, "a comma or closing bracket is missing")
			return false
		}
		d.i++
	}
	return d.err == nil
}

// skip passes over one value of any kind.
func (d *decoder) skip() {
	switch c := d.peek(); c {
	case '{':
		d.open()
		for n := 0; ; n++ {
			if _, ok := d.member(n); !ok {
				return
			}
			d.skip()
		}
	case '[':
		d.open()
		for n := 0; d.more(n, ']'); n++ {
			d.skip()
		}
	case '"':
		d.text(d.lim.String)
	default:
		d.literal()
	}
}

// literal reads null, true, false or a number and gives its text.
func (d *decoder) literal() string {
	start := d.i
	for d.i < len(d.b) && isLiteral(d.b[d.i]) {
		d.i++
	}
	word := d.s[start:d.i]
	switch word {
	case "null", "true", "false":
		return word
	}
	if _, ok := readDecimal(word); !ok {
		d.i = start
		d.fail(ErrMalformed, "a value is missing or is no JSON")
		return ""
	}
	return word
}

func isLiteral(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		c == '+' || c == '-' || c == '.'
}

// null passes over a null and says so.
func (d *decoder) null() bool {
	if d.peek() != 'n' {
		return false
	}
	if d.literal() != "null" {
		d.fail(ErrMalformed, "a value is no JSON")
		return false
	}
	d.note(devNull)
	return true
}

// object reports whether an object comes next. null stands for none; all else
// is the fault, since what comes is no object.
func (d *decoder) object(fault error, what string) bool {
	if d.null() {
		return false
	}
	if d.peek() != '{' {
		d.fail(fault, what+" is no object")
		return false
	}
	return true
}

// textValue reads a value that should be a string. null is "", a number or
// boolean is its own text.
func (d *decoder) textValue(limit int) string {
	switch d.peek() {
	case '"':
		return d.text(limit)
	case '{', '[':
		d.fail(ErrMalformed, "an object or array where text belongs")
		return ""
	}
	word := d.literal()
	if word == "null" {
		d.note(devNull)
		return ""
	}
	d.note(devNotText)
	if len(word) > limit {
		d.fail(ErrTooLarge, "a number of more than the allowed length")
	}
	return word
}

// once marks a key of an object as seen; a second time is an error, as which
// of the two a reader takes must not matter (RFC 7493 §2.3).
func (d *decoder) once(seen *uint32, bit uint32, key string) bool {
	if *seen&bit != 0 {
		d.fail(ErrDuplicateKey, "\""+key+"\" stands twice in one object")
		return false
	}
	*seen |= bit
	return true
}
