package chart

import (
	"slices"
	"strings"
	"time"
)

// Period is what one bar of a trend covers. The zero value is a day.
type Period string

// The periods. A week begins on Monday; the first and the last bar of a range
// may cover a part of theirs only.
const (
	PerDay   Period = ""
	PerWeek  Period = "week"
	PerMonth Period = "month"
)

// word names the period.
func (p Period) word() string {
	if p == PerDay {
		return "day"
	}
	return string(p)
}

// Start is the first day of the period that a day lies in.
func (p Period) Start(day time.Time) time.Time {
	day = day.UTC().Truncate(24 * time.Hour)
	switch p {
	case PerWeek:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case PerMonth:
		return day.AddDate(0, 0, 1-day.Day())
	default:
		return day
	}
}

// format is how a bar is named by its first day.
func (p Period) format() string {
	switch p {
	case PerWeek:
		return "week from 2 Jan 2006"
	case PerMonth:
		return "Jan 2006"
	default:
		return dateFormat
	}
}

// Grouped sums days, consecutive and oldest first, by period. What is known of
// a part of a period counts; a period of which nothing is known stays open.
func Grouped(days []Day, p Period) []Day {
	if p == PerDay {
		return days
	}
	var out []Day
	for _, d := range days {
		if len(out) == 0 || !p.Start(d.Date).Equal(p.Start(out[len(out)-1].Date)) {
			out = append(out, Day{Date: d.Date})
		}
		out[len(out)-1].add(d)
	}
	return out
}

func (d *Day) add(more Day) {
	d.Known = d.Known || more.Known
	d.Filling = d.Filling || more.Filling
	d.Successful += more.Successful
	d.Failed += more.Failed
	if len(more.ByType) > len(d.ByType) {
		d.ByType = append(d.ByType, make([]int64, len(more.ByType)-len(d.ByType))...)
	}
	for i, n := range more.ByType {
		d.ByType[i] += n
	}
}

// index is the bar that a day lies in, -1 for a day outside of the range.
func (t Trend) index(day time.Time) int {
	if len(t.Days) == 0 {
		return -1
	}
	last := t.Days[len(t.Days)-1].Date
	if n := dayNumber(day); n < dayNumber(t.Days[0].Date) || t.Per.Start(day).After(t.Per.Start(last)) {
		return -1
	}
	start := t.Per.Start(day)
	i, found := slices.BinarySearchFunc(t.Days, start, func(d Day, start time.Time) int { return t.Per.Start(d.Date).Compare(start) })
	if !found {
		return -1
	}
	return i
}

// labels are the words of the axis.
func (t Trend) labels() []Label {
	if t.Per == PerDay {
		return dayLabels(t.Days[0].Date, len(t.Days))
	}
	s := newSlots(len(t.Days))
	step := monthStep(t.Days[0].Date, int(t.Days[len(t.Days)-1].Date.Sub(t.Days[0].Date)/(24*time.Hour))+1)
	var labels []Label
	seen := -1
	for i, d := range t.Days {
		first := t.Per.Start(d.Date)
		m := month(first)
		if m == seen || m%step != 0 || (i == 0 && first.Day() > 7) {
			continue
		}
		seen = m
		format := "Jan"
		if first.Month() == time.January || step >= 12 {
			format = "Jan 2006"
		}
		labels = append(labels, Label{At: s.percent(i), Text: first.Format(format), Minor: len(labels)%2 == 1})
	}
	return labels
}

// periodHead heads the first column of the table.
func (t Trend) periodHead() string {
	w := t.Per.word()
	return strings.ToUpper(w[:1]) + w[1:] + " (UTC)"
}

// GroupedAs sums days that are matched one by one with others by the periods
// of those others.
func GroupedAs(days, as []Day, p Period) []Day {
	moved := make([]Day, min(len(days), len(as)))
	for i := range moved {
		moved[i] = days[i]
		moved[i].Date = as[i].Date
	}
	return Grouped(moved, p)
}
