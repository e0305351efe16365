package chart

import (
	"fmt"
	"strings"
	"time"
)

// State is what a reporter did for a UTC day.
type State byte

// The states of a reporter's day. NotExpected is a day before the reporter was
// first seen or one whose report is not due yet.
const (
	NotExpected State = '.'
	Received    State = 'r'
	Late        State = 'l'
	Missing     State = 'm'
	Failing     State = 'f' // received, and it counts failed sessions
)

// Word names the state.
func (s State) Word() string {
	switch s {
	case Received:
		return "received"
	case Late:
		return "late"
	case Missing:
		return "missing"
	case Failing:
		return "failing"
	default:
		return "not expected"
	}
}

// Grid shows for each reporter and day whether a report came.
type Grid struct {
	ID   string // starts the ids in the page and must be unique there; empty is "grid"
	From time.Time
	Rows []GridRow
	Days int
}

// GridRow is one reporter. States beyond Grid.Days are left out, those that
// lack are NotExpected.
type GridRow struct {
	Name   string
	Href   string // page or filter of the reporter; may be empty
	States []State
}

const (
	gridHigh  = 16 // pixels and units of a row
	gridMask  = "failing"
	defaultGr = "grid"
)

// GridGeometry is a Grid laid out. Each state has a shape of its own: received
// fills the cell, late its lower half, missing is an empty frame, failing is
// hatched.
type GridGeometry struct {
	ID        string
	ViewWidth int
	From      string
	Labels    []Label
	Rows      []GridRowGeometry
}

// GridRowGeometry holds one path for each state, in units of ViewWidth by 16.
type GridRowGeometry struct {
	Name, Href string
	Summary    string // the row in words
	Letters    string // a State for each day, for the value under the pointer
	Received   string
	Late       string
	Missing    string
	Failing    string
	// Rails: days are too narrow for frames; Missing is drawn as its upper and
	// lower edge.
	Rails bool
}

// Layout computes the paths.
func (g Grid) Layout() GridGeometry {
	s := newSlots(g.Days)
	out := GridGeometry{ID: g.ID, ViewWidth: s.width(), From: isoDay(g.From), Labels: dayLabels(g.From, g.Days)}
	if out.ID == "" {
		out.ID = defaultGr
	}
	for _, row := range g.Rows {
		out.Rows = append(out.Rows, row.layout(s))
	}
	return out
}

func (r GridRow) layout(s slots) GridRowGeometry {
	states := make([]State, s.n)
	for i := range states {
		states[i] = NotExpected
		if i < len(r.States) {
			states[i] = r.States[i]
		}
	}
	missing := s.cells(states, Missing, 1, gridHigh-2)
	if s.gap == 0 {
		missing = s.cells(states, Missing, 1, 1) + s.cells(states, Missing, gridHigh-2, 1)
	}
	return GridRowGeometry{
		Name: r.Name, Href: r.Href,
		Summary:  summary(states),
		Letters:  string(stateLetters(states)),
		Received: s.cells(states, Received, 1, gridHigh-2),
		Late:     s.cells(states, Late, gridHigh/2, gridHigh/2-1),
		Missing:  missing,
		Rails:    s.gap == 0,
		Failing:  s.cells(states, Failing, 1, gridHigh-2),
	}
}

func stateLetters(states []State) []byte {
	letters := make([]byte, len(states))
	for i, s := range states {
		letters[i] = byte(s)
	}
	return letters
}

// cells draws the days of one state; neighbours join where cells have no gap.
func (s slots) cells(states []State, want State, y, h int) string {
	p := pen{buf: make([]byte, 0, 8*s.n)}
	for i := 0; i < s.n; i++ {
		if states[i] != want {
			continue
		}
		first := i
		for s.gap == 0 && i+1 < s.n && states[i+1] == want {
			i++
		}
		p.box(s.left(first), y, (i-first)*slot+s.bar(), h)
	}
	return p.String()
}

// summary counts the states in words: "27 received, 1 late, 2 missing".
func summary(states []State) string {
	var parts []string
	for _, want := range []State{Received, Late, Failing, Missing} {
		n := 0
		for _, s := range states {
			if s == want {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, want.Word()))
		}
	}
	if len(parts) == 0 {
		return "no report expected"
	}
	return strings.Join(parts, ", ")
}
