package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// habitDays is how far before a range reporters' habits are learned from.
const habitDays = 84

// showDomain is the trend of a domain with its breakdowns.
func (s *site) showDomain(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	q := domainQueryOf(c.Request().URL.Path, c.QueryParams(), s.Now())
	page := views.DomainPage{Frame: s.frame(c, d.Name), Domain: domainHead(d), Shares: member(c).May(models.ToShare)}
	if err := s.fillDomain(c.Request().Context(), &page, d, q); err != nil {
		return err
	}
	panel, err := s.selfTestPanel(c, d)
	if err != nil {
		return err
	}
	panel.OnDomain, page.SelfTest = true, &panel
	return render(c, http.StatusOK, views.Domain(page))
}

// fillDomain puts in what the page says of the days that are asked for.
func (s *site) fillDomain(ctx context.Context, page *views.DomainPage, d models.Domain, q domainQuery) error {
	span, today := q.span(), models.DayOf(s.Now())
	page.Range, page.RangeError, page.Nav, page.Chips = q.r, q.error, q.ranges(today), q.chips()
	page.FailuresOnly = q.filter.FailuresOnly()
	l, err := s.Store.Ledger(ctx, d, models.Span{From: min(before(span).From, span.From-habitDays), To: span.To})
	if err != nil {
		return err
	}
	defer s.Store.ReleaseLedger(l)
	sum := l.Sum(int32(span.From), int32(span.To), q.filter)
	if sum.Reports == 0 && len(q.filter) == 0 {
		return s.fillWaiting(ctx, page, d)
	}
	page.Sessions = views.Sessions{Successful: sum.Successful, Failed: sum.Failed}
	page.Reports, page.Reporters = int(sum.Reports), len(sum.Reporters)
	attendance := l.Attendance(int32(span.From), int32(span.To), s.Now().Unix()/3600)
	page.Trend = trendOfSum(trendTitle(page.Sessions, page.FailuresOnly), sum, today, attendance)
	page.Trend.FailuresOnly, page.Trend.Per = page.FailuresOnly, q.period()
	s.compare(page, l, q)
	page.Trend.Days = chart.Grouped(page.Trend.Days, page.Trend.Per)
	if page.Trend.Per == chart.PerDay {
		page.Trend.DaysURL = daysURL(d.Name)
	}
	page.Breakdowns = breakdowns(q, sum)
	page.Grid = reporterGrid(q, span, attendance, sum)
	page.Files, page.GridFiles = filesOf("The trend", q, "trend"), filesOf("Reporters by day", q, "grid")
	if page.Addresses, err = s.addresses(ctx, d, q); err != nil {
		return err
	}
	if err := s.nameNetworks(ctx, d, page.Breakdowns); err != nil {
		return err
	}
	events, err := s.Store.DomainEvents(ctx, d, span.From.Time(), (span.To + 1).Time())
	page.Trend.Events = chartEvents(events)
	return err
}

// compare sets the range beside the days before it, weekday by weekday.
func (s *site) compare(page *views.DomainPage, l *ledger.Ledger, q domainQuery) {
	earlier := before(q.span())
	sum := l.Sum(int32(earlier.From), int32(earlier.To), q.filter)
	page.Change = changeOf(page.Sessions, views.Sessions{Successful: sum.Successful, Failed: sum.Failed})
	if q.plain || sum.Reports == 0 || q.filter.FailuresOnly() {
		return
	}
	page.Trend.Previous = chart.GroupedAs(chartDays(sum, 0), page.Trend.Days, page.Trend.Per)
}

// fillWaiting tells a domain that never had a report from a range without one.
func (s *site) fillWaiting(ctx context.Context, page *views.DomainPage, d models.Domain) error {
	counted, err := s.Store.HasCounts(ctx, d)
	if err != nil || counted {
		return err
	}
	page.Waiting = &views.Waiting{}
	if d.VerifiedAt != nil {
		page.Waiting.LiveSince = *d.VerifiedAt
	}
	return nil
}

// trendOfSum lays the days of a sum out for the chart. Days without a report
// stay unknown; days for which a report may still come are filling.
func trendOfSum(title string, sum ledger.Sum, today models.Day, attendance []ledger.Attendance) *chart.Trend {
	days := chartDays(sum, len(sum.Types))
	for i := range days {
		days[i].Filling = models.Day(sum.From)+models.Day(i) >= today-fillingDays
	}
	for _, a := range attendance {
		for i, state := range a.States {
			if state == ledger.Due && models.Day(sum.From)+models.Day(i) >= today-mostFilling {
				days[i].Filling = true
			}
		}
	}
	return &chart.Trend{Title: title, Days: days, Types: sum.Types}
}

// mostFilling is how many days back a day may be called still filling.
const mostFilling = 3

func chartDays(sum ledger.Sum, types int) []chart.Day {
	days := make([]chart.Day, len(sum.Days))
	first := models.Day(sum.From).Time()
	for i, d := range sum.Days {
		days[i] = chart.Day{Date: first.Add(time.Duration(i) * 24 * time.Hour), Known: d.Known, Successful: d.Successful, Failed: d.Failed}
		if types > 0 {
			days[i].ByType = d.ByType
		}
	}
	return days
}
