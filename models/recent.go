package models

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
)

// DomainRecent is what lists of domains show of the newest days of one.
type DomainRecent struct {
	ledger.Recent
	Reporter   string    // of the newest report; "" when it is past its retention
	ReceivedAt time.Time // zero as well then
}

// Recents reads the newest days of the given domains of an account. A domain
// without counted reports is left out.
func (s *Store) Recents(ctx context.Context, accountID string, domainIDs []string) (map[string]DomainRecent, error) {
	recents := make(map[string]DomainRecent, len(domainIDs))
	if len(domainIDs) == 0 {
		return recents, nil
	}
	list, args := idsIn(domainIDs)
	err := s.asking(ctx).each(ctx, "SELECT domain_id, days, reporter, received_at FROM domain_recents WHERE account_id = ? AND domain_id IN "+list, append([]any{accountID}, args...), func(scan func(...any) error) error {
		var id string
		var days []byte
		var at *time.Time
		var r DomainRecent
		if err := scan(&id, &days, &r.Reporter, &at); err != nil {
			return err
		}
		if at != nil {
			r.ReceivedAt = at.UTC()
		}
		var err error
		r.Recent, err = ledger.ReadRecent(days)
		recents[id] = r
		return err
	})
	return recents, err
}
