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

// ReporterDay is a day for which a reporter has counted reports about a domain.
type ReporterDay struct {
	Reporter string
	Day      Day
	Failed   int64
}

// ReporterDays lists on which days which reporter has reported about a domain.
func (s *Store) ReporterDays(ctx context.Context, d Domain, span Span) ([]ReporterDay, error) {
	var rows []ReporterDay
	err := s.reader(ctx).Raw(`SELECT reporter, day, failed FROM daily_totals
		WHERE domain_id = ? AND account_id = ? AND day BETWEEN ? AND ? ORDER BY reporter, day`,
		d.ID, d.AccountID, span.From, span.To).Scan(&rows).Error
	return rows, err
}

// DomainOrder is how a list of domains is sorted.
type DomainOrder string

// The orders of a list of domains. Names decide between equals.
const (
	ByNeed         DomainOrder = "need" // what needs a hand first
	ByName         DomainOrder = "name"
	BySessions     DomainOrder = "sessions"      // most first
	ByFailureShare DomainOrder = "failure-share" // largest first
	ByLastReport   DomainOrder = "last-report"   // newest arrival first
)

// DomainsInOrder lists an account's domains like Domains, in an order that
// looks at the sessions of span (at most the last ledger.RecentDays), and says
// how many match in all.
func (s *Store) DomainsInOrder(ctx context.Context, accountID string, f DomainFilter, order DomainOrder, span Span) ([]Domain, int64, error) {
	if order == ByName {
		return s.Domains(ctx, accountID, f)
	}
	if order != ByNeed {
		return s.domainsByRecent(ctx, accountID, f, order, span)
	}
	var total int64
	if err := s.matchingDomains(ctx, accountID, f).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var domains []Domain
	err := s.matchingDomains(ctx, accountID, f).Order(needOrder).Order("domains.name").Limit(f.Limit).Offset(f.Offset).Find(&domains).Error
	return domains, total, err
}

// needOrder puts what needs a hand first.
const needOrder = `CASE WHEN domains.state = 'lapsed' THEN 0
	ELSE CASE domains.verdict WHEN 'fail' THEN 0 WHEN 'warn' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END END`

func (s *Store) matchingDomains(ctx context.Context, accountID string, f DomainFilter) *gorm.DB {
	q := s.reader(ctx).Model(&Domain{}).Where("domains.account_id = ?", accountID)
	if f.Search != "" {
		q = q.Where(`domains.name LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(f.Search))+"%")
	}
	if f.State != "" {
		q = q.Where("domains.state = ?", f.State)
	}
	return q
}
