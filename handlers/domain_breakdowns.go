package handlers

import (
	"context"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

const (
	breakdownRows = 10
	gridReporters = 12
)

// fillBreakdowns puts in the tables that split the range, and the grid.
func (s *site) fillBreakdowns(ctx context.Context, page *views.DomainPage, d models.Domain) error {
	span := spanOf(page.Range)
	results, err := s.Store.ResultTypesOf(ctx, d, span)
	if err != nil {
		return err
	}
	reporters, err := s.Store.ReportersOf(ctx, d, span)
	if err != nil {
		return err
	}
	mxs, err := s.Store.ReceivingMXOf(ctx, d, span)
	if err != nil {
		return err
	}
	networks, err := s.Store.SendingNetworksOf(ctx, d, span)
	if err != nil {
		return err
	}
	policies, err := s.Store.PoliciesOf(ctx, d, span)
	if err != nil {
		return err
	}
	page.Reporters = len(reporters)
	page.Breakdowns = []views.Breakdown{
		byResult(results), byReporter(reporters), byMX(mxs), byNetwork(networks), byPolicy(policies),
	}
	page.Grid, err = s.reporterGrid(ctx, d, span, reporters)
	return err
}

func byResult(shares []models.Share) views.Breakdown {
	b := views.Breakdown{ID: "result", Title: "By result type", Column: "Result type", FailuresOnly: true, Note: "Details may overlap and need not add up."}
	return withRows(b, shares, func(s models.Share) views.BreakdownRow {
		return views.BreakdownRow{Label: s.Name, Mono: true, ResultType: s.Name, Detail: tlsrpt.DescribeResult(s.Name).Meaning}
	})
}

func byReporter(shares []models.Share) views.Breakdown {
	b := views.Breakdown{ID: "reporter", Title: "By reporter", Column: "Reporter"}
	return withRows(b, shares, func(s models.Share) views.BreakdownRow {
		if name := friendlyName(s.Name); name != "" {
			return views.BreakdownRow{Label: name, Detail: s.Name}
		}
		return views.BreakdownRow{Label: s.Name, Mono: true}
	})
}

func byMX(shares []models.Share) views.Breakdown {
	b := views.Breakdown{ID: "mx", Title: "By receiving MX", Column: "MX", FailuresOnly: true, Note: "Reporters name the MX for failures only."}
	return withRows(b, shares, func(s models.Share) views.BreakdownRow { return nameOr(s.Name, "no MX is named") })
}

func byNetwork(shares []models.Share) views.Breakdown {
	b := views.Breakdown{ID: "network", Title: "By sending network", Column: "Network", FailuresOnly: true, Note: "Reporters name the sender's address for failures only."}
	return withRows(b, shares, func(s models.Share) views.BreakdownRow { return nameOr(s.Name, "no address is named") })
}

func nameOr(name, none string) views.BreakdownRow {
	if name == "" {
		return views.BreakdownRow{Label: none}
	}
	return views.BreakdownRow{Label: name, Mono: true}
}

// withRows puts the first rows in and counts the rest.
func withRows(b views.Breakdown, shares []models.Share, row func(models.Share) views.BreakdownRow) views.Breakdown {
	for i, s := range shares {
		if i == breakdownRows {
			b.More = len(shares) - breakdownRows
			break
		}
		r := row(s)
		r.Sessions = views.Sessions{Successful: s.Successful, Failed: s.Failed}
		b.Rows = append(b.Rows, r)
	}
	return b
}

func byPolicy(policies []models.PolicyShare) views.Breakdown {
	b := views.Breakdown{ID: "policy", Title: "By policy", Column: "Policy", Note: "MTA-STS and DANE see the same sessions: the rows do not add up."}
	for _, p := range policies {
		b.Rows = append(b.Rows, views.BreakdownRow{
			Label: policyName(p.PolicyType), Detail: p.Mode,
			Sessions: views.Sessions{Successful: p.Successful, Failed: p.Failed},
		})
	}
	return b
}

func policyName(policyType string) string {
	switch tlsrpt.PolicyType(policyType) {
	case tlsrpt.PolicySTS:
		return "MTA-STS"
	case tlsrpt.PolicyTLSA:
		return "DANE"
	case tlsrpt.NoPolicyFound:
		return "no policy"
	case "":
		return "not stated"
	default:
		return policyType
	}
}

// reporterGrid shows who reported when. A reporter that writes nearly every
// day is missed on the days between; one that writes now and then is not.
func (s *site) reporterGrid(ctx context.Context, d models.Domain, span models.Span, reporters []models.Share) (*chart.Grid, error) {
	cells, err := s.Store.ReporterDays(ctx, d, span)
	if err != nil {
		return nil, err
	}
	states := map[string][]chart.State{}
	for _, cell := range cells {
		row := states[cell.Reporter]
		if row == nil {
			row = make([]chart.State, length(span))
		}
		row[cell.Day-span.From] = chart.Received
		if cell.Failed > 0 {
			row[cell.Day-span.From] = chart.Failing
		}
		states[cell.Reporter] = row
	}
	due := int(models.DayOf(s.Now())-fillingDays-span.From) - 1 // the last day whose reports should be here
	grid := &chart.Grid{From: span.From.Time(), Days: length(span)}
	for _, r := range reporters[:min(len(reporters), gridReporters)] {
		grid.Rows = append(grid.Rows, chart.GridRow{Name: reporterName(r.Name), States: withGaps(states[r.Name], due)})
	}
	return grid, nil
}

// regular is how much of its days a reporter must cover to be missed.
const regular = 0.8

// withGaps fills the days without a report, which are 0 in states.
func withGaps(states []chart.State, due int) []chart.State {
	first, got := -1, 0
	for i, st := range states {
		if st != 0 {
			got++
			if first < 0 {
				first = i
			}
		}
	}
	missed := first >= 0 && due > first && float64(got) >= regular*float64(due-first+1)
	for i := range states {
		switch {
		case states[i] != 0:
		case missed && i > first && i <= due:
			states[i] = chart.Missing
		default:
			states[i] = chart.NotExpected
		}
	}
	return states
}
