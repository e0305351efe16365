package chart

import (
	"testing"

	"pgregory.net/rapid"
)

func sampleGrid(n int) Grid {
	letters := "rrrrlrrmrrffr"
	google := GridRow{Name: "Google", Href: "?reporter=google.com"}
	newcomer := GridRow{Name: "comcast.net"}
	for i := range n {
		google.States = append(google.States, State(letters[i%len(letters)]))
		state := NotExpected
		if i > n/2 {
			state = Received
		}
		newcomer.States = append(newcomer.States, state)
	}
	return Grid{From: day("2026-11-22").AddDate(0, 0, -n), Days: n, Rows: []GridRow{google, newcomer, {Name: "silent"}}}
}

func TestGridGolden(t *testing.T) {
	t.Parallel()
	golden(t, "grid_month", sampleGrid(30).Layout())
	golden(t, "grid_year", sampleGrid(365).Layout())
	golden(t, "grid_empty", Grid{From: day("2026-11-22")}.Layout())
}

// Every day is in the path of its state, and in no other.
func TestGridDrawsEachDayOnce(t *testing.T) {
	t.Parallel()
	states := []State{NotExpected, Received, Late, Missing, Failing}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 30, 100, 150}).Draw(t, "days")
		row := GridRow{States: rapid.SliceOfN(rapid.SampledFrom(states), 0, n+3).Draw(t, "states")}
		g := Grid{From: day("2026-01-01"), Days: n, Rows: []GridRow{row}}.Layout()
		drawn := make([]State, n)
		for i := range drawn {
			drawn[i] = NotExpected
		}
		r := g.Rows[0]
		for state, d := range map[State]string{Received: r.Received, Late: r.Late, Missing: r.Missing, Failing: r.Failing} {
			inside(t, state.Word(), d, g.ViewWidth, gridHigh)
			for _, b := range boxesOf(t, d) {
				for x := b.x; x < b.x+b.w; x += slot {
					if was := drawn[x/slot]; was != NotExpected && was != state {
						t.Fatalf("day %d is %s and %s", x/slot, was.Word(), state.Word())
					}
					drawn[x/slot] = state
				}
			}
		}
		for i := range drawn {
			want := NotExpected
			if i < len(row.States) {
				want = row.States[i]
			}
			if drawn[i] != want {
				t.Fatalf("day %d is drawn as %s, want %s", i, drawn[i].Word(), want.Word())
			}
		}
		if len(r.Letters) != n {
			t.Fatalf("%d letters for %d days", len(r.Letters), n)
		}
	})
}

func TestGridSummary(t *testing.T) {
	t.Parallel()
	for letters, want := range map[string]string{
		"": "no report expected", "...": "no report expected",
		"rrrlmmf.": "3 received, 1 late, 1 failing, 2 missing",
	} {
		if got := summary([]State(letters)); got != want {
			t.Errorf("summary(%q) = %q, want %q", letters, got, want)
		}
	}
}
