package chart

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

var someTypes = []string{"certificate-expired", "starttls-not-supported", "tlsa-invalid", "dnssec-invalid"}

// sampleDays are n days that end on 21 Nov 2026: quiet weekends, failures in
// the last third, two gaps, two days still filling. Equal seeds, equal days.
func sampleDays(n int, seed uint64) []Day {
	r := rand.New(rand.NewPCG(seed, 1))
	last := day("2026-11-21")
	days := make([]Day, n)
	for i := range days {
		d := Day{Date: last.AddDate(0, 0, i-n+1), Known: i != n/4 && i != n/2, Filling: i >= n-2}
		if d.Known {
			d.Successful = 8000 + r.Int64N(4000)
			if wd := d.Date.Weekday(); wd == time.Saturday || wd == time.Sunday {
				d.Successful /= 3
			}
			d.ByType = []int64{0, r.Int64N(30), r.Int64N(5), r.Int64N(5)}
			if i > n*2/3 {
				d.ByType[0] = r.Int64N(200)
			}
			for _, v := range d.ByType {
				d.Failed += v
			}
			d.Failed += r.Int64N(10)
		}
		days[i] = d
	}
	return days
}

func sampleTrend(n int) Trend {
	return Trend{
		Title: "99.6\u202f% of the sessions succeeded.", Days: sampleDays(n, 7), Types: someTypes,
		DaysURL: "/domains/example.com?day=",
		Events:  []Event{{day("2026-11-18"), "MX changed to mx3"}, {day("2026-11-18"), "certificate renewed"}, {day("2020-01-01"), "long ago"}},
	}
}

func TestLayoutGolden(t *testing.T) {
	t.Parallel()
	week := sampleTrend(7)
	month := sampleTrend(30)
	month.Previous = sampleDays(30, 9)
	year := sampleTrend(365)
	weeks, months := sampleTrend(400), sampleTrend(1200)
	weeks.Days, weeks.Per = Grouped(weeks.Days, PerWeek), PerWeek
	months.Days, months.Per = Grouped(months.Days, PerMonth), PerMonth
	failures := sampleTrend(14)
	failures.FailuresOnly = true
	compact := sampleTrend(14)
	compact.Compact = true
	calm := sampleTrend(7)
	for i := range calm.Days {
		calm.Days[i].Failed, calm.Days[i].ByType = 0, nil
	}
	unknown := Trend{Title: "No reports.", Days: make([]Day, 7)}
	for i := range unknown.Days {
		unknown.Days[i].Date = day("2026-11-15").AddDate(0, 0, i)
	}
	huge := Trend{Title: "Huge.", Types: someTypes, Days: []Day{
		{Date: day("2026-11-20"), Known: true, Successful: 1e12, Failed: 1e12, ByType: []int64{1e12}},
		{Date: day("2026-11-21"), Known: true, Successful: 1e18, Failed: 1, ByType: []int64{1}},
	}}
	for name, trend := range map[string]Trend{
		"week": week, "month": month, "year": year, "weeks": weeks, "months": months, "failures": failures, "compact": compact, "calm": calm, "unknown": unknown,
		"huge": huge, "one": {Title: "One.", Days: sampleDays(30, 7)[:1]}, "empty": {Title: "Empty."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, trend.Layout())
		})
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", file, diff)
	}
}

func TestUnknownDaysAreOpenNotZero(t *testing.T) {
	t.Parallel()
	zero := Day{Date: day("2026-11-19"), Known: true}
	open := Day{Date: day("2026-11-20"), Successful: 900, Failed: 900} // counts without a report mean nothing
	full := Day{Date: day("2026-11-21"), Known: true, Successful: 10, Failed: 10}
	g := Trend{Days: []Day{zero, open, full}}.Layout()
	if want := "M12 0h12v1h-12z"; g.Open != want {
		t.Errorf("Open = %s, want %s", g.Open, want)
	}
	if want := "M0 0h12v1h-12zm24 0h12v1h-12z"; g.Known != want {
		t.Errorf("Known = %s, want %s", g.Known, want)
	}
	if got := g.Sessions.Ticks[len(g.Sessions.Ticks)-1].Label; got != "10" {
		t.Errorf("the open day moves the scale to %s", got)
	}
	if want := "M30 0h0"; g.Share != want {
		t.Errorf("Share = %s, want the dot %s of the one day with sessions", g.Share, want)
	}
}

func TestEveryFailureShows(t *testing.T) {
	t.Parallel()
	days := sampleDays(30, 1)
	days[3] = Day{Date: days[3].Date, Known: true, Successful: 1, Failed: 1}
	days[4] = Day{Date: days[4].Date, Known: true, Successful: 1, Failed: 1e9}
	series := Trend{Days: days}.Layout().Failed
	boxes := boxesOf(t, series[len(series)-1].D)
	if boxes[3].h != leastVisible {
		t.Errorf("one failure beside a thousand million is %d units high, want %d", boxes[3].h, leastVisible)
	}
}

func TestStackIsAsHighAsFailed(t *testing.T) {
	t.Parallel()
	types := []string{"certificate-expired", "tlsa-invalid", "dane-required", "new-type"}
	for _, c := range []struct {
		name   string
		byType []int64
		want   map[string]int // class: units of 192 for 100 failed sessions
	}{
		{"exact", []int64{50, 25, 25, 0}, map[string]int{"fail-1": 96, "fail-rest": 96}},
		{"details fall short", []int64{50, 0, 0, 0}, map[string]int{"fail-1": 96, "fail-unexplained": 96}},
		{"no details", nil, map[string]int{"fail-unexplained": 192}},
		{"details overlap", []int64{150, 50, 0, 0}, map[string]int{"fail-1": 144, "fail-rest": 48}},
		{"negative is nothing", []int64{100, -50, 0, 0}, map[string]int{"fail-1": 192}},
	} {
		d := Day{Date: day("2026-11-21"), Known: true, Failed: 100, ByType: c.byType}
		got := map[string]int{}
		for _, s := range (Trend{Days: []Day{d}, Types: types}).Layout().Failed {
			got[s.Class] = boxesOf(t, s.D)[0].h
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestLegendNames(t *testing.T) {
	t.Parallel()
	d := Day{Date: day("2026-11-21"), Known: true, Failed: 10, ByType: []int64{1, 2, 3, 4}}
	for want, types := range map[string][]string{
		"tlsa-invalid":                {"tlsa-invalid"},
		"tlsa-invalid, dane-required": {"tlsa-invalid", "dane-required"},
		"3 other types":               {"tlsa-invalid", "dane-required", "dnssec-invalid"},
	} {
		if got := (Trend{Days: []Day{d}, Types: types}).Layout().Failed[0].Name; got != want {
			t.Errorf("%v: %q, want %q", types, got, want)
		}
	}
}

func TestEventsOfADayShareAMarker(t *testing.T) {
	t.Parallel()
	g := sampleTrend(7).Layout()
	if len(g.Markers) != 1 || g.Markers[0].Label != "MX changed to mx3; certificate renewed" {
		t.Errorf("Markers = %v", g.Markers)
	}
}
