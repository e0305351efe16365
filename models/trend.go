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
	err := s.asking(ctx).each(ctx, `SELECT day, successful, failed, reports FROM account_days
		WHERE account_id = ? AND day BETWEEN ? AND ? AND reports > 0 ORDER BY day`, []any{accountID, span.From, span.To},
		func(scan func(...any) error) error {
			var d DaySum
			err := scan(&d.Day, &d.Successful, &d.Failed, &d.Reports)
			days = append(days, d)
			return err
		})
	return days, err
}

// breakdownRows bounds a breakdown; the rest is beyond what a page can show.
const breakdownRows = 100

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
