package models

import "context"

// ListedReport is a report with the name of its domain.
type ListedReport struct {
	Name string
	ReportLine
}

// EachListedReport hands over the reports of ListReports one by one, in its
// order and whatever its limit, without holding more than a page.
func (s *Store) EachListedReport(ctx context.Context, accountID string, f ReportQuery, visit func(ListedReport) error) error {
	return eachPage(func(after *ListedReport) ([]ListedReport, error) {
		q := s.matchingReports(ctx, accountID, f).Joins("JOIN domains ON domains.id = reports.domain_id").
			Select(`domains.name, reports.id, reports.day, reports.reporter, reports.organization, reports.report_id, reports.start_at, reports.end_at,
				reports.successful, reports.failed, reports.trust, reports.standing, reports.received_at`)
		switch {
		case after != nil && f.DomainID != "":
			at := after.ReceivedAt.UTC()
			q = q.Where("reports.day <= ? AND (reports.day < ? OR reports.received_at < ? OR reports.received_at = ? AND reports.id < ?)", after.Day, after.Day, at, at, after.ID)
		case after != nil:
			q = olderThan(q, "reports.", Place{At: after.ReceivedAt, ID: after.ID})
		}
		var rows []ListedReport
		err := q.Order(reportOrder(f)).Limit(exportPage).Find(&rows).Error
		return rows, err
	}, visit)
}

// ListedDelivery is a delivery with the name of its domain, "" for none.
type ListedDelivery struct {
	Name string
	Delivery
}

// EachDelivery hands over an account's deliveries in a state ("" for all) one
// by one, the newest first, without holding more than a page.
func (s *Store) EachDelivery(ctx context.Context, accountID string, state DeliveryState, visit func(ListedDelivery) error) error {
	return eachPage(func(after *ListedDelivery) ([]ListedDelivery, error) {
		q := s.reader(ctx).Table("deliveries").Select("deliveries.*, COALESCE(domains.name, '') AS name").
			Joins("LEFT JOIN domains ON domains.id = deliveries.domain_id").Where("deliveries.account_id = ?", accountID)
		if state != "" {
			q = q.Where(inState(state), state)
		}
		if after != nil {
			q = olderThan(q, "deliveries.", Place{At: after.ReceivedAt, ID: after.ID})
		}
		var rows []ListedDelivery
		err := q.Order("deliveries.received_at DESC, deliveries.id DESC").Limit(exportPage).Find(&rows).Error
		return rows, err
	}, visit)
}
