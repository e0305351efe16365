package chart

import "time"

func isoDay(d time.Time) string { return d.UTC().Format(time.DateOnly) }

// columns is how many numbers a row holds.
func (t Trend) columns() int {
	if t.FailuresOnly {
		return 1 + len(t.Types)
	}
	return 3 + len(t.Types)
}

func (d Day) byType(i int) int64 {
	if i >= len(d.ByType) {
		return 0
	}
	return d.ByType[i]
}

// notes says beside a day what the chart shows by a marker or a veil.
func (t Trend) notes() []string {
	notes := make([]string, len(t.Days))
	if len(t.Days) == 0 {
		return notes
	}
	first := dayNumber(t.Days[0].Date)
	add := func(i int, text string) {
		if notes[i] != "" {
			notes[i] += "; "
		}
		notes[i] += text
	}
	for i, d := range t.Days {
		if d.Filling {
			add(i, "still filling")
		}
	}
	for _, e := range t.Events {
		if i := dayNumber(e.Day) - first; i >= 0 && i < len(notes) {
			add(i, e.Label)
		}
	}
	return notes
}
