package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// exportedFailures is the longest list of problems in a file.
const exportedFailures = 1000

// exportAccountFailures gives the problems of all domains.
func (s *site) exportAccountFailures(c echo.Context) error {
	_, kind, err := fileAsked(c, "failures")
	if err != nil {
		return err
	}
	r, _ := rangeOf(c.QueryParams(), s.Now())
	return s.exportRows(c, s.dated("failures", kind), kind, func(out *rowWriter) error {
		problems, err := s.Store.AccountProblems(c.Request().Context(), member(c).AccountID, spanOf(r), exportedFailures)
		if err != nil {
			return err
		}
		var groups []views.FailureGroup
		for _, p := range problems {
			groups = append(groups, accountFailureGroup(p))
		}
		return writeFailures(out, groups)
	})
}

// exportFailures writes the problems of a domain.
func (s *site) exportFailures(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	l, err := s.Store.Ledger(ctx, d, q.span())
	if err != nil {
		return err
	}
	groups, err := s.failureGroups(ctx, d, q.span(), l, l.Sum(int32(q.span().From), int32(q.span().To), nil), exportedFailures)
	if err != nil {
		return err
	}
	return writeFailures(out, groups)
}

func writeFailures(out *rowWriter, groups []views.FailureGroup) error {
	out.head("result_type", "receiving_mx", "reason", "sessions", "of_sessions", "first_day", "last_day", "reporters", "domains", "looks_like", "evidence", "fix")
	for _, g := range groups {
		row := []any{g.ResultType, g.MX, g.Reason, g.Failed, nil, g.First.Format(time.DateOnly), g.Last.Format(time.DateOnly),
			strings.Join(g.Reporters, ", "), int64(max(g.DomainCount, 1)), g.Whose, strings.Join(g.Evidence, " "), g.Fix}
		if g.OfTotal > 0 {
			row[4] = g.OfTotal
		}
		if err := out.row(row...); err != nil {
			return err
		}
	}
	return nil
}

// exportAttendance writes what each reporter did for the last day of the range.
func (s *site) exportAttendance(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	day := q.span().To
	l, err := s.Store.Ledger(ctx, d, dayReach(day))
	if err != nil {
		return err
	}
	out.head("day", "reporter", "report", "successful", "failed")
	for _, r := range dayAttendance(l, day, s.Now().Unix()/3600, l.Sum(int32(day), int32(day), nil)) {
		if err := out.row(day.String(), r.Reporter, r.State, r.Sessions.Successful, r.Sessions.Failed); err != nil {
			return err
		}
	}
	return nil
}
