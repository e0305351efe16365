package models

import (
	"context"
	"fmt"
	"slices"
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
	return s.accountProblems(ctx, false, accountID, span, limit)
}

// AccountFailures is AccountProblems with all reasons for a result type at one
// place taken together; Reason is "".
func (s *Store) AccountFailures(ctx context.Context, accountID string, span Span, limit int) ([]AccountProblem, error) {
	return s.accountProblems(ctx, true, accountID, span, limit)
}

// problemSum is a problem with what is to be known to look further into it.
type problemSum struct {
	AccountProblem
	reasons bool // it has more than one reason, of which Reason is one
}

// problemSums reads the sums of an account's problems, largest first. Rows are
// counted for domains, which is the same while a problem has one reason only:
// telling them apart costs more than all else.
func (s *Store) problemSums(ctx context.Context, anyReason bool, accountID string, span Span, limit int) ([]problemSum, error) {
	const sums = `COUNT(*) AS domains, SUM(sessions) AS sessions, MIN(first_day) AS first_day, MAX(last_day) AS last_day
		FROM domain_problems WHERE account_id = ? AND last_day BETWEEN ? AND ?`
	by := "receiving_mx, result_type, domain_id"
	if !anyReason {
		by += ", reason"
	}
	var rows []problemSum
	err := s.asking(ctx).each(ctx, `SELECT receiving_mx, result_type, MIN(reason), COUNT(*) > 1, SUM(domains), domain_id, SUM(sessions), MIN(first_day), MAX(last_day) FROM (
		SELECT receiving_mx, result_type, reason, '' AS domain_id, `+sums+` AND receiving_mx > '' GROUP BY receiving_mx, result_type, reason
		UNION ALL
		SELECT receiving_mx, result_type, reason, domain_id, `+sums+` AND receiving_mx = '' GROUP BY receiving_mx, result_type, reason, domain_id) problems
		GROUP BY `+by+` ORDER BY SUM(sessions) DESC, result_type, receiving_mx, MIN(reason), domain_id LIMIT ?`,
		[]any{accountID, span.From, span.To, accountID, span.From, span.To, limit}, func(scan func(...any) error) error {
			var p problemSum
			err := scan(&p.ReceivingMX, &p.ResultType, &p.Reason, &p.reasons, &p.Domains, &p.DomainID, &p.Sessions, &p.FirstDay, &p.LastDay)
			rows = append(rows, p)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("sum up the problems: %w", err)
	}
	return rows, nil
}

func (s *Store) accountProblems(ctx context.Context, anyReason bool, accountID string, span Span, limit int) ([]AccountProblem, error) {
	sums, err := s.problemSums(ctx, anyReason, accountID, span, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]AccountProblem, len(sums))
	for i, sum := range sums {
		p := sum.AccountProblem
		if p.DomainID != "" {
			p.Domains = 1
		} else if sum.reasons {
			if p.Domains, err = s.domainsOfProblem(ctx, accountID, p.ProblemKey, span); err != nil {
				return nil, err
			}
		}
		at := problemPlace{ProblemKey: p.ProblemKey, anyReason: sum.reasons, domainID: p.DomainID}
		if p.Examples, err = s.problemExamples(ctx, accountID, at, span, ProblemExamples); err != nil {
			return nil, err
		}
		if anyReason {
			p.Reason = ""
		}
		rows[i] = p
	}
	return rows, nil
}

// domainsOfProblem counts the domains that have a problem, for whatever reason.
func (s *Store) domainsOfProblem(ctx context.Context, accountID string, key ProblemKey, span Span) (n int64, err error) {
	err = s.asking(ctx).one(ctx, `SELECT COUNT(DISTINCT domain_id) FROM domain_problems
		WHERE account_id = ? AND receiving_mx = ? AND result_type = ? AND last_day BETWEEN ? AND ?`,
		[]any{accountID, key.ReceivingMX, key.ResultType, span.From, span.To}, &n)
	return n, err
}

// DomainsWithProblem lists the domains of an account that have a problem which
// was last seen in span, those with most sessions of it first.
func (s *Store) DomainsWithProblem(ctx context.Context, accountID string, key ProblemKey, span Span, limit int) ([]ProblemExample, error) {
	return s.problemExamples(ctx, accountID, problemPlace{ProblemKey: key}, span, limit)
}

// problemPlace is where examples are looked for.
type problemPlace struct {
	ProblemKey
	anyReason bool
	domainID  string // of one domain, or all for ""
}

func (s *Store) problemExamples(ctx context.Context, accountID string, at problemPlace, span Span, limit int) ([]ProblemExample, error) {
	where, args := "", []any{accountID, at.ReceivingMX, at.ResultType, span.From, span.To}
	if !at.anyReason {
		where, args = where+" AND p.reason = ?", append(args, at.Reason)
	}
	if at.domainID != "" {
		where, args = where+" AND p.domain_id = ?", append(args, at.domainID)
	}
	var rows []ProblemExample
	err := s.asking(ctx).each(ctx, `SELECT d.name, p.sessions, p.reporters, p.reporter_list
		FROM (SELECT p.domain_id, p.reason, p.sessions FROM domain_problems p
			WHERE p.account_id = ? AND p.receiving_mx = ? AND p.result_type = ? AND p.last_day BETWEEN ? AND ?`+where+`
			ORDER BY p.sessions DESC, p.domain_id LIMIT ?) most
		JOIN domain_problems p ON p.domain_id = most.domain_id AND p.result_type = ? AND p.receiving_mx = ? AND p.reason = most.reason
		JOIN domains d ON d.id = most.domain_id
		ORDER BY most.sessions DESC, most.domain_id`, append(args, limit, at.ResultType, at.ReceivingMX), func(scan func(...any) error) error {
		var e ProblemExample
		err := scan(&e.Name, &e.Sessions, &e.Reporters, &e.ReporterList)
		rows = append(rows, e)
		return err
	})
	if at.anyReason {
		rows = joinExamples(rows)
	}
	return rows, err
}

// joinExamples makes one of the rows of a domain, which it has for each reason.
func joinExamples(rows []ProblemExample) []ProblemExample {
	var joined []ProblemExample
	for _, r := range rows {
		i := slices.IndexFunc(joined, func(j ProblemExample) bool { return j.Name == r.Name })
		if i < 0 {
			joined = append(joined, r)
			continue
		}
		j := &joined[i]
		j.Sessions += r.Sessions
		for _, reporter := range r.ReporterList {
			if !slices.Contains(j.ReporterList, reporter) {
				j.ReporterList = append(j.ReporterList, reporter)
			}
		}
		j.Reporters = max(j.Reporters, r.Reporters, int64(len(j.ReporterList)))
	}
	return joined
}
