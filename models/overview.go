package models

import (
	"context"
	"time"
)

// NewReporter is a reporter with the domain that it first wrote about.
type NewReporter struct {
	ReporterSeen
	Name string // of the domain; "" when that report is gone
}

// NewReporters lists the reporters that an account first heard from since a time.
func (s *Store) NewReporters(ctx context.Context, accountID string, since time.Time, limit int) ([]NewReporter, error) {
	var rows []NewReporter
	err := s.asking(ctx).each(ctx, `SELECT n.identity, n.first_seen, COALESCE(MIN(d.name), '') AS name
		FROM (SELECT account_id, identity, first_seen FROM reporters WHERE account_id = ? AND first_seen >= ?
			ORDER BY first_seen DESC, identity LIMIT ?) n
		LEFT JOIN reports r ON r.account_id = n.account_id AND r.received_at = n.first_seen AND r.reporter = n.identity
		LEFT JOIN domains d ON d.id = r.domain_id
		GROUP BY n.account_id, n.identity, n.first_seen ORDER BY n.first_seen DESC, n.identity`,
		[]any{accountID, since.UTC(), limit}, func(scan func(...any) error) error {
			r := NewReporter{ReporterSeen: ReporterSeen{AccountID: accountID}}
			err := scan(&r.Identity, &r.FirstSeen, &r.Name)
			rows = append(rows, r)
			return err
		})
	return rows, err
}
