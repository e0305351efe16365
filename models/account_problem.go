package models

import (
	"context"
	"fmt"
)

// ProblemKey is what makes failures one problem.
type ProblemKey struct {
	ResultType  string
	ReceivingMX string // "" when no reporter names one
	Reason      string // the reporters' code, "" when they give none
}

// AccountProblem is a problem over all domains of an account. Where no MX is
// named, each domain has a problem of its own.
type AccountProblem struct {
	ProblemKey
	Domains  int64 // how many have it
	Sessions int64
	FirstDay Day
	LastDay  Day
	// Examples are the domains with most sessions of it, ProblemExamples at most.
	Examples []ProblemExample `gorm:"-"`

	DomainID string // of the one domain, where no MX is named
}

// ProblemExample is a domain that has a problem.
type ProblemExample struct {
	Name         string
	Sessions     int64
	Reporters    int64
	ReporterList JSONList[string] // those with most sessions
}

// ProblemExamples is how many domains of an AccountProblem are named.
const ProblemExamples = 5

// AccountProblems lists an account's largest problems, of those that were last
// seen in span. Their sessions and first days are of the last 30 days of each domain.
func (s *Store) AccountProblems(ctx context.Context, accountID string, span Span, limit int) ([]AccountProblem, error) {
	const sums = "SUM(sessions) AS sessions, MIN(first_day) AS first_day, MAX(last_day) AS last_day FROM domain_problems WHERE account_id = ? AND last_day BETWEEN ? AND ?"
	var rows []AccountProblem
	err := s.reader(ctx).Raw(`SELECT * FROM (
		SELECT receiving_mx, result_type, reason, COUNT(*) AS domains, '' AS domain_id, `+sums+` AND receiving_mx > '' GROUP BY receiving_mx, result_type, reason
		UNION ALL
		SELECT receiving_mx, result_type, reason, 1 AS domains, domain_id, `+sums+` AND receiving_mx = '' GROUP BY receiving_mx, result_type, reason, domain_id) problems
		ORDER BY sessions DESC, result_type, receiving_mx, reason, domain_id LIMIT ?`,
		accountID, span.From, span.To, accountID, span.From, span.To, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum up the problems: %w", err)
	}
	for i := range rows {
		if rows[i].Examples, err = s.problemExamples(ctx, accountID, rows[i].ProblemKey, rows[i].DomainID, span, ProblemExamples); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// DomainsWithProblem lists the domains of an account that have a problem which
// was last seen in span, those with most sessions of it first.
func (s *Store) DomainsWithProblem(ctx context.Context, accountID string, key ProblemKey, span Span, limit int) ([]ProblemExample, error) {
	return s.problemExamples(ctx, accountID, key, "", span, limit)
}

// problemExamples are of one domain, or of all for "".
func (s *Store) problemExamples(ctx context.Context, accountID string, key ProblemKey, domainID string, span Span, limit int) ([]ProblemExample, error) {
	var rows []ProblemExample
	err := s.reader(ctx).Raw(`SELECT d.name, p.sessions, p.reporters, p.reporter_list
		FROM domain_problems p JOIN domains d ON d.id = p.domain_id
		WHERE p.account_id = ? AND p.receiving_mx = ? AND p.result_type = ? AND p.reason = ? AND p.last_day BETWEEN ? AND ? AND (? = '' OR p.domain_id = ?)
		ORDER BY p.sessions DESC, p.domain_id LIMIT ?`,
		accountID, key.ReceivingMX, key.ResultType, key.Reason, span.From, span.To, domainID, domainID, limit).Scan(&rows).Error
	return rows, err
}
