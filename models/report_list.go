package models

import (
	"context"

	"gorm.io/gorm"
)

// ReportQuery says which reports of an account a list is about. Zero values
// let everything pass.
type ReportQuery struct {
	ReportFilter
	DomainID   string // of all domains when ""
	Trust      Trust
	Via        Via
	PolicyType string // of one of its policies
	Warned     bool   // only what the parser had to warn about
}

// ReportTotals sums up a list of reports.
type ReportTotals struct {
	Reports int64
	Counted int64 // of them; the sessions are theirs
	// Successful and Failed sessions.
	Successful, Failed int64
	// More tells that the list is longer than MostTotalled, and that the sums
	// are of its first so many.
	More bool
}

// MostTotalled is how many reports are summed up: a page cannot wait for the
// sum of millions.
const MostTotalled = 10_000

// ListReports lists reports of an account with their totals: those of a domain by
// their days, those of all by their arrival, the newest first.
func (s *Store) ListReports(ctx context.Context, accountID string, f ReportQuery) ([]NamedReport, ReportTotals, error) {
	totals, err := s.reportTotals(ctx, accountID, f)
	if err != nil {
		return nil, totals, err
	}
	var rows []NamedReport
	err = s.matchingReports(ctx, accountID, f).Select("reports.*, domains.name").Joins("JOIN domains ON domains.id = reports.domain_id").
		Order(reportOrder(f)).Limit(f.Limit).Offset(f.Offset).Find(&rows).Error
	return rows, totals, err
}

func reportOrder(f ReportQuery) string {
	if f.DomainID != "" {
		return "reports.day DESC, reports.received_at DESC, reports.id DESC"
	}
	return "reports.received_at DESC, reports.id DESC"
}

func (s *Store) reportTotals(ctx context.Context, accountID string, f ReportQuery) (t ReportTotals, err error) {
	matching := s.matchingReports(ctx, accountID, f).Select("reports.standing, reports.successful, reports.failed").
		Order(reportOrder(f)).Limit(MostTotalled)
	err = s.reader(ctx).Table("(?) AS matching", matching).Select(`COUNT(*) AS reports, COALESCE(SUM(CASE WHEN standing = 'counted' THEN 1 ELSE 0 END), 0) AS counted,
		COALESCE(SUM(CASE WHEN standing = 'counted' THEN successful ELSE 0 END), 0) AS successful,
		COALESCE(SUM(CASE WHEN standing = 'counted' THEN failed ELSE 0 END), 0) AS failed`).Scan(&t).Error
	if err != nil || t.Reports < MostTotalled {
		return t, err
	}
	var beyond int64
	err = s.matchingReports(ctx, accountID, f).Select("1").Offset(MostTotalled).Limit(1).Scan(&beyond).Error
	t.More = beyond == 1
	return t, err
}

// matchingReports begins a query for the reports of an account that match a filter.
func (s *Store) matchingReports(ctx context.Context, accountID string, f ReportQuery) *gorm.DB {
	q := s.reader(ctx).Table("reports").Where("reports.account_id = ?", accountID)
	if f.DomainID != "" {
		q = q.Where("reports.domain_id = ?", f.DomainID)
	}
	if f.From != 0 {
		q = q.Where("reports.day >= ?", f.From)
	}
	if f.To != 0 {
		q = q.Where("reports.day <= ?", f.To)
	}
	if f.Reporter != "" {
		q = q.Where("reports.reporter = ?", storable(f.Reporter))
	}
	if f.Trust != "" {
		q = q.Where("reports.trust = ?", f.Trust)
	}
	if f.Warned {
		q = q.Where("reports.warnings <> '[]'")
	}
	if f.Via != "" {
		q = q.Where("EXISTS (SELECT 1 FROM deliveries d WHERE d.id = reports.delivery_id AND d.via = ?)", f.Via)
	}
	if f.PolicyType != "" {
		q = q.Where("EXISTS (SELECT 1 FROM policy_results p WHERE p.domain_id = reports.domain_id AND p.report_id = reports.id AND p.policy_type = ?)", storable(f.PolicyType))
	}
	return q
}

// ReporterIdentities lists the reporters that an account has ever heard from,
// by their identities; the first so many.
func (s *Store) ReporterIdentities(ctx context.Context, accountID string, limit int) ([]string, error) {
	var names []string
	err := s.reader(ctx).Raw("SELECT identity FROM reporters WHERE account_id = ? ORDER BY identity LIMIT ?", accountID, limit).Scan(&names).Error
	return names, err
}
