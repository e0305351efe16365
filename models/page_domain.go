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
	ByLastReport   DomainOrder = "last-report"   // newest day first
)

// DomainsInOrder lists an account's domains like Domains, in an order that
// looks at the sessions of span, and says how many match in all.
func (s *Store) DomainsInOrder(ctx context.Context, accountID string, f DomainFilter, order DomainOrder, span Span) ([]Domain, int64, error) {
	if order == ByName {
		return s.Domains(ctx, accountID, f)
	}
	total, err := s.countDomains(ctx, accountID, f)
	if err != nil {
		return nil, 0, err
	}
	q := s.matchingDomains(ctx, accountID, f).Select("domains.*")
	if order != ByNeed {
		q = q.Joins(`LEFT JOIN (SELECT domain_id, SUM(successful) AS successful, SUM(failed) AS failed, MAX(day) AS day
			FROM daily_totals WHERE account_id = ? AND day BETWEEN ? AND ? GROUP BY domain_id) t ON t.domain_id = domains.id`,
			accountID, span.From, span.To)
	}
	var domains []Domain
	err = q.Order(order.sql()).Order("domains.name").Limit(f.Limit).Offset(f.Offset).Find(&domains).Error
	return domains, total, err
}

func (o DomainOrder) sql() string {
	switch o {
	case BySessions:
		return "COALESCE(t.successful + t.failed, 0) DESC"
	case ByFailureShare:
		return "COALESCE(t.failed * 1.0 / NULLIF(t.successful + t.failed, 0), -1) DESC"
	case ByLastReport:
		return "COALESCE(t.day, -1) DESC"
	default:
		return "CASE WHEN domains.state = 'lapsed' THEN 0 ELSE CASE domains.verdict WHEN 'fail' THEN 0 WHEN 'warn' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END END"
	}
}

func (s *Store) countDomains(ctx context.Context, accountID string, f DomainFilter) (int64, error) {
	var total int64
	err := s.matchingDomains(ctx, accountID, f).Count(&total).Error
	return total, err
}

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
