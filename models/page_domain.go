package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// HasCounts reports whether any report of a domain was ever counted.
func (s *Store) HasCounts(ctx context.Context, d Domain) (bool, error) {
	var found bool
	err := s.reader(ctx).Raw("SELECT EXISTS (SELECT 1 FROM daily_totals WHERE domain_id = ? AND account_id = ?)", d.ID, d.AccountID).Scan(&found).Error
	return found, err
}

// matchingDomains begins a query for the domains of an account that match a filter.
func (s *Store) matchingDomains(ctx context.Context, accountID string, f DomainFilter) *gorm.DB {
	q := s.reader(ctx).Model(&Domain{}).Where("account_id = ?", accountID)
	if f.Search != "" {
		q = q.Where(`name LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(f.Search))+"%")
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	return q
}
