package chart

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1_000", 184203: "184_203", 1234567: "1_234_567",
		1e12: "1_000_000_000_000", -1500: "−1_500",
		math.MaxInt64: "9_223_372_036_854_775_807", math.MinInt64: "−9_223_372_036_854_775_808",
	} {
		if got := strings.ReplaceAll(Number(n), "\u202f", "_"); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, total int64
		want        string
	}{
		{0, 0, "–"}, {5, 0, "–"}, {0, 10, "0.0_%"}, {10, 10, "100.0_%"}, {4, 1000, "0.4_%"},
		{1, 1000, "0.1_%"}, {1, 1001, "<_0.1_%"}, {1, 1e12, "<_0.1_%"}, {999, 1000, "99.9_%"},
		{9996, 10000, ">_99.9_%"}, {1, 3, "33.3_%"}, {2, 3, "66.7_%"}, {1, 2000, "<_0.1_%"},
		{15, 10000, "0.2_%"}, {1e18, 2e18, "50.0_%"},
	} {
		if got := strings.ReplaceAll(Share(c.part, c.total), "\u202f", "_"); got != c.want {
			t.Errorf("Share(%d, %d) = %q, want %q", c.part, c.total, got, c.want)
		}
	}
}

func TestShareIsExactOnlyAtTheEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(1, 1e15).Draw(t, "total")
		part := rapid.Int64Range(0, total).Draw(t, "part")
		got := Share(part, total)
		if (got == "0.0\u202f%") != (part == 0) || (got == "100.0\u202f%") != (part == total) {
			t.Fatalf("Share(%d, %d) = %q", part, total, got)
		}
	})
}

func TestShort(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 950: "950", 1000: "1k", 2500: "2.5k", 25000: "25k", 250000: "250k", 1e6: "1M",
		2500000: "2.5M", 5e9: "5G", 1e12: "1T", 2e15: "2P", 5e18: "5E",
	} {
		if got := Short(n); got != want {
			t.Errorf("Short(%d) = %q, want %q", n, got, want)
		}
	}
}
