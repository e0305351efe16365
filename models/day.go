package models

import "time"

// Day is a UTC day, counted from 1970-01-01. Reports cover UTC days, so a day
// needs no zone, and as a number it sorts and groups alike on every engine.
type Day int32

// DayOf is the UTC day that t falls on.
func DayOf(t time.Time) Day {
	const seconds = 24 * 60 * 60
	unix := t.Unix()
	day := unix / seconds
	if unix%seconds < 0 {
		day--
	}
	return Day(day)
}

// Time is the first instant of the day in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// String is the day as 2026-01-31.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }
