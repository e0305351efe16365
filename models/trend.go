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

// AccountTrend sums the counted reports of all of an account's domains by day.
func (s *Store) AccountTrend(ctx context.Context, accountID string, span Span) ([]DaySum, error) {
	days := make([]DaySum, 0, min(max(int(span.To-span.From)+1, 0), 366))
	var d DaySum
	var day int64 // a number of a type of its own would be read as text first
	into := []any{&day, &d.Successful, &d.Failed, &d.Reports}
	err := s.asking(ctx).each(ctx, `SELECT day, successful, failed, reports FROM account_days
		WHERE account_id = ? AND day BETWEEN ? AND ? AND reports > 0 ORDER BY day`, []any{accountID, span.From, span.To},
		func(scan func(...any) error) error {
			err := scan(into...)
			d.Day = Day(day)
			days = append(days, d)
			return err
		})
	return days, err
}
