package chart

import (
	"math"
	"strconv"
	"strings"
)

// layer is one colour of the stack: a result type with a colour of its own,
// all the others together, or what no failure detail explains.
type layer struct {
	class string
	names []string
	types []int // indexes of Trend.Types
}

func (l layer) name() string {
	if len(l.names) > 2 {
		return strconv.Itoa(len(l.names)) + " other types"
	}
	return strings.Join(l.names, ", ")
}

// layers groups the types by colour in the order of their first use.
func (t Trend) layers() []layer {
	var layers []layer
	at := make(map[string]int)
	for i, name := range t.Types {
		class := ColourClass(name)
		k, ok := at[class]
		if !ok {
			k = len(layers)
			at[class] = k
			layers = append(layers, layer{class: class})
		}
		layers[k].names = append(layers[k].names, name)
		layers[k].types = append(layers[k].types, i)
	}
	return append(layers, layer{class: unexplainedClass, names: []string{"without detail"}})
}

// stack draws failed sessions as one path per layer; layers that never occur
// are left out.
func (t Trend) stack(s slots, sc scale, high int) []Series {
	layers := t.layers()
	pens := make([]pen, len(layers))
	tops := make([]int, len(layers))
	for i, d := range t.Days {
		full := sc.height(float64(knownCount(d.Known, d.Failed)), high, leastVisible)
		if full == 0 {
			continue
		}
		d.tops(tops, layers, full)
		below := 0
		for k, top := range tops {
			if top > below {
				pens[k].box(s.left(i), high-top, s.bar(), top-below)
				below = top
			}
		}
	}
	var series []Series
	for k := range layers {
		if len(pens[k].buf) > 0 {
			series = append(series, Series{Class: layers[k].class, Name: layers[k].name(), D: pens[k].String()})
		}
	}
	return series
}

// tops finds where each layer of a bar of height full ends. The last layer is
// what the types leave unexplained. Rounding the running sum, not each part,
// makes the parts always add up to the bar.
func (d Day) tops(tops []int, layers []layer, full int) {
	whole := max(d.explained(layers), float64(d.Failed))
	for k := range layers {
		tops[k] = int(math.Round(d.explained(layers[:k+1]) / whole * float64(full)))
	}
	tops[len(layers)-1] = full
}

// explained adds up the failure details of the layers.
func (d Day) explained(layers []layer) float64 {
	sum := 0.0
	for _, l := range layers {
		for _, i := range l.types {
			sum += float64(max(d.byType(i), 0))
		}
	}
	return sum
}
