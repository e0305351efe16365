package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// DomainDay is one day of one domain, for sparklines.
type DomainDay struct {
	DomainID   string
	Day        Day
	Successful int64
	Failed     int64
}

// DomainDays sums the sessions of each of the given domains of an account by day.
func (s *Store) DomainDays(ctx context.Context, accountID string, domainIDs []string, span Span) ([]DomainDay, error) {
	var rows []DomainDay
	err := s.reader(ctx).Raw(`SELECT domain_id, day, SUM(successful) AS successful, SUM(failed) AS failed FROM daily_totals
		WHERE domain_id IN ? AND account_id = ? AND day BETWEEN ? AND ? GROUP BY domain_id, day ORDER BY domain_id, day`,
		domainIDs, accountID, span.From, span.To).Scan(&rows).Error
	return rows, err
}

// LastReport is the newest report of a domain.
type LastReport struct {
	DomainID   string
	Reporter   string
	ReceivedAt time.Time
}

// LastReports finds the newest counted report of each of the given domains.
func (s *Store) LastReports(ctx context.Context, accountID string, domainIDs []string) (map[string]LastReport, error) {
	newest := map[string]LastReport{}
	err := s.inSnapshot(ctx, func(tx *gorm.DB) error {
		for _, id := range domainIDs {
			var r []Report
			err := tx.Select("domain_id, reporter, received_at").
				Where("account_id = ? AND domain_id = ? AND standing = ?", accountID, id, Counted).
				Order("day DESC, received_at DESC").Limit(1).Find(&r).Error
			if err != nil {
				return err
			}
			for _, r := range r {
				newest[id] = LastReport{DomainID: id, Reporter: r.Reporter, ReceivedAt: r.ReceivedAt}
			}
		}
		return nil
	})
	return newest, err
}

// DomainProblem is a problem with the domain that has it.
type DomainProblem struct {
	Name string
	Problem
}

// WorstProblems lists an account's largest problems over all domains.
func (s *Store) WorstProblems(ctx context.Context, accountID string, span Span, limit int) ([]DomainProblem, error) {
	var rows []DomainProblem
	err := s.reader(ctx).Raw(`SELECT d.name, f.result_type, f.receiving_mx, SUM(f.sessions) AS sessions, MIN(f.day) AS first_day, MAX(f.day) AS last_day, COUNT(DISTINCT f.reporter) AS reporters
		FROM domains d JOIN daily_failures f ON f.domain_id = d.id
		WHERE d.account_id = ? AND f.day BETWEEN ? AND ? GROUP BY d.name, f.result_type, f.receiving_mx
		ORDER BY SUM(f.sessions) DESC, d.name, f.result_type, f.receiving_mx LIMIT ?`,
		accountID, span.From, span.To, limit).Scan(&rows).Error
	return rows, err
}

// DomainsNeedingAHand lists the domains whose last verdict is a failure or
// whose delegation has lapsed.
func (s *Store) DomainsNeedingAHand(ctx context.Context, accountID string, limit int) ([]Domain, error) {
	var domains []Domain
	err := s.reader(ctx).Where("account_id = ? AND (verdict = 'fail' OR state = ?)", accountID, Lapsed).
		Order("state_since DESC, name").Limit(limit).Find(&domains).Error
	return domains, err
}
