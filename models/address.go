package models

import "context"

// AddressFailures is an address with the failed sessions that it is named for.
type AddressFailures struct {
	Address string // "" when the reporters do not name it
	Failed  int64
}

// addressRows bounds the addresses of one network.
const addressRows = 100

// SendingAddresses lists the addresses of one network that a domain's failure
// details name, most failed sessions first. Reports past their retention have none.
func (s *Store) SendingAddresses(ctx context.Context, d Domain, span Span, network string) ([]AddressFailures, error) {
	var rows []AddressFailures
	err := s.reader(ctx).Raw(`SELECT f.sending_mta_ip AS address, SUM(f.sessions) AS failed
		FROM reports r CROSS JOIN failure_details f
		WHERE r.domain_id = ? AND r.account_id = ? AND r.day BETWEEN ? AND ? AND r.standing = ?
		AND f.domain_id = r.domain_id AND f.report_id = r.id AND f.sending_network = ?
		GROUP BY f.sending_mta_ip ORDER BY SUM(f.sessions) DESC, f.sending_mta_ip LIMIT ?`,
		d.ID, d.AccountID, span.From, span.To, Counted, storable(network), addressRows).Scan(&rows).Error
	return rows, err
}
