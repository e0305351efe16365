package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sealpost/sealpost/views/chart"
)

// dash stands where nothing is known; the reason is the title of its element.
const dash = chart.None

func count(n int64) string { return chart.Number(n) }

func countInt(n int) string { return chart.Number(int64(n)) }

// plural is "1 report", "2 reports".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// points writes a change in percentage points with its sign: "−0.3".
func points(p float64) string {
	s := strconv.FormatFloat(p, 'f', 1, 64)
	switch {
	case s == "0.0" || s == "-0.0":
		return "±0.0"
	case p < 0:
		return "−" + s[1:]
	default:
		return "+" + s
	}
}

// size writes bytes: "812 B", "3.4 KiB".
func size(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "\u202fB"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < 3 {
		value, unit = value/1024, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + "\u202f" + []string{"KiB", "MiB", "GiB", "TiB"}[unit]
}

func date(t time.Time) string { return chart.Date(t) }

// stamp is a point of time in full: "21 Nov 2026 06:10 UTC".
func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }

// moment is stamp to the second, for what follows closely on each other.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func clock(t time.Time) string { return t.UTC().Format("15:04") }

func isoDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// recent is a point of time as short as it can be said: "today 06:10",
// "yesterday 22:40", "12 Nov", "12 Nov 2025".
func recent(now, t time.Time) string {
	now, t = now.UTC(), t.UTC()
	days := int(now.Truncate(24*time.Hour).Sub(t.Truncate(24*time.Hour)) / (24 * time.Hour))
	switch {
	case days == 0:
		return "today " + clock(t)
	case days == 1:
		return "yesterday " + clock(t)
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	default:
		return date(t)
	}
}

// span writes a length of time in its one or two greatest units: "4 s",
// "59 min", "1 h 20 min", "3 d".
func span(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d\u202fs", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d\u202fmin", d/time.Minute)
	case d < 48*time.Hour:
		if m := d % time.Hour / time.Minute; m > 0 {
			return fmt.Sprintf("%d\u202fh %d\u202fmin", d/time.Hour, m)
		}
		return fmt.Sprintf("%d\u202fh", d/time.Hour)
	default:
		return fmt.Sprintf("%d\u202fd", d/(24*time.Hour))
	}
}

// forgets says when a server drops what it remembers: the time of day, with
// the date when that is not today's.
func forgets(now, t time.Time) string {
	if isoDay(now) == isoDay(t) {
		return clock(t)
	}
	return t.UTC().Format("2 Jan 15:04")
}

// dayRange writes the days of a half-open range: "21 Nov 2026", or "14 Nov to
// 21 Nov 2026" where it covers more than one.
func dayRange(start, end time.Time) string {
	last := end.Add(-time.Second)
	if !last.After(start) || isoDay(start) == isoDay(last) {
		return date(start)
	}
	return start.UTC().Format("2 Jan") + " to " + date(last)
}

// webURL is s when it is an http or https URL, and "" otherwise: what a report
// says is linked only then.
func webURL(s string) string {
	lower := strings.ToLower(s)
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return s
	}
	return ""
}

// shorten cuts s after n characters; the whole belongs in a title.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// Visible spells out what a page or a terminal would act on instead of showing
// it: control characters, escape sequences, marks that turn the direction.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
