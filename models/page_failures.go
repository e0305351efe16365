package models

import "context"

// ProblemPart is a part of a problem: what one reporter says of it, on one
// day, or with one reason code.
type ProblemPart struct {
	ResultType  string
	ReceivingMX string
	Reporter    string
	Day         Day
	Reason      string
	Sessions    int64
}

// problemParts bounds the parts of all problems of a page together.
const problemParts = 5000

// ProblemReports splits a domain's problems by reporter and day.
func (s *Store) ProblemReports(ctx context.Context, d Domain, span Span) ([]ProblemPart, error) {
	var rows []ProblemPart
	err := s.reader(ctx).Raw(`SELECT result_type, receiving_mx, reporter, day, SUM(sessions) AS sessions FROM daily_failures
		WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY result_type, receiving_mx, reporter, day
		ORDER BY SUM(sessions) DESC, result_type, receiving_mx, reporter, day LIMIT ?`,
		d.ID, span.From, span.To, problemParts).Scan(&rows).Error
	return rows, err
}

// ProblemReasons lists the reason codes that reporters give for a domain's
// problems, most sessions first. Reports past their retention have none.
func (s *Store) ProblemReasons(ctx context.Context, d Domain, span Span) ([]ProblemPart, error) {
	var rows []ProblemPart
	err := s.reader(ctx).Raw(`SELECT f.result_type, f.receiving_mx_hostname AS receiving_mx, f.reason_code AS reason, SUM(f.sessions) AS sessions
		FROM reports r JOIN failure_details f ON f.domain_id = r.domain_id AND f.report_id = r.id
		WHERE r.domain_id = ? AND r.account_id = ? AND r.day BETWEEN ? AND ? AND r.standing = ? AND f.reason_code <> ''
		GROUP BY f.result_type, f.receiving_mx_hostname, f.reason_code
		ORDER BY SUM(f.sessions) DESC, f.reason_code LIMIT ?`,
		d.ID, d.AccountID, span.From, span.To, Counted, breakdownRows).Scan(&rows).Error
	return rows, err
}

// ProblemsElsewhere lists the problems of the other domains of a domain's
// account in their newest weeks, most sessions first.
func (s *Store) ProblemsElsewhere(ctx context.Context, d Domain) ([]DomainProblem, error) {
	var rows []DomainProblem
	since := DayOf(s.now()) - recentSpan
	err := s.reader(ctx).Raw(`SELECT d.name, p.result_type, p.receiving_mx, p.sessions, p.first_day, p.last_day, p.reporters
		FROM domain_problems p JOIN domains d ON d.id = p.domain_id
		WHERE p.account_id = ? AND p.last_day >= ? AND p.domain_id <> ?
		AND EXISTS (SELECT 1 FROM domain_problems o WHERE o.domain_id = ? AND o.result_type = p.result_type AND o.receiving_mx = p.receiving_mx)
		ORDER BY p.sessions DESC, d.name LIMIT ?`,
		d.AccountID, since, d.ID, d.ID, breakdownRows).Scan(&rows).Error
	return rows, err
}
