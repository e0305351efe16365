package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const (
	breakdownRows = 8
	// wholeRows bounds a table that is shown whole; its CSV has every row.
	wholeRows = 500
)

// breakdowns are the tables that split the range.
func breakdowns(q domainQuery, sum ledger.Sum) []views.Breakdown {
	tables := []views.Breakdown{byResult(q, sum), byReporter(q, sum), byMX(q, sum), byNetwork(q, sum), byPolicy(q, sum)}
	for i := range tables {
		finishTable(&tables[i], q)
	}
	return tables
}

func byResult(q domainQuery, sum ledger.Sum) views.Breakdown {
	b := views.Breakdown{ID: "result", Title: "By result type", Column: "Result type", FailuresOnly: true, Note: "Details may overlap and need not add up."}
	if q.filter.PolicyOnly() {
		return notSplit(b)
	}
	for _, s := range sum.Results {
		b.Rows = append(b.Rows, views.BreakdownRow{
			Label: s.Name, Mono: true, ResultType: s.Name, Detail: tlsrpt.DescribeResult(s.Name).Meaning,
			URL: q.with(ledger.ByResult, s.Name).url(), Sessions: views.Sessions{Failed: s.Failed},
		})
	}
	if gap := sum.Failed - sum.Detailed; gap > 0 && !q.filter.FailuresOnly() {
		b.Rows = append(b.Rows, views.BreakdownRow{Label: "unexplained", Detail: "failed by the summaries, without a failure detail", Sessions: views.Sessions{Failed: gap}})
	}
	return b
}

// notSplit is a table of failures under a filter by policy.
func notSplit(b views.Breakdown) views.Breakdown {
	b.Note, b.Nothing = "", "Failure details do not say under which policy they stand."
	return b
}

func byReporter(q domainQuery, sum ledger.Sum) views.Breakdown {
	b := views.Breakdown{ID: "reporter", Title: "By reporter", Column: "Reporter", FailuresOnly: q.filter.FailuresOnly()}
	for _, s := range sum.Reporters {
		row := views.BreakdownRow{Label: s.Name, Mono: true, URL: q.with(ledger.ByReporter, s.Name).url(), Sessions: sessionsOfShare(s)}
		if name := friendlyName(s.Name); name != "" {
			row.Label, row.Detail, row.Mono = name, s.Name, false
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

func byMX(q domainQuery, sum ledger.Sum) views.Breakdown {
	b := views.Breakdown{ID: "mx", Title: "By receiving MX", Column: "MX", FailuresOnly: true, Note: "Reporters name the MX for failures only."}
	return named(b, q, ledger.ByMX, sum.MXs, "no MX is named")
}

func byNetwork(q domainQuery, sum ledger.Sum) views.Breakdown {
	b := views.Breakdown{ID: "network", Title: "By sending network", Column: "Network", FailuresOnly: true, Note: "Reporters name the sender's address for failures only."}
	return named(b, q, ledger.ByNetwork, sum.Networks, "no address is named")
}

func named(b views.Breakdown, q domainQuery, field ledger.Field, shares []ledger.Share, none string) views.Breakdown {
	if q.filter.PolicyOnly() {
		return notSplit(b)
	}
	for _, s := range shares {
		row := views.BreakdownRow{Label: s.Name, Mono: true, URL: q.with(field, s.Name).url(), Sessions: sessionsOfShare(s)}
		if s.Name == "" {
			row.Label, row.Mono = none, false
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

func byPolicy(q domainQuery, sum ledger.Sum) views.Breakdown {
	b := views.Breakdown{ID: "policy", Title: "By policy", Column: "Policy", Note: "MTA-STS and DANE see the same sessions: the rows do not add up."}
	if q.filter.FailuresOnly() {
		return notSplit(b)
	}
	for _, s := range sum.Policies {
		b.Rows = append(b.Rows, views.BreakdownRow{
			Label: policyName(s.Name), Detail: s.Mode, Sessions: sessionsOfShare(s),
			URL: q.with(ledger.ByPolicy, s.Name).with(ledger.ByMode, s.Mode).url(),
		})
	}
	return b
}

func sessionsOfShare(s ledger.Share) views.Sessions {
	return views.Sessions{Successful: s.Successful, Failed: s.Failed}
}

// finishTable sorts a table, leaves out what is too much, and gives the links
// that change either.
func finishTable(b *views.Breakdown, q domainQuery) {
	b.Files = filesOf(b.Title, q, b.ID)
	for _, row := range b.Rows {
		b.Failed += row.Sessions.Failed
		b.Total += row.Sessions.Total()
	}
	if table, column, ok := strings.Cut(q.sort, "-"); ok && table == b.ID {
		b.Sorted = column
		slices.SortStableFunc(b.Rows, rowOrder(column))
	}
	b.SortURL = func(column string) string {
		to := q
		to.sort = b.ID + "-" + column
		return to.url()
	}
	most := breakdownRows
	if q.more == b.ID {
		most = wholeRows
	}
	if b.More = len(b.Rows) - most; b.More > 0 {
		b.Rows = b.Rows[:most]
		to := q
		to.more = b.ID
		b.MoreURL = to.url()
	}
}

func rowOrder(column string) func(a, b views.BreakdownRow) int {
	share := func(r views.BreakdownRow) float64 {
		part, known := r.Sessions.FailedShare()
		if !known {
			return -1
		}
		return part
	}
	return func(a, b views.BreakdownRow) int {
		switch column {
		case "name":
			return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
		case "failed":
			return cmp.Compare(b.Sessions.Failed, a.Sessions.Failed)
		case "share":
			return cmp.Compare(share(b), share(a))
		default:
			return cmp.Compare(b.Sessions.Total(), a.Sessions.Total())
		}
	}
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

// addressDays is how many of the newest days of a range its addresses are from.
const addressDays = 31

// addresses lists the senders of one network, which only the report rows name.
func (s *site) addresses(ctx context.Context, d models.Domain, q domainQuery) (*views.Addresses, error) {
	network, set := q.filter[ledger.ByNetwork]
	if !set || network == "" {
		return nil, nil
	}
	span := q.span()
	span.From = max(span.From, span.To-addressDays+1)
	rows, err := s.Store.SendingAddresses(ctx, d, span, network)
	if err != nil {
		return nil, err
	}
	list := &views.Addresses{Network: network, From: span.From.Time(), To: span.To.Time(), Files: filesOf("Addresses", q, "addresses")}
	for _, r := range rows {
		list.Rows = append(list.Rows, views.AddressRow{Address: r.Address, Failed: r.Failed})
	}
	return list, s.nameAddresses(ctx, d, list)
}
