package models

import "context"

// SendingAddresses lists the addresses of one network that a domain's failure
// details name, most sessions first. Reports past their retention have none.
func (s *Store) SendingAddresses(ctx context.Context, d Domain, span Span, network string) ([]Share, error) {
	var rows []Share
	err := s.reader(ctx).Raw(`SELECT f.sending_mta_ip AS name, SUM(f.sessions) AS failed
		FROM reports r CROSS JOIN failure_details f
		WHERE r.domain_id = ? AND r.account_id = ? AND r.day BETWEEN ? AND ? AND r.standing = ?
		AND f.domain_id = r.domain_id AND f.report_id = r.id AND f.sending_network = ?
		GROUP BY f.sending_mta_ip ORDER BY SUM(f.sessions) DESC, f.sending_mta_ip LIMIT ?`,
		d.ID, d.AccountID, span.From, span.To, Counted, storable(network), breakdownRows).Scan(&rows).Error
	return rows, err
}
