package tlsrpt

import "strings"

// maxCount is the largest plausible number of sessions in a day.
const maxCount = 1_000_000_000_000

// decimal is a decimal number as digits times a power of ten, without zeros at
// either end of the digits.
type decimal struct {
	negative bool
	plain    bool // digits only, as the RFC wants it
	digits   string
	power    int
}

// readDecimal takes a number of RFC 8259 §6 apart.
func readDecimal(s string) (decimal, bool) {
	n := decimal{plain: true}
	s, n.negative = strings.CutPrefix(s, "-")
	whole, s := cutDigits(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return n, false
	}
	n.digits = whole
	if rest, ok := strings.CutPrefix(s, "."); ok {
		fraction, rest := cutDigits(rest)
		if fraction == "" {
			return n, false
		}
		s, n.plain = rest, false
		if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
			n.digits += fraction
			n.power = -len(fraction)
		}
	}
	if s != "" {
		power, ok := readExponent(s)
		if !ok {
			return n, false
		}
		n.plain = false
		n.power += power
	}
	return n.trim(), true
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// readExponent reads e+12. One beyond four digits is cut to a value that is
// out of every range.
func readExponent(s string) (int, bool) {
	if s[0]|0x20 != 'e' {
		return 0, false
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" {
		return 0, false
	}
	power := 0
	for _, c := range []byte(strings.TrimLeft(digits, "0")) {
		power = min(power*10+int(c-'0'), 1<<20)
	}
	if negative {
		power = -power
	}
	return power, true
}

func (n decimal) trim() decimal {
	n.digits = strings.TrimLeft(n.digits, "0")
	short := strings.TrimRight(n.digits, "0")
	n.power += len(n.digits) - len(short)
	n.digits = short
	if short == "" {
		n.power, n.negative = 0, false
	}
	return n
}

// count is the number as a session count: an integer from 0 to maxCount.
func (n decimal) count() (int64, bool) {
	if n.negative || n.power < 0 || len(n.digits)+n.power > 13 {
		return 0, false
	}
	var v int64
	for i := range len(n.digits) {
		v = v*10 + int64(n.digits[i]-'0')
	}
	for range n.power {
		v *= 10
	}
	return v, v <= maxCount
}

// count reads a session count. Digits in a text and integral floats will do,
// null is not stated; a count that is negative, fractional or above 1e12 is an
// error, because a report that has one cannot be trusted in the others.
func (d *decoder) count() Count {
	switch d.peek() {
	case '"':
		text := strings.Trim(d.text(d.lim.String), " \t\r\n")
		if d.note(devCountText); text == "" {
			return Count{}
		}
		return d.countOf(text)
	case '{', '[', 't', 'f':
		d.fail(ErrMalformed, "a session count is no number")
		return Count{}
	}
	if v, ok := d.smallCount(); ok {
		return Count{N: v, Stated: true}
	}
	word := d.literal()
	if word == "null" {
		d.note(devNull)
		return Count{}
	}
	return d.countOf(word)
}

// smallCount reads the common case, a few digits, and otherwise moves nothing.
func (d *decoder) smallCount() (int64, bool) {
	var v int64
	i := d.i
	for ; i < len(d.b) && d.b[i] >= '0' && d.b[i] <= '9'; i++ {
		v = v*10 + int64(d.b[i]-'0')
		if i-d.i > 11 {
			return 0, false
		}
	}
	if i == d.i || i < len(d.b) && isLiteral(d.b[i]) || d.b[d.i] == '0' && i-d.i > 1 {
		return 0, false
	}
	d.i = i
	return v, true
}

func (d *decoder) countOf(word string) Count {
	n, ok := readDecimal(word)
	if !ok {
		d.fail(ErrMalformed, "a session count is no number")
		return Count{}
	}
	v, ok := n.count()
	if !ok {
		d.fail(ErrOutOfRange, "a session count is negative, fractional or beyond 1e12")
		return Count{}
	}
	if !n.plain {
		d.note(devCountFloat)
	}
	return Count{N: v, Stated: true}
}
