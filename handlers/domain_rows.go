package handlers

import (
	"context"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// domainRows turns domains into the rows of a list, whose sessions are those
// of span.
func (s *site) domainRows(ctx context.Context, accountID string, domains []models.ListedDomain, span models.Span) ([]views.DomainRow, error) {
	if len(domains) == 0 {
		return nil, nil
	}
	ids := make([]string, len(domains))
	for i, d := range domains {
		ids[i] = d.ID
	}
	recents, err := s.Store.Recents(ctx, accountID, ids)
	if err != nil {
		return nil, err
	}
	tags, err := s.Store.TagsOf(ctx, accountID, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]views.DomainRow, len(domains))
	for i, d := range domains {
		recent, known := recents[d.ID]
		rows[i] = domainRow(d, recent, span)
		rows[i].Tags = tags[d.ID]
		if known {
			rows[i].LastReport, rows[i].LastReporter = recent.ReceivedAt, reporterName(recent.Reporter)
		}
	}
	return rows, nil
}

// domainRow is one domain with its sessions of span, which ends today.
func domainRow(d models.ListedDomain, recent models.DomainRecent, span models.Span) views.DomainRow {
	row := views.DomainRow{Name: d.Name, Unicode: unicodeName(d.Name), State: views.DomainState(d.State), Verdict: views.Verdict(d.Verdict), Finding: d.Finding}
	row.Sessions.Successful, row.Sessions.Failed = recent.Sum(int32(span.From), int32(span.To))
	sparks := models.Span{From: span.To - ledger.RecentDays + 1, To: span.To}
	row.Spark = sparkOf(sparks, "Sessions of "+d.Name+" in the last 14 days", func(day models.Day) (int64, int64, bool) {
		sum := recent.Day(int32(day))
		return sum.Successful, sum.Failed, sum.Known
	})
	return row
}
