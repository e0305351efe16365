package handlers

import (
	"context"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// sparkDays is how many days the small charts of a list show.
const sparkDays = 14

// domainRows turns domains into the rows of a list, whose sessions are those
// of span.
func (s *site) domainRows(ctx context.Context, accountID string, domains []models.Domain, span models.Span) ([]views.DomainRow, error) {
	if len(domains) == 0 {
		return nil, nil
	}
	ids := make([]string, len(domains))
	for i, d := range domains {
		ids[i] = d.ID
	}
	last, err := s.Store.LastReports(ctx, accountID, ids)
	if err != nil {
		return nil, err
	}
	sparks := models.Span{From: span.To - sparkDays + 1, To: span.To}
	days, err := s.Store.DomainDays(ctx, accountID, ids, models.Span{From: min(span.From, sparks.From), To: span.To})
	if err != nil {
		return nil, err
	}
	byDomain := map[string]map[models.Day]models.DomainDay{}
	for _, day := range days {
		if byDomain[day.DomainID] == nil {
			byDomain[day.DomainID] = map[models.Day]models.DomainDay{}
		}
		byDomain[day.DomainID][day.Day] = day
	}
	rows := make([]views.DomainRow, len(domains))
	for i, d := range domains {
		rows[i] = domainRow(d, byDomain[d.ID], span, sparks)
		rows[i].LastReport, rows[i].LastReporter = last[d.ID].ReceivedAt, reporterName(last[d.ID].Reporter)
	}
	return rows, nil
}

func domainRow(d models.Domain, days map[models.Day]models.DomainDay, span, sparks models.Span) views.DomainRow {
	row := views.DomainRow{Name: d.Name, Unicode: unicodeName(d.Name), State: views.DomainState(d.State), Verdict: shownVerdict(d)}
	if len(d.Findings) > 0 {
		row.Finding = d.Findings[0].Text
	}
	for day, sum := range days {
		if day >= span.From && day <= span.To {
			row.Sessions.Successful += sum.Successful
			row.Sessions.Failed += sum.Failed
		}
	}
	row.Spark = sparkOf(sparks, "Sessions of "+d.Name+" in the last 14 days", func(day models.Day) (int64, int64, bool) {
		sum, known := days[day]
		return sum.Successful, sum.Failed, known
	})
	return row
}
