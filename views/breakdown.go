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
	if b.Nothing != "" {
		return b.Nothing
	}
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

// breakdownColumn is a head of a breakdown's table.
type breakdownColumn struct{ id, word, class string }

func (b Breakdown) columns() []breakdownColumn {
	if b.FailuresOnly {
		return []breakdownColumn{{"failed", "Failed", "num"}, {"share", "Share", "num"}}
	}
	return []breakdownColumn{{"sessions", "Sessions", "num"}, {"failed", "Failed", "num"}, {"share", "Failed share", "num"}}
}

// order is the value of aria-sort of a column, "" when it is not sorted by.
func (b Breakdown) order(column string) string {
	switch {
	case b.Sorted != column:
		return ""
	case column == "name":
		return "ascending"
	default:
		return "descending"
	}
}
