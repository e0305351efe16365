package views

import "github.com/sealpost/sealpost/views/chart"

// most is the length of the longest bar.
func (b Breakdown) most() int64 {
	var most int64
	for _, r := range b.Rows {
		if b.FailuresOnly {
			most = max(most, r.Sessions.Failed)
		} else {
			most = max(most, r.Sessions.Total())
		}
	}
	return most
}

func (b Breakdown) nothing() string {
	if b.FailuresOnly {
		return "No failures in these days."
	}
	return "Nothing in these days."
}

func (r BreakdownRow) colour() string {
	if r.ResultType == "" {
		return ""
	}
	return chart.ColourClass(r.ResultType)
}
