package chart

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

type box struct{ x, y, w, h int }

type point struct{ x, y int }

// walk follows the commands that pen writes and gives every point on the way,
// one slice for each subpath.
func walk(t interface{ Fatalf(string, ...any) }, d string) [][]point {
	var paths [][]point
	var at, start point
	for i := 0; i < len(d); {
		command := d[i]
		i++
		var args []int
		for i < len(d) && (d[i] == '-' || d[i] == ' ' || d[i] >= '0' && d[i] <= '9') {
			from := i
			for i++; i < len(d) && d[i] >= '0' && d[i] <= '9'; i++ {
			}
			text := d[from:i]
			if text[0] == ' ' {
				text = text[1:]
			}
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("%q in %q: %v", text, d, err)
			}
			args = append(args, n)
		}
		switch {
		case command == 'M' && len(args) == 2:
			at = point{args[0], args[1]}
		case (command == 'm' || command == 'l') && len(args) == 2:
			at = point{at.x + args[0], at.y + args[1]}
		case command == 'h' && len(args) == 1:
			at.x += args[0]
		case command == 'v' && len(args) == 1:
			at.y += args[0]
		case command == 'z' && len(args) == 0:
			at = start
			continue
		default:
			t.Fatalf("command %c with %v in %q", command, args, d)
		}
		if command == 'M' || command == 'm' {
			start = at
			paths = append(paths, nil)
		}
		paths[len(paths)-1] = append(paths[len(paths)-1], at)
	}
	return paths
}

func boxesOf(t interface{ Fatalf(string, ...any) }, d string) []box {
	var boxes []box
	for _, p := range walk(t, d) {
		boxes = append(boxes, box{p[0].x, p[0].y, p[1].x - p[0].x, p[2].y - p[1].y})
	}
	return boxes
}

func drawDays(t *rapid.T, label string, n, types int) []Day {
	count := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 1e5), rapid.Int64Range(0, 1e12), rapid.Int64Range(0, 1<<62))
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Day {
		return Day{
			Known:      rapid.Bool().Draw(t, "known"),
			Filling:    rapid.Bool().Draw(t, "filling"),
			Successful: count.Draw(t, "successful"),
			Failed:     count.Draw(t, "failed"),
			ByType:     rapid.SliceOfN(count, 0, types).Draw(t, "types"),
		}
	}), n, n).Draw(t, label)
}

func drawTrend(t *rapid.T) Trend {
	n := rapid.SampledFrom([]int{0, 1, 2, 7, 30, 46, 100, 121, 200}).Draw(t, "days")
	names := []string{"certificate-expired", "starttls-not-supported", "tlsa-invalid", "dane-required", "x"}
	trend := Trend{
		Types:        names[:rapid.IntRange(0, len(names)).Draw(t, "types")],
		FailuresOnly: rapid.Bool().Draw(t, "failures only"),
		Compact:      rapid.Bool().Draw(t, "compact"),
	}
	trend.Days = drawDays(t, "days", n, len(names))
	for i := range trend.Days {
		trend.Days[i].Date = day("2026-01-01").AddDate(0, 0, i)
	}
	trend.Previous = drawDays(t, "previous", rapid.IntRange(0, n+2).Draw(t, "previous days"), 0)
	for i := range rapid.IntRange(0, 5).Draw(t, "events") {
		trend.Events = append(trend.Events, Event{Day: day("2025-12-30").AddDate(0, 0, i*3), Label: "event"})
	}
	return trend
}

// inside checks that a path stays in its drawing and, within a subpath that
// goes from left to right, never turns back.
func inside(t *rapid.T, name, d string, width, height int) {
	for _, path := range walk(t, d) {
		for _, p := range path {
			if p.x < 0 || p.x > width || p.y < 0 || p.y > height {
				t.Fatalf("%s leaves %dx%d at %v: %s", name, width, height, p, d)
			}
		}
	}
}

func monotone(t *rapid.T, name, d string) {
	last := -1
	for _, path := range walk(t, d) {
		for _, p := range path {
			if p.x < last {
				t.Fatalf("%s turns back at %v: %s", name, p, d)
			}
			last = p.x
		}
	}
}

func TestLayoutStaysInItsBox(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		trend := drawTrend(t)
		g := trend.Layout()
		for name, runs := range map[string]string{"open": g.Open, "known": g.Known, "filling": g.Filling} {
			inside(t, name, runs, g.ViewWidth, 1)
		}
		for _, s := range g.Failed {
			inside(t, s.Class, s.D, g.ViewWidth, g.Failures.units())
		}
		for name, d := range map[string]string{"bars": g.Bars, "previous": g.Previous} {
			if g.Sessions != nil {
				inside(t, name, d, g.ViewWidth, g.Sessions.units())
			} else if d != "" {
				t.Fatalf("%s without a panel", name)
			}
			monotone(t, name, d)
		}
		inside(t, "share", g.Share, g.ViewWidth, shareHigh*unit)
		monotone(t, "share", g.Share)
		checkPanels(t, g)
		checkPlaces(t, g)
	})
}

func checkPanels(t *rapid.T, g TrendGeometry) {
	above := 0
	for _, p := range g.panels() {
		if p.Top < above+headRoom || p.Height <= 0 || p.Bottom()+axisHigh > g.Height {
			t.Fatalf("panel %+v after %d in %d", p, above, g.Height)
		}
		above = p.Bottom()
		if p.Ticks[0].Y != p.Bottom() || p.Ticks[0].Label[0] != '0' {
			t.Fatalf("%s does not start at zero: %v", p.Name, p.Ticks)
		}
		for i, tick := range p.Ticks[1:] {
			if tick.Y >= p.Ticks[i].Y || tick.Y < p.Top || tick.Label == p.Ticks[i].Label {
				t.Fatalf("%s: ticks %v", p.Name, p.Ticks)
			}
		}
	}
}

func checkPlaces(t *rapid.T, g TrendGeometry) {
	last := 0.0
	for _, m := range g.Markers {
		if m.At <= last || m.At >= 100 {
			t.Fatalf("markers %v", g.Markers)
		}
		last = m.At
	}
}

// Open and known days are a partition, and only known days have marks.
func TestLayoutDrawsKnownDaysOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		trend := drawTrend(t)
		g := trend.Layout()
		covered := make([]int, len(trend.Days))
		for _, d := range []string{g.Open, g.Known} {
			for _, b := range boxesOf(t, d) {
				for x := b.x; x < b.x+b.w; x += slot {
					covered[x/slot]++
				}
			}
		}
		drawn := make([]bool, len(trend.Days))
		for _, s := range g.Failed {
			for _, b := range boxesOf(t, s.D) {
				drawn[b.x/slot] = true
			}
		}
		for i, d := range trend.Days {
			if covered[i] != 1 {
				t.Fatalf("day %d is covered %d times", i, covered[i])
			}
			if want := d.Known && d.Failed > 0; drawn[i] != want {
				t.Fatalf("day %d: failures drawn %v, want %v", i, drawn[i], want)
			}
		}
	})
}

// The layers of a day stand on each other without gaps, up from the zero line.
func TestStackHasNoGaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		trend := drawTrend(t)
		g := trend.Layout()
		base := make(map[int]int)
		for _, s := range g.Failed {
			for _, b := range boxesOf(t, s.D) {
				if want := g.Failures.units() - base[b.x]; b.y+b.h != want || b.h <= 0 {
					t.Fatalf("%s at %d spans %d to %d, should stand on %d", s.Class, b.x, b.y, b.y+b.h, want)
				}
				base[b.x] += b.h
			}
		}
	})
}
