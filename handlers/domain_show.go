package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// showDomain is the trend of a domain with its breakdowns.
func (s *site) showDomain(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	r, sentence := rangeOf(c.QueryParams(), s.Now())
	page := views.DomainPage{Frame: s.frame(c, d.Name), Domain: domainHead(d), Range: r, RangeError: sentence}
	if err := s.fillTrend(c.Request().Context(), &page, d); err != nil {
		return err
	}
	if page.Trend != nil {
		if err := s.fillBreakdowns(c.Request().Context(), &page, d); err != nil {
			return err
		}
	}
	return render(c, http.StatusOK, views.Domain(page))
}

// fillTrend puts in the chart, or why there is none.
func (s *site) fillTrend(ctx context.Context, page *views.DomainPage, d models.Domain) error {
	span := spanOf(page.Range)
	sums, err := s.Store.Trend(ctx, d, span)
	if err != nil {
		return err
	}
	if len(sums) == 0 {
		return s.fillWaiting(ctx, page, d)
	}
	var reports int64
	page.Sessions, reports = sumOf(sums)
	page.Reports = int(reports)
	earlier, err := s.Store.Trend(ctx, d, before(span))
	if err != nil {
		return err
	}
	sumBefore, _ := sumOf(earlier)
	page.Change = changeOf(page.Sessions, sumBefore)
	failures, err := s.Store.FailuresByDay(ctx, d, span)
	if err != nil {
		return err
	}
	page.Trend = trendOf(trendTitle(page.Sessions), span, models.DayOf(s.Now()), sums, failures)
	page.Trend.DayURL = dayURL(d.Name)
	events, err := s.Store.DomainEvents(ctx, d, span.From.Time(), (span.To + 1).Time())
	page.Trend.Events = chartEvents(events)
	return err
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
