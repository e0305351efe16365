package handlers

import (
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views/chart"
)

const (
	gridReporters = 12
	// gridDays is the longest grid: cells of less than two pixels say nothing.
	gridDays = 400
)

// reporterGrid shows which reporter reported when, those with most sessions first.
func reporterGrid(q domainQuery, span models.Span, attendance []ledger.Attendance, sum ledger.Sum) *chart.Grid {
	if length(span) < 2 || length(span) > gridDays {
		return nil
	}
	states := map[string][]ledger.State{}
	for _, a := range attendance {
		states[a.Reporter] = a.States
	}
	grid := &chart.Grid{From: span.From.Time(), Days: length(span)}
	for _, r := range sum.Reporters[:min(len(sum.Reporters), gridReporters)] {
		row := chart.GridRow{Name: reporterName(r.Name), Href: q.with(ledger.ByReporter, r.Name).url(), States: make([]chart.State, len(states[r.Name]))}
		for i, state := range states[r.Name] {
			row.States[i] = gridState(state)
		}
		grid.Rows = append(grid.Rows, row)
	}
	if len(grid.Rows) == 0 {
		return nil
	}
	return grid
}

func gridState(s ledger.State) chart.State {
	switch s {
	case ledger.Received:
		return chart.Received
	case ledger.Late:
		return chart.Late
	case ledger.Missing:
		return chart.Missing
	case ledger.Failing:
		return chart.Failing
	default:
		return chart.NotExpected
	}
}
