package chart

// Heights of a sparkline in units; it is drawn two pixels wide per slot unit
// at most and never has words.
const (
	sparkUp   = 40
	sparkDown = 16
	sparkSlot = 6 // pixels of width for a day
)

// sparkShare is the part of the most successful sessions of a day that fills the
// scale of failed ones, unless more have failed: without it one failure among a
// million would look like a third of all.
const sparkShare = 100

// Spark is a chart of the size of a word: successful sessions upwards and,
// beneath the line, failed ones downwards, each on its own scale. That of failed
// ones ends at the worst day, or at 1 % of the best where that is more. Days that
// are not known are left out of the line as well.
type Spark struct {
	Days  []Day
	Label string // what a screen reader says instead
	// FailuresOnly draws failed sessions upwards and nothing else.
	FailuresOnly bool
}

// SparkGeometry is a Spark laid out, in units of ViewWidth by ViewHeight.
type SparkGeometry struct {
	Label      string
	Width      int // pixels
	ViewWidth  int
	ViewHeight int
	Base       int    // the zero line, in units from the top
	Known      string // the zero line, boxes of height 1
	Up         string // successful sessions; empty when only failures are drawn
	Failed     string
}

// Layout computes the paths.
func (s Spark) Layout() SparkGeometry {
	n := len(s.Days)
	sl := slots{n, 2}
	g := SparkGeometry{Label: s.Label, Width: n * sparkSlot, ViewWidth: sl.width(), Base: sparkUp, ViewHeight: sparkUp + sparkDown}
	g.Known = sl.runs(func(i int) bool { return s.Days[i].Known })
	failed := func(d Day) int64 { return knownCount(d.Known, d.Failed) }
	if s.FailuresOnly {
		g.ViewHeight = sparkUp + 2
		g.Failed = sl.bars(s.heights(failed, sparkUp, 0), sparkUp)
		return g
	}
	successful := func(d Day) int64 { return knownCount(d.Known, d.Successful) }
	g.Up = sl.bars(s.heights(successful, sparkUp, 0), sparkUp)
	down := s.heights(failed, sparkDown, s.most(successful)/sparkShare)
	for i := range down {
		down[i] = -down[i]
	}
	g.Failed = sl.bars(down, sparkUp)
	return g
}

func (s Spark) most(count func(Day) int64) (most int64) {
	for _, d := range s.Days {
		most = max(most, count(d))
	}
	return most
}

// heights scales the counts to the highest of them, or to least where that is
// more, which fills high.
func (s Spark) heights(count func(Day) int64, high int, least int64) []int {
	most := max(s.most(count), least)
	hs := make([]int, len(s.Days))
	for i, d := range s.Days {
		hs[i] = scale{top: float64(most), steps: 1}.height(float64(count(d)), high, 4)
	}
	return hs
}
