package chart

import (
	"strconv"

	"github.com/a-h/templ"
)

// shape is a path whose class and data are our own: written raw, since looking
// for characters to escape takes longer than drawing a year.
func shape(class, d string) templ.Component {
	return templ.Raw(`<path class="` + class + `" d="` + d + `"></path>`)
}

// percent writes a place on the width: "12.34%".
func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// panels are the plots from top to bottom.
func (g TrendGeometry) panels() []Panel {
	var panels []Panel
	if g.Sessions != nil {
		panels = append(panels, *g.Sessions)
	}
	panels = append(panels, g.Failures)
	if g.Rate != nil {
		panels = append(panels, *g.Rate)
	}
	return panels
}

// top is where the upper panel begins.
func (g TrendGeometry) top() int {
	return g.panels()[0].Top
}

// markerTop is where event markers hang: from the zero line of the upper
// panel, pointing at what they may explain.
func (g TrendGeometry) markerTop() int {
	return g.panels()[0].Bottom()
}

// legendID names a legend by what it has. One that names other things is another
// legend, whose entries are not those of the last one that have moved.
func (g TrendGeometry) legendID() string {
	id := g.ID + "-legend"
	for _, part := range []struct{ word, drawn string }{{"-bars", g.Bars}, {"-before", g.Previous}, {"-open", g.Open}, {"-filling", g.Filling}} {
		if part.drawn != "" {
			id += part.word
		}
	}
	for _, s := range g.Failed {
		id += "-" + s.Class
	}
	return id + "-" + strconv.Itoa(min(len(g.Markers), 1))
}
