package chart

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSparkGolden(t *testing.T) {
	t.Parallel()
	golden(t, "spark", Spark{Days: sampleDays(14, 7), Label: "14 days"}.Layout())
	golden(t, "spark_failures", Spark{Days: sampleDays(14, 7), Label: "14 days", FailuresOnly: true}.Layout())
	golden(t, "spark_empty", Spark{}.Layout())
}

func TestSparkStaysInItsBox(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := Spark{Days: drawDays(t, "days", rapid.IntRange(0, 60).Draw(t, "n"), 0), FailuresOnly: rapid.Bool().Draw(t, "failures only")}
		g := s.Layout()
		inside(t, "up", g.Up, g.ViewWidth, g.Base)
		inside(t, "failed", g.Failed, g.ViewWidth, g.ViewHeight)
		inside(t, "known", g.Known, g.ViewWidth, 1)
		monotone(t, "up", g.Up)
		monotone(t, "failed", g.Failed)
		if (g.Failed == "") != (s.count(func(d Day) int64 { return d.Failed }) == 0) {
			t.Fatalf("failed is drawn as %q", g.Failed)
		}
	})
}

func (s Spark) count(of func(Day) int64) int64 {
	var n int64
	for _, d := range s.Days {
		n = max(n, knownCount(d.Known, of(d)))
	}
	return n
}

func TestBarWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int64
		want        float64
	}{{0, 10, 0}, {1, 0, 0}, {-1, 10, 0}, {5, 10, 50}, {1, 1e12, 1}, {20, 10, 100}} {
		if got := barWidth(c.part, c.whole); got != c.want {
			t.Errorf("barWidth(%d, %d) = %g, want %g", c.part, c.whole, got, c.want)
		}
	}
}

// One failure among a million is not drawn like one among three.
func TestSparkKeepsFewFailuresSmall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		successful, failed int64
		want               string
	}{
		{1_000_000, 1, "M2 40v4h8v-4"}, {1_000_000, 5_000, "M2 40v8h8v-8"}, {1_000_000, 10_000, "M2 40v16h8v-16"},
		{10, 5, "M2 40v16h8v-16"}, {0, 1, "M2 40v16h8v-16"},
	} {
		s := Spark{Days: []Day{{Known: true, Successful: c.successful, Failed: c.failed}}}
		if got := s.Layout().Failed; got != c.want {
			t.Errorf("%d beside %d failed are drawn as %s, want %s", c.successful, c.failed, got, c.want)
		}
	}
}
