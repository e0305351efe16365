package chart

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayLabels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first string
		n     int
		want  string
	}{
		{"2026-11-15", 1, "15 Nov"},
		{"2026-11-15", 7, "15 Nov,16 Nov,17 Nov,18 Nov,19 Nov,20 Nov,21 Nov"},
		{"2026-11-08", 14, "9 Nov,11 Nov,13 Nov,15 Nov,17 Nov,19 Nov,21 Nov"},
		{"2026-10-23", 30, "26 Oct,2 Nov,9 Nov,16 Nov"},
		{"2026-08-24", 90, "24 Aug,7 Sep,21 Sep,5 Oct,19 Oct,2 Nov,16 Nov"},
		{"2025-11-22", 365, "Jan 2026,Mar,May,Jul,Sep,Nov"},
		{"2025-10-18", 400, "Nov,Jan 2026,Mar,May,Jul,Sep,Nov"},
		{"2020-01-01", 2500, "Jan 2020,Jan 2021,Jan 2022,Jan 2023,Jan 2024,Jan 2025,Jan 2026"},
	} {
		var got []string
		for _, l := range dayLabels(day(c.first), c.n) {
			got = append(got, l.Text)
		}
		if s := strings.Join(got, ","); s != c.want {
			t.Errorf("%s, %d days: %s, want %s", c.first, c.n, s, c.want)
		}
	}
}

func TestDayLabelsAreFewAndInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40000).Draw(t, "days")
		first := day("2020-01-01").AddDate(0, 0, rapid.IntRange(0, 5000).Draw(t, "first"))
		labels := dayLabels(first, n)
		if len(labels) > mostLabels {
			t.Fatalf("%d labels for %d days from %s", len(labels), n, first)
		}
		last := 0.0
		for _, l := range labels {
			if l.At <= last || l.At >= 100 {
				t.Fatalf("label %v after %g", l, last)
			}
			last = l.At
		}
	})
}

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}
