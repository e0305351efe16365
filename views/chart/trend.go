package chart

import (
	"strconv"
	"time"
)

// Day is what is known of one UTC day.
type Day struct {
	Date       time.Time // any instant of the UTC day
	Known      bool      // at least one counted report covers it; without, the day is drawn open, never as zero
	Successful int64
	Failed     int64
	// ByType splits Failed by Trend.Types, index for index; it may be nil or
	// short. It comes from failure details, which may overlap or fall short of
	// the summaries: bars are as high as Failed, larger sums are scaled down to
	// it, and what is missing is drawn as unexplained.
	ByType  []int64
	Filling bool // reports for it are still expected
}

// Event is an observed change: record, MX, certificate, policy.
type Event struct {
	Day   time.Time
	Label string
}

// Trend is the chart of a domain or an account by UTC day.
type Trend struct {
	ID    string   // starts the ids in the page and must be unique there; empty is "trend"
	Title string   // a sentence with the main number
	Days  []Day    // consecutive, oldest first; made for 7 to 400
	Types []string // result types, in the order in which they are stacked
	// Per is what a bar covers; Days are then the sums of Grouped.
	Per Period
	// Previous, when given, is the period before, matched day by day with Days
	// by the caller; it becomes a dashed line of successful sessions.
	Previous []Day
	Events   []Event
	// FailuresOnly leaves out successful sessions and share: a trend filtered
	// by MX, network or result type knows only failures.
	FailuresOnly bool
	// Compact halves the height and leaves out the share.
	Compact bool
	// DaysURL is the page of a day without the date that ends it; "" leaves days
	// unlinked.
	DaysURL string
}

// Heights in pixels and the units that a pixel of height is divided into.
const (
	unit          = 2
	headRoom      = 24 // the name above a panel
	sessionsHigh  = 128
	failuresHigh  = 96
	shareHigh     = 56
	noFailureHigh = 36 // the good case takes little room
	between       = 10 // under a zero line; event markers hang there
	axisHigh      = 26
	leastVisible  = 3 // units: 1.5 pixels
	defaultID     = "trend"
)

// Tick is one grid line.
type Tick struct {
	Y     int // pixels from the top of the chart
	Label string
}

// Panel is one plot over the day axis.
type Panel struct {
	Name   string
	Top    int // pixels
	Height int // pixels
	Ticks  []Tick
}

// newPanel stands under what the chart has so far.
func (g TrendGeometry) newPanel(name string, height int) Panel {
	top := headRoom
	if last := g.last(); last != nil {
		top += last.Bottom() + between
	}
	return Panel{Name: name, Top: top, Height: height}
}

// last is the lowest panel yet.
func (g TrendGeometry) last() *Panel {
	switch {
	case g.Rate != nil:
		return g.Rate
	case g.Failures.Height > 0:
		return &g.Failures
	default:
		return g.Sessions
	}
}

// Bottom is where the zero line lies.
func (p Panel) Bottom() int { return p.Top + p.Height }

// units is the height of the panel's drawing.
func (p Panel) units() int { return p.Height * unit }

// Series is one shape of the chart and its entry in the legend.
type Series struct {
	Class string // colour, see ColourClass
	Name  string
	D     string // path
}

// Marker is a day with events.
type Marker struct {
	At    float64 // percent of the width
	Label string
}

// TrendGeometry is a trend laid out: everything that TrendSVG writes. Paths
// are in units of ViewWidth by two to the pixel of panel height.
type TrendGeometry struct {
	ID        string
	Title     string
	Period    string // what a bar covers, as a word
	Height    int    // pixels
	ViewWidth int
	Sessions  *Panel // nil when only failures are known
	Failures  Panel
	Rate      *Panel // nil when only failures are known, there are none, or the chart is compact
	Bars      string // successful sessions
	Previous  string // line, in the drawing of Sessions
	Failed    []Series
	Share     string // line, in the drawing of Rate
	Open      string // days without a report, boxes of height 1
	Known     string // days with reports, boxes of height 1
	Filling   string // days still filling, boxes of height 1
	Labels    []Label
	Markers   []Marker
	Linked    bool   // days have pages
	Note      string // said in Failures when it has nothing to draw
}

// Layout computes every path and label.
func (t Trend) Layout() TrendGeometry {
	s := newSlots(len(t.Days))
	g := TrendGeometry{ID: t.id(), Title: t.Title, Period: t.Per.word(), ViewWidth: s.width(), Linked: t.DaysURL != ""}
	if !t.FailuresOnly {
		t.layoutSessions(&g, s)
	}
	t.layoutFailures(&g, s)
	g.Height = g.last().Bottom() + axisHigh
	known := func(i int) bool { return t.Days[i].Known }
	g.Known = s.runs(known)
	g.Open = s.runs(func(i int) bool { return !known(i) })
	g.Filling = s.runs(func(i int) bool { return t.Days[i].Filling })
	if len(t.Days) > 0 {
		g.Labels = t.labels()
		g.Markers = t.markers(s)
	}
	return g
}

