package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

const (
	overviewDays    = 7
	overviewDomains = 10
	overviewNeeds   = 6
	overviewChanges = 8
)

// showOverview says whether mail is safe now, what changed and what needs a hand.
func (s *site) showOverview(c echo.Context) error {
	accountID := member(c).AccountID
	today := models.DayOf(s.Now())
	page := views.OverviewPage{Frame: s.frame(c, "Overview"), Range: s.overviewRange(c), Sort: views.SortNeeds}
	ctx, err := s.throughTag(c, &page.TagFilter)
	if err != nil {
		return err
	}
	files := url.Values{"days": {strconv.Itoa(page.Range.Days)}}
	if page.Tag != "" {
		files.Set("tag", page.Tag)
	}
	page.TrendFiles = filesAt("All domains by day", "/overview", "trend", files)
	files.Del("days")
	page.DomainFiles, page.DayFiles = filesAt("Domains", "/domains", "domains", files), filesAt("Their days", "/domains", "days", files)
	span := spanOf(page.Range)
	if err := s.fillAccountTrend(ctx, &page, accountID, span); err != nil {
		return err
	}
	recent := models.Span{From: today - listDays + 1, To: today}
	if err := s.fillNeeds(ctx, &page, accountID, recent); err != nil {
		return err
	}
	if err := s.fillChanges(ctx, &page, accountID, span); err != nil {
		return err
	}
	domains, total, err := s.Store.ListDomains(ctx, accountID, models.DomainFilter{Limit: overviewDomains}, models.ByNeed)
	if err != nil {
		return err
	}
	page.DomainTotal = int(total)
	if page.Domains, err = s.domainRows(ctx, accountID, domains, recent); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Overview(page))
}

// overviewRange is one of the fixed ranges.
func (s *site) overviewRange(c echo.Context) views.Range {
	days := overviewDays
	for _, p := range views.Periods() {
		if c.QueryParam("days") == strconv.Itoa(p.Days) {
			days = p.Days
		}
	}
	return lastDays(days, models.DayOf(s.Now()))
}

func (s *site) fillAccountTrend(ctx context.Context, page *views.OverviewPage, accountID string, span models.Span) error {
	earlierSpan := before(span)
	all, err := s.Store.AccountTrend(ctx, accountID, models.Span{From: earlierSpan.From, To: span.To})
	if err != nil {
		return err
	}
	var days, earlier []models.DaySum
	for _, d := range all {
		if d.Day >= span.From {
			days = append(days, d)
		} else if d.Day <= earlierSpan.To { // some days of no whole week lie between
			earlier = append(earlier, d)
		}
	}
	page.Sessions = sumOf(days)
	sumBefore := sumOf(earlier)
	page.Change = changeOf(page.Sessions, sumBefore)
	byDay := map[models.Day]models.DaySum{}
	for _, d := range days {
		byDay[d.Day] = d
	}
	page.Trend = sparkOf(span, trendTitle(page.Sessions, false), func(day models.Day) (int64, int64, bool) {
		d, known := byDay[day]
		return d.Successful, d.Failed, known
	})
	return nil
}

func (s *site) fillNeeds(ctx context.Context, page *views.OverviewPage, accountID string, span models.Span) error {
	domains, err := s.Store.DomainsNeedingAHand(ctx, accountID, overviewNeeds)
	if err != nil {
		return err
	}
	problems, err := s.Store.AccountFailures(ctx, accountID, span, overviewNeeds)
	if err != nil {
		return err
	}
	page.Needs = needsOf(domains, problems)
	page.MoreNeeds = len(page.Needs) < len(domains)+len(problems)
	return nil
}

// needsOf is as many things as the overview has room for. Neither kind leaves
// no room for the other: a hundred lapsed records must not hide that mail to
// the rest fails.
func needsOf(domains []models.ListedDomain, problems []models.AccountProblem) []views.Need {
	shown := min(len(domains), max(overviewNeeds-len(problems), overviewNeeds/2))
	var needs []views.Need
	for _, d := range domains[:shown] {
		needs = append(needs, needOfDomain(d))
	}
	for _, p := range problems[:min(len(problems), overviewNeeds-shown)] {
		needs = append(needs, needOfProblem(p))
	}
	return needs
}

func needOfDomain(d models.ListedDomain) views.Need {
	n := views.Need{Verdict: views.Fail, Title: d.Name + ": its DNS record does not work", Detail: d.Finding, URL: "/domains/" + d.Name + "/setup"}
	if d.State == models.Lapsed {
		n.Title = d.Name + " is no longer delegated to us"
	}
	return n
}

func needOfProblem(p models.AccountProblem) views.Need {
	detail := fmt.Sprintf("%s %s %s since %s", tlsrpt.DescribeResult(p.ResultType).Meaning, chart.Number(p.Sessions),
		plural(p.Sessions, "session", "sessions"), p.FirstDay.Time().Format("2 Jan"))
	if p.Domains > 1 {
		detail += fmt.Sprintf(" to %s of your domains", chart.Number(p.Domains))
	}
	if names := reportersOfProblem(p); len(names) > 0 {
		detail += ", seen by " + listed(names)
	}
	n := views.Need{Verdict: views.Warn, Title: p.ResultType + " at " + placeOfProblem(p), Detail: detail + ".", URL: "/failures?days=30"}
	if p.Domains == 1 && len(p.Examples) > 0 {
		n.URL = "/domains/" + p.Examples[0].Name + "/failures?days=30"
	}
	return n
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (s *site) fillChanges(ctx context.Context, page *views.OverviewPage, accountID string, span models.Span) error {
	since := span.From.Time()
	events, err := s.Store.AccountEvents(ctx, accountID, since, overviewChanges)
	if err != nil {
		return err
	}
	for _, e := range events {
		if text := eventText(e.DomainEvent); text != "" {
			page.Changes = append(page.Changes, views.Change{At: e.At, Domain: e.Name, Text: text, URL: "/domains/" + e.Name})
		}
	}
	reporters, err := s.Store.NewReporters(ctx, accountID, since, overviewChanges)
	if err != nil {
		return err
	}
	for _, r := range reporters {
		page.Changes = append(page.Changes, newReporterChange(r))
	}
	notices, err := s.Store.Notices(ctx, accountID, since, overviewChanges)
	if err != nil {
		return err
	}
	for _, n := range notices {
		page.Changes = append(page.Changes, noticeChange(n))
	}
	slices.SortStableFunc(page.Changes, func(a, b views.Change) int { return b.At.Compare(a.At) })
	page.Changes = page.Changes[:min(len(page.Changes), overviewChanges)]
	return nil
}

func noticeChange(n models.Notice) views.Change {
	if n.Kind == models.NoticeMailbox {
		return views.Change{At: n.At, Text: "mailbox " + n.Subject + " " + n.Detail, URL: "/settings/mailbox"}
	}
	return views.Change{At: n.At, Text: n.Subject + " was removed: " + n.Detail}
}

func newReporterChange(r models.NewReporter) views.Change {
	c := views.Change{At: r.FirstSeen, Domain: r.Name, Text: "new reporter " + reporterName(r.Identity)}
	if r.Name != "" {
		c.URL = "/domains/" + r.Name + "?days=30&reporter=" + url.QueryEscape(r.Identity)
	}
	return c
}
