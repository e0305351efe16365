package models

import "context"

// HasCounts reports whether any report of a domain was ever counted.
func (s *Store) HasCounts(ctx context.Context, d Domain) (bool, error) {
	var found bool
	err := s.asking(ctx).one(ctx, "SELECT EXISTS (SELECT 1 FROM daily_totals WHERE domain_id = ? AND account_id = ?)", []any{d.ID, d.AccountID}, &found)
	return found, err
}
