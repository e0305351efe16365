package chart

import "time"

// Label is a word on the day axis.
type Label struct {
	At    float64 // centre, in percent of the width
	Text  string
	Minor bool // left out where the chart is narrow
}

// mostLabels is how many words the day axis carries at most.
const mostLabels = 7

// fewLabels fit on the narrowest screen.
const fewLabels = 4

// dayLabels names at most seven of n days from the first: all of a week,
// Mondays of a quarter, first days of months beyond.
func dayLabels(first time.Time, n int) []Label {
	s := newSlots(n)
	pick := labelRule(first.UTC(), n)
	labels := make([]Label, 0, mostLabels)
	for i := range n {
		day := first.UTC().AddDate(0, 0, i)
		if !pick(i, day) {
			continue
		}
		format := "2 Jan"
		if n > 98 {
			format = "Jan"
			if day.Month() == time.January {
				format = "Jan 2006"
			}
		}
		labels = append(labels, Label{At: s.percent(i), Text: day.Format(format)})
	}
	if len(labels) > fewLabels {
		for i := range labels {
			labels[i].Minor = i%2 == 1
		}
	}
	return labels
}

func labelRule(first time.Time, n int) func(int, time.Time) bool {
	switch {
	case n <= 7:
		return func(int, time.Time) bool { return true }
	case n <= 14:
		return func(i int, _ time.Time) bool { return (n-1-i)%2 == 0 }
	case n <= 49:
		return func(_ int, d time.Time) bool { return d.Weekday() == time.Monday }
	case n <= 98:
		// The parity of weeks counted from a Monday that never changes keeps
		// the labels on the same days when the range moves by a day.
		return func(_ int, d time.Time) bool {
			return d.Weekday() == time.Monday && (d.Unix()/86400+3)/7%2 == 0
		}
	}
	step := monthStep(first, n)
	return func(_ int, d time.Time) bool { return d.Day() == 1 && month(d)%step == 0 }
}

// month counts the months since the year nought.
func month(d time.Time) int { return d.Year()*12 + int(d.Month()) - 1 }

// monthStep is how many months lie between labels.
func monthStep(first time.Time, n int) int {
	months := month(first.AddDate(0, 0, n)) - month(first) + 1
	for _, step := range []int{1, 2, 3, 4, 6, 12, 24, 60, 120, 240} {
		if (months+step-1)/step <= mostLabels {
			return step
		}
	}
	return 1200
}
