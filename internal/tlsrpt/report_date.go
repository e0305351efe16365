package tlsrpt

import (
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// A range may be odd, but not absurd: a year and a leap day.
	maxRange = 366 * day
	// Years beyond these come from a broken clock. TLS reports exist since 2016.
	minYear, maxYear = 2000, 2199
)

// moment is a date-time as stated, with what is needed to find where a range
// that ends there really ends.
type moment struct {
	at       time.Time // UTC
	dateOnly bool
	// lastSecond: the clock, as stated or in UTC, shows 23:59 or 23:59:59.
	lastSecond bool
}

// dates reads the two texts of date-range. The end is exclusive afterwards.
func (d *decoder) dates(start, end string) (from, to time.Time) {
	s, ok := d.moment(start)
	if !ok {
		d.fail(ErrBadDates, "start-datetime is no date-time")
		return from, to
	}
	if end == "" {
		d.note(devEndMissing)
		return s.at, s.at.Add(day)
	}
	e, ok := d.moment(end)
	if !ok {
		d.fail(ErrBadDates, "end-datetime is no date-time")
		return from, to
	}
	from, to = s.at, e.exclusive()
	switch length := to.Sub(from); {
	case !d.lim.Now.IsZero() && from.After(d.lim.Now.Add(day)):
		d.fail(ErrBadDates, "the report is about the future")
	case length < 0:
		d.note(devEndBeforeStart)
	case length > maxRange:
		d.fail(ErrBadDates, "the range is longer than a year")
	case length > day:
		d.note(devLongRange)
	}
	return from, to
}

// exclusive is the moment as the end of a range: the next midnight for the
// last second of a day, and for a day without a time.
func (m moment) exclusive() time.Time {
	switch {
	case m.dateOnly:
		return m.at.Add(day)
	case m.lastSecond:
		return m.at.Truncate(time.Minute).Add(time.Minute)
	}
	return m.at
}

// moment reads a date-time of RFC 3339, and the forms seen in its place:
// without a zone, without seconds, with a blank for the T, and a date alone.
func (d *decoder) moment(s string) (moment, bool) {
	date, rest, ok := readDate(s)
	if !ok {
		return moment{}, false
	}
	if rest == "" {
		d.note(devDateOnly)
		return moment{at: date, dateOnly: true}, true
	}
	if rest[0] != 'T' {
		if rest[0] != 't' && rest[0] != ' ' {
			return moment{}, false
		}
		d.note(devDateForm)
	}
	c, zone, ok := readClock(rest[1:])
	if !ok {
		return moment{}, false
	}
	offset, ok := d.zone(zone)
	if !ok {
		return moment{}, false
	}
	if c.odd {
		d.note(devDateForm)
	}
	at := date.Add(c.since).Add(-offset)
	return moment{at: at, lastSecond: isLastSecond(c.since) || isLastSecond(at.Sub(at.Truncate(day)))}, inRange(at)
}

// isLastSecond is about the time since midnight.
func isLastSecond(since time.Duration) bool {
	return since >= day-time.Second && since < day
}

func inRange(t time.Time) bool { return t.Year() >= minYear && t.Year() <= maxYear }

// readDate reads YYYY-MM-DD and checks it against the calendar.
func readDate(s string) (t time.Time, rest string, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return t, "", false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	dd, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return t, "", false
	}
	t = time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC)
	if t.Day() != dd || int(t.Month()) != m || !inRange(t) {
		return t, "", false
	}
	return t, s[10:], true
}

// clock is a time of day.
type clock struct {
	since time.Duration // since midnight
	odd   bool          // no seconds, or seconds that no clock shows
}

// readClock reads hh:mm[:ss[.fraction]]. 24:00:00 and a leap second are what
// comes after the last second.
func readClock(s string) (c clock, zone string, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return c, "", false
	}
	h, ok1 := digits(s[:2])
	m, ok2 := digits(s[3:5])
	if !ok1 || !ok2 || m > 59 || h > 24 {
		return c, "", false
	}
	c.since = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	rest := s[5:]
	if !strings.HasPrefix(rest, ":") {
		c.odd = true
		if h == 23 && m == 59 {
			c.since += 59 * time.Second
		}
		return c, rest, c.since <= day
	}
	if len(rest) < 3 {
		return c, "", false
	}
	sec, ok := digits(rest[1:3])
	if !ok || sec > 60 {
		return c, "", false
	}
	c.since += time.Duration(sec) * time.Second
	c.odd = sec == 60 || h == 24
	rest, fraction, ok := readFraction(rest[3:])
	c.since += fraction
	return c, rest, ok && c.since <= day
}

// readFraction reads .5, to the nanosecond.
func readFraction(s string) (rest string, f time.Duration, ok bool) {
	if !strings.HasPrefix(s, ".") && !strings.HasPrefix(s, ",") {
		return s, 0, true
	}
	ds, rest := cutDigits(s[1:])
	unit := time.Second
	for _, c := range []byte(ds) {
		unit /= 10
		f += time.Duration(c-'0') * unit
	}
	return rest, f, ds != ""
}

// zone reads Z, an offset with or without its colon, or nothing, which is UTC.
func (d *decoder) zone(s string) (time.Duration, bool) {
	s = strings.TrimLeft(s, " ")
	switch {
	case s == "":
		d.note(devDateNoZone)
		return 0, true
	case s == "Z":
		return 0, true
	case s == "z" || s == "UTC" || s == "GMT":
		d.note(devDateForm)
		return 0, true
	}
	hm := s[1:]
	if len(hm) == 5 && hm[2] == ':' {
		hm = hm[:2] + hm[3:]
	} else {
		d.note(devDateForm)
	}
	if len(hm) != 4 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, ok1 := digits(hm[:2])
	m, ok2 := digits(hm[2:])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, false
	}
	offset := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// digits reads a number that is nothing but digits.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}
