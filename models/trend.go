package models

import (
	"context"
)

// DaySum is what all reporters say about one UTC day, in sessions. A day
// without any report has no DaySum.
type DaySum struct {
	Day        Day
	Successful int64
	Failed     int64
	Reports    int64
}

// Span is a range of days, both included.
type Span struct{ From, To Day }

// Trend sums the counted reports of a domain by day, oldest first.
func (s *Store) Trend(ctx context.Context, d Domain, span Span) ([]DaySum, error) {
	var days []DaySum
	err := s.reader(ctx).Raw(`SELECT day, SUM(successful) AS successful, SUM(failed) AS failed, SUM(reports) AS reports
		FROM daily_totals WHERE domain_id = ? AND account_id = ? AND day BETWEEN ? AND ? GROUP BY day ORDER BY day`,
		d.ID, d.AccountID, span.From, span.To).Scan(&days).Error
	return days, err
}

// AccountTrend sums the counted reports of all of an account's domains by day.
func (s *Store) AccountTrend(ctx context.Context, accountID string, span Span) ([]DaySum, error) {
	var days []DaySum
	err := s.reader(ctx).Raw(`SELECT day, successful, failed, reports FROM account_days
		WHERE account_id = ? AND day BETWEEN ? AND ? AND reports > 0 ORDER BY day`,
		accountID, span.From, span.To).Scan(&days).Error
	return days, err
}

// DayFailures is how many failed sessions of one result type one day has.
type DayFailures struct {
	Day        Day
	ResultType string
	Sessions   int64
}

// FailuresByDay sums the failure details of a domain by day and result type.
// Details may overlap: their sum need not be the day's failed sessions.
func (s *Store) FailuresByDay(ctx context.Context, d Domain, span Span) ([]DayFailures, error) {
	var rows []DayFailures
	err := s.reader(ctx).Raw(`SELECT day, result_type, SUM(sessions) AS sessions FROM daily_failures
		WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY day, result_type ORDER BY day, result_type`,
		d.ID, span.From, span.To).Scan(&rows).Error
	return rows, err
}

// Share is one row of a breakdown. Successful is 0 where only failures can be told apart.
type Share struct {
	Name       string
	Successful int64
	Failed     int64
}

// ReportersOf breaks a domain's sessions down by reporter.
func (s *Store) ReportersOf(ctx context.Context, d Domain, span Span) ([]Share, error) {
	return s.shares(ctx, `SELECT reporter AS name, SUM(successful) AS successful, SUM(failed) AS failed
		FROM daily_totals WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY reporter ORDER BY SUM(successful) + SUM(failed) DESC, reporter`, d, span)
}

// PolicyShare is one row of the breakdown by policy.
type PolicyShare struct {
	PolicyType string
	Mode       string
	Successful int64
	Failed     int64
}

// PoliciesOf breaks a domain's sessions down by policy type and mode. The rows
// do not add up: tlsa repeats the sessions of sts.
func (s *Store) PoliciesOf(ctx context.Context, d Domain, span Span) ([]PolicyShare, error) {
	var rows []PolicyShare
	err := s.reader(ctx).Raw(`SELECT policy_type, mode, SUM(successful) AS successful, SUM(failed) AS failed
		FROM daily_policies WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY policy_type, mode ORDER BY SUM(successful) + SUM(failed) DESC, policy_type, mode`,
		d.ID, span.From, span.To).Scan(&rows).Error
	return rows, err
}

// ResultTypesOf breaks a domain's failures down by result type.
func (s *Store) ResultTypesOf(ctx context.Context, d Domain, span Span) ([]Share, error) {
	return s.failureShares(ctx, "result_type", d, span)
}

// ReceivingMXOf breaks a domain's failures down by receiving MX; "" is unnamed.
func (s *Store) ReceivingMXOf(ctx context.Context, d Domain, span Span) ([]Share, error) {
	return s.failureShares(ctx, "receiving_mx", d, span)
}

// SendingNetworksOf breaks a domain's failures down by sending network.
func (s *Store) SendingNetworksOf(ctx context.Context, d Domain, span Span) ([]Share, error) {
	return s.failureShares(ctx, "sending_network", d, span)
}

// breakdownRows bounds a breakdown; the rest is beyond what a page can show.
const breakdownRows = 100

// failureShares groups by a column, which is one of the names above and never input.
func (s *Store) failureShares(ctx context.Context, column string, d Domain, span Span) ([]Share, error) {
	return s.shares(ctx, "SELECT "+column+" AS name, SUM(sessions) AS failed FROM daily_failures"+
		" WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY "+column+" ORDER BY SUM(sessions) DESC, "+column, d, span)
}

func (s *Store) shares(ctx context.Context, query string, d Domain, span Span) ([]Share, error) {
	var rows []Share
	err := s.reader(ctx).Raw(query+" LIMIT ?", d.ID, span.From, span.To, breakdownRows).Scan(&rows).Error
	return rows, err
}

// Problem is a kind of failure at one MX over time.
type Problem struct {
	ResultType  string
	ReceivingMX string
	Sessions    int64
	FirstDay    Day
	LastDay     Day
	Reporters   int64
}

// Problems groups a domain's failures by result type and receiving MX.
func (s *Store) Problems(ctx context.Context, d Domain, span Span) ([]Problem, error) {
	var rows []Problem
	err := s.reader(ctx).Raw(`SELECT result_type, receiving_mx, SUM(sessions) AS sessions, MIN(day) AS first_day, MAX(day) AS last_day, COUNT(DISTINCT reporter) AS reporters
		FROM daily_failures WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY result_type, receiving_mx ORDER BY SUM(sessions) DESC, result_type, receiving_mx LIMIT ?`,
		d.ID, span.From, span.To, breakdownRows).Scan(&rows).Error
	return rows, err
}

// ProblemReporters lists who reports one problem, most sessions first.
func (s *Store) ProblemReporters(ctx context.Context, d Domain, span Span, resultType, receivingMX string) ([]Share, error) {
	var rows []Share
	err := s.reader(ctx).Raw(`SELECT reporter AS name, SUM(sessions) AS failed FROM daily_failures
		WHERE domain_id = ? AND day BETWEEN ? AND ? AND result_type = ? AND receiving_mx = ? GROUP BY reporter ORDER BY SUM(sessions) DESC, reporter LIMIT ?`,
		d.ID, span.From, span.To, storable(resultType), storable(receivingMX), breakdownRows).Scan(&rows).Error
	return rows, err
}