func (t Trend) id() string {
	if t.ID == "" {
		return defaultID
	}
	return t.ID
}

func (t Trend) high(pixels int) int {
	if t.Compact {
		return pixels / 2
	}
	return pixels
}

// steps is how many steps a scale has at most.
func (t Trend) steps(most int) int {
	if t.Compact {
		return 2
	}
	return most
}

func (t Trend) layoutSessions(g *TrendGeometry, s slots) {
	var most int64
	for _, days := range [][]Day{t.Days, t.Previous} {
		for _, d := range days {
			most = max(most, knownCount(d.Known, d.Successful))
		}
	}
	panel := g.newPanel("Successful sessions a "+t.Per.word(), t.high(sessionsHigh))
	g.Sessions = &panel
	if most == 0 {
		panel.Ticks = panel.zeroTick()
		return
	}
	sc := countScale(most, t.steps(4))
	panel.Ticks = panel.ticks(sc, func(v float64) string { return Short(int64(v)) })
	high := panel.units()
	heights := make([]int, len(t.Days))
	for i, d := range t.Days {
		heights[i] = sc.height(float64(knownCount(d.Known, d.Successful)), high, leastVisible)
	}
	g.Bars = s.bars(heights, high)
	g.Previous = t.previousLine(s, sc, high)
}

func knownCount(known bool, n int64) int64 {
	if !known {
		return 0
	}
	return n
}

func (t Trend) previousLine(s slots, sc scale, high int) string {
	n := min(len(t.Previous), len(t.Days))
	ys := make([]int, n)
	for i, d := range t.Previous[:n] {
		ys[i] = high - sc.height(float64(d.Successful), high, 0)
	}
	return s.line(ys, func(i int) bool { return t.Previous[i].Known })
}

func (t Trend) layoutFailures(g *TrendGeometry, s slots) {
	var most int64
	known := false
	for _, d := range t.Days {
		known = known || d.Known
		most = max(most, knownCount(d.Known, d.Failed))
	}
	if most == 0 {
		g.Failures = g.newPanel("Failed sessions a "+t.Per.word(), noFailureHigh)
		g.Failures.Ticks = g.Failures.zeroTick()
		g.Note = "No failed sessions."
		if !known {
			g.Note = "No report covers these days."
		}
		return
	}
	g.Failures = g.newPanel("Failed sessions a "+t.Per.word(), t.high(failuresHigh))
	sc := countScale(most, t.steps(3))
	g.Failures.Ticks = g.Failures.ticks(sc, func(v float64) string { return Short(int64(v)) })
	g.Failed = t.stack(s, sc, g.Failures.units())
	if !t.FailuresOnly && !t.Compact {
		t.layoutShare(g, s)
	}
}

func (t Trend) layoutShare(g *TrendGeometry, s slots) {
	var worst float64
	for _, d := range t.Days {
		worst = max(worst, d.share())
	}
	sc := shareScale(worst, 2)
	panel := g.newPanel("Failed, share of all sessions", shareHigh)
	panel.Ticks = panel.ticks(sc, func(v float64) string {
		return strconv.FormatFloat(v*100, 'g', 4, 64) + thin + "%"
	})
	g.Rate = &panel
	ys := make([]int, len(t.Days))
	for i, d := range t.Days {
		ys[i] = panel.units() - sc.height(d.share(), panel.units(), 0)
	}
	g.Share = s.line(ys, func(i int) bool { return t.Days[i].hasShare() })
}

// share is failed of all sessions, 0 where there were none.
func (d Day) share() float64 {
	if !d.hasShare() {
		return 0
	}
	return float64(d.Failed) / (float64(d.Failed) + float64(d.Successful))
}

func (d Day) hasShare() bool { return d.Known && (d.Failed > 0 || d.Successful > 0) }

func (p Panel) zeroTick() []Tick { return []Tick{{Y: p.Bottom(), Label: "0"}} }

// ticks are the grid lines of a scale from the zero line upwards.
func (p Panel) ticks(sc scale, label func(float64) string) []Tick {
	ticks := make([]Tick, 0, sc.steps+1)
	for i := range sc.steps + 1 {
		value := sc.top / float64(sc.steps) * float64(i)
		ticks = append(ticks, Tick{Y: p.Bottom() - p.Height*i/sc.steps, Label: label(value)})
	}
	return ticks
}

// markers gathers the events by day; those outside of the range are left out.
func (t Trend) markers(s slots) []Marker {
	byDay := make(map[int]string)
	for _, e := range t.Events {
		i := t.index(e.Day)
		if i < 0 {
			continue
		}
		if byDay[i] != "" {
			byDay[i] += "; "
		}
		byDay[i] += e.Label
	}
	markers := make([]Marker, 0, len(byDay))
	for i := range s.n {
		if label, ok := byDay[i]; ok {
			markers = append(markers, Marker{At: s.percent(i), Label: label})
		}
	}
	return markers
}

// dayNumber counts UTC days since 1970.
func dayNumber(d time.Time) int {
	return int(d.UTC().Truncate(24*time.Hour).Unix() / 86400)
}
