package chart

import "strconv"

// percent writes a place on the width: "12.34%".
func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// top is where the upper panel begins.
func (g TrendGeometry) top() int {
	if g.Sessions != nil {
		return g.Sessions.Top
	}
	return g.Failures.Top
}

// markerTop is where event markers hang: from the zero line of the upper
// panel, pointing at what they may explain.
func (g TrendGeometry) markerTop() int {
	if g.Sessions != nil {
		return g.Sessions.Bottom()
	}
	return g.Failures.Bottom()
}
