package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Place is where a page of a list ends: the row that it ends with. The zero
// Place is before the first.
type Place struct {
	At  time.Time // of lists by time
	Day Day       // of lists by day
	ID  string
}

// DomainsAfter lists an account's domains by name, from the one after a name,
// f.Limit at most. The offset of f is not looked at.
func (s *Store) DomainsAfter(ctx context.Context, accountID string, f DomainFilter, after string) ([]Domain, error) {
	conditions, args := f.conditions(accountID)
	var domains []Domain
	err := s.reader(ctx).Where(conditions, args...).Where("name > ?", after).Order("name").Limit(f.Limit).Find(&domains).Error
	return domains, err
}

// ReportsAfter lists the reports of a domain, newest day first, from the one
// after a place. The offset of f is not looked at.
func (s *Store) ReportsAfter(ctx context.Context, d Domain, f ReportFilter, after Place) ([]Report, error) {
	q := s.reader(ctx).Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID)
	if f.From != 0 {
		q = q.Where("day >= ?", f.From)
	}
	if f.To != 0 {
		q = q.Where("day <= ?", f.To)
	}
	if f.Reporter != "" {
		q = q.Where("reporter = ?", storable(f.Reporter))
	}
	if after.ID != "" {
		q = q.Where("day <= ? AND (day < ? OR id < ?)", after.Day, after.Day, after.ID)
	}
	var reports []Report
	err := q.Order("day DESC, id DESC").Limit(f.Limit).Find(&reports).Error
	return reports, err
}

// AccountReportsAfter lists the reports of all domains of an account, the
// latest to arrive first, from the one after a place.
func (s *Store) AccountReportsAfter(ctx context.Context, accountID string, limit int, after Place) ([]NamedReport, error) {
	q := s.reader(ctx).Table("reports").Select("reports.*, domains.name").
		Joins("JOIN domains ON domains.id = reports.domain_id").Where("reports.account_id = ?", accountID)
	var rows []NamedReport
	err := olderThan(q, "reports.", after).Order("reports.received_at DESC, reports.id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// DeliveriesAfter lists an account's deliveries, newest first, from the one
// after a place. The offset of f is not looked at.
func (s *Store) DeliveriesAfter(ctx context.Context, accountID string, f DeliveryFilter, after Place) ([]Delivery, error) {
	q := s.reader(ctx).Where("account_id = ?", accountID)
	if f.State != "" {
		q = q.Where(inState(f.State), f.State)
	}
	var deliveries []Delivery
	err := olderThan(q, "", after).Order("received_at DESC, id DESC").Limit(f.Limit).Find(&deliveries).Error
	return deliveries, err
}

// ReportersAfter lists the reporters of an account by their identities, from the
// one after an identity, with what they count in span.
func (s *Store) ReportersAfter(ctx context.Context, accountID string, span Span, after string, limit int) ([]ReporterSum, error) {
	var rows []ReporterSum
	err := s.reader(ctx).Raw(reporterSums+" AND r.identity > ? ORDER BY r.identity LIMIT ?",
		accountID, span.From, span.To, accountID, storable(after), limit).Scan(&rows).Error
	return rows, err
}

// AuditAfter lists the events of an account that match, newest first, from the
// one before an event; 0 is the beginning. The offset of f is not looked at.
func (s *Store) AuditAfter(ctx context.Context, accountID string, f AuditFilter, after int64) ([]AuditEvent, error) {
	q := s.auditLog(ctx, accountID, f)
	if after != 0 {
		q = q.Where("id < ?", after)
	}
	var events []AuditEvent
	err := q.Order("id DESC").Limit(f.Limit).Find(&events).Error
	return events, err
}

// olderThan keeps the rows that come after a place in a list by time.
func olderThan(q *gorm.DB, table string, after Place) *gorm.DB {
	if after.ID == "" {
		return q
	}
	at := after.At.UTC()
	return q.Where(table+"received_at <= ? AND ("+table+"received_at < ? OR "+table+"id < ?)", at, at, after.ID)
}
