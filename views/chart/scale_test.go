package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestCountScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		max  int64
		most int
		want scale
	}{
		{1, 4, scale{2, 2}}, {3, 4, scale{3, 3}}, {4, 4, scale{4, 4}}, {41, 4, scale{50, 2}},
		{60, 4, scale{60, 3}}, {100, 4, scale{100, 4}}, {184203, 4, scale{200000, 4}},
		{7, 3, scale{10, 2}}, {236, 3, scale{300, 3}}, {1e12, 4, scale{1e12, 4}},
	} {
		if got := countScale(c.max, c.most); got != c.want {
			t.Errorf("countScale(%d, %d) = %v, want %v", c.max, c.most, got, c.want)
		}
	}
}

func TestCountScaleHoldsEveryMaximum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Int64Range(1, 1e18).Draw(t, "max")
		s := countScale(most, rapid.IntRange(2, 4).Draw(t, "steps"))
		step := s.top / float64(s.steps)
		switch {
		case s.top < float64(most):
			t.Fatalf("%v is lower than %d", s, most)
		case most > 2 && s.top > 2.1*float64(most):
			t.Fatalf("%v leaves most of the panel empty for %d", s, most)
		case step != math.Trunc(step):
			t.Fatalf("%v counts in fractions", s)
		}
	})
}

func TestShareScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ max, want float64 }{
		{0.004, 0.004}, {0.006, 0.01}, {0.0000001, 0.001}, {1, 1}, {0.55, 1}, {0.03, 0.04}, {0.041, 0.05},
	} {
		if got := shareScale(c.max, 2).top; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("shareScale(%g) tops at %g, want %g", c.max, got, c.want)
		}
	}
}

func TestHeight(t *testing.T) {
	t.Parallel()
	s := scale{100, 4}
	for _, c := range []struct {
		v    float64
		want int
	}{{0, 0}, {-3, 0}, {0.001, 6}, {50, 200}, {100, 400}, {1000, 400}} {
		if got := s.height(c.v, 400, 6); got != c.want {
			t.Errorf("height(%g) = %d, want %d", c.v, got, c.want)
		}
	}
}
