package tlsrpt

import (
	"strings"
	"time"
)

const (
	day        = 24 * time.Hour
	daySeconds = 24 * 60 * 60
	// A range may be odd, but not absurd: a year and a leap day.
	maxRange = 366 * day
	// Years beyond these come from a broken clock. TLS reports exist since 2016.
	minYear, maxYear = 2000, 2199
)

// moment is a date-time as stated, with what is needed to find where a range
// that ends there really ends.
type moment struct {
	unix     int64 // seconds, UTC
	nanos    int
	dateOnly bool
	// lastSecond: the clock, as stated or in UTC, shows 23:59 or 23:59:59.
	lastSecond bool
}

func (m moment) time() time.Time { return time.Unix(m.unix, int64(m.nanos)).UTC() }

// dates reads the two texts of date-range. The end is exclusive afterwards.
func (d *decoder) dates(start, end string) (from, to time.Time) {
	s, ok := d.moment(start)
	if !ok {
		d.fail(ErrBadDates, "start-datetime is no date-time")
		return from, to
	}
	if end == "" {
		d.note(devEndMissing)
		return s.time(), s.time().Add(day)
	}
	e, ok := d.moment(end)
	if !ok {
		d.fail(ErrBadDates, "end-datetime is no date-time")
		return from, to
	}
	from, to = s.time(), e.exclusive()
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
		return m.time().Add(day)
	case m.lastSecond:
		return time.Unix(m.unix-m.unix%60+60, 0).UTC()
	}
	return m.time()
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
		return moment{unix: date, dateOnly: true}, true
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
	m := moment{unix: date + int64(c.seconds-offset), nanos: c.nanos}
	m.lastSecond = c.seconds == daySeconds-1 || m.unix%daySeconds == daySeconds-1
	return m, true
}

// readDate reads YYYY-MM-DD, checks it against the calendar and gives its
// midnight in Unix seconds.
func readDate(s string) (unix int64, rest string, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, "", false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || y < minYear || y > maxYear || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, "", false
	}
	days := daysSince1970(y, m, d)
	if d > 28 && days >= daysSince1970(y+m/12, m%12+1, 1) {
		return 0, "", false
	}
	return int64(days) * daySeconds, s[10:], true
}

// daysSince1970 counts by years that begin in March, so that the leap day is
// the last of its year.
func daysSince1970(y, m, d int) int {
	if m < 3 {
		y--
		m += 12
	}
	const daysTo1970 = 719468 // from 0000-03-01
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - daysTo1970
}

// clock is a time of day.
type clock struct {
	seconds, nanos int  // since midnight
	odd            bool // no seconds, or seconds that no clock shows
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
	c.seconds = h*3600 + m*60
	rest := s[5:]
	if rest == "" || rest[0] != ':' {
		c.odd = true
		if h == 23 && m == 59 {
			c.seconds += 59
		}
		return c, rest, c.seconds <= daySeconds
	}
	if len(rest) < 3 {
		return c, "", false
	}
	sec, ok := digits(rest[1:3])
	if !ok || sec > 60 {
		return c, "", false
	}
	c.seconds += sec
	rest = rest[3:]
	c.odd = sec == 60 || h == 24 || strings.HasPrefix(rest, ",")
	rest, c.nanos, ok = readFraction(rest)
	if sec == 60 {
		c.nanos = 0 // all of a leap second is the one after it
	}
	return c, rest, ok && (c.seconds < daySeconds || c.seconds == daySeconds && c.nanos == 0)
}

// readFraction reads .5, to the nanosecond.
func readFraction(s string) (rest string, nanos int, ok bool) {
	if s == "" || s[0] != '.' && s[0] != ',' {
		return s, 0, true
	}
	ds, rest := cutDigits(s[1:])
	unit := int(time.Second)
	for _, c := range []byte(ds) {
		unit /= 10
		nanos += int(c-'0') * unit
	}
	return rest, nanos, ds != ""
}

// zone reads Z, an offset with or without its colon, or nothing, which is UTC,
// and gives the seconds that the clock is ahead of UTC.
func (d *decoder) zone(s string) (seconds int, ok bool) {
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
	seconds = h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
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
