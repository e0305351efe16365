package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// dayReports is how many reports of a day its page lists.
const dayReports = 100

// showDay is one UTC day of a domain: who reported, what failed, which reports.
func (s *site) showDay(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	day, ok := parseDay(c.Param("day"))
	if today := models.DayOf(s.Now()); !ok || day > today || day < 0 {
		return models.ErrNotFound
	}
	page := views.DayPage{Frame: s.frame(c, d.Name+" "+day.String()), Domain: domainHead(d), Day: day.Time()}
	page.Previous, page.Next = daysURL(d.Name)+(day-1).String(), ""
	if day < models.DayOf(s.Now()) {
		page.Next = daysURL(d.Name) + (day + 1).String()
	}
	if err := s.fillDay(c.Request().Context(), &page, d, day); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.DomainDay(page))
}

func (s *site) fillDay(ctx context.Context, page *views.DayPage, d models.Domain, day models.Day) error {
	l, err := s.Store.Ledger(ctx, d, dayReach(day))
	if err != nil {
		return err
	}
	sum := l.Sum(int32(day), int32(day), nil)
	page.Known = sum.Reports > 0
	page.Sessions = views.Sessions{Successful: sum.Successful, Failed: sum.Failed}
	page.Attendance = dayAttendance(l, day, s.Now().Unix()/3600, sum)
	q := domainQuery{base: "/domains/" + d.Name, r: views.Range{From: day.Time(), To: day.Time()}, filter: ledger.Filter{}}
	page.Breakdowns = breakdowns(q, sum)
	page.Files, page.ReportFiles = filesOf("Reporters", q, "attendance"), filesOf("Reports", q, "reports")
	events, err := s.Store.DomainEvents(ctx, d, day.Time(), (day + 1).Time())
	if err != nil {
		return err
	}
	for _, e := range events {
		if text := eventText(e); text != "" {
			page.Events = append(page.Events, views.Change{At: e.At, Text: text})
		}
	}
	reports, total, err := s.Store.Reports(ctx, d, models.ReportFilter{From: day, To: day, Limit: dayReports})
	if err != nil {
		return err
	}
	page.ReportTotal = int(total)
	page.Reports, err = s.reportRows(ctx, d.AccountID, reports, nil)
	return err
}

// dayReach is the days that tell what is usual on one.
func dayReach(day models.Day) models.Span {
	return models.Span{From: day - habitDays, To: day + 2*fillingDays}
}

// dayAttendance says of each reporter what it did for the day, also of those
// that are missed.
func dayAttendance(l *ledger.Ledger, day models.Day, now int64, sum ledger.Sum) []views.AttendanceRow {
	said := map[string]ledger.Share{}
	for _, r := range sum.Reporters {
		said[r.Name] = r
	}
	var rows []views.AttendanceRow
	for _, a := range l.Attendance(int32(day)-habitDays/3, int32(day), now) {
		state := a.States[len(a.States)-1]
		if state == ledger.NotExpected {
			continue
		}
		word := gridState(state).Word()
		if state == ledger.Due {
			word = "may still come"
		}
		rows = append(rows, views.AttendanceRow{Reporter: reporterName(a.Reporter), State: word, Sessions: sessionsOfShare(said[a.Reporter])})
	}
	return rows
}
