package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// failureGroups is the longest list of failures on one page.
const failureGroups = 50

// listFailures groups a domain's failures by result type and MX, with cause and fix.
func (s *site) listFailures(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, _ := rangeOf(c.QueryParams(), s.Now())
	page := views.FailuresPage{Frame: s.frame(c, d.Name+" failures"), Domain: domainHead(d), Range: r}
	sums, err := s.Store.Trend(ctx, d, spanOf(r))
	if err != nil {
		return err
	}
	page.Sessions, _ = sumOf(sums)
	page.HasReports = len(sums) > 0
	if page.Groups, err = s.failureGroups(ctx, d, spanOf(r), page.Sessions); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Failures(page))
}

// problemKey is what failures are grouped by.
type problemKey struct{ resultType, mx string }

func (s *site) failureGroups(ctx context.Context, d models.Domain, span models.Span, sum views.Sessions) ([]views.FailureGroup, error) {
	problems, err := s.Store.Problems(ctx, d, span)
	if err != nil {
		return nil, err
	}
	parts, err := s.Store.ProblemReports(ctx, d, span)
	if err != nil {
		return nil, err
	}
	reasons, err := s.Store.ProblemReasons(ctx, d, span)
	if err != nil {
		return nil, err
	}
	reporters, err := s.Store.ReportersOf(ctx, d, span)
	if err != nil {
		return nil, err
	}
	var groups []views.FailureGroup
	for _, p := range problems[:min(len(problems), failureGroups)] {
		g := failureGroup(d, p, sum.Total())
		addParts(&g, problemKey{p.ResultType, p.ReceivingMX}, parts, reasons, span)
		g.Whose = whoseFault(g, len(reporters))
		g.Fix = fixFor(g, d.Name)
		groups = append(groups, g)
	}
	return groups, nil
}

func failureGroup(d models.Domain, p models.Problem, total int64) views.FailureGroup {
	return views.FailureGroup{
		Domain: d.Name, ResultType: p.ResultType, MX: p.ReceivingMX, Failed: p.Sessions, OfTotal: total,
		First: p.FirstDay.Time(), Last: p.LastDay.Time(),
	}
}

// addParts puts in who reports a problem, when, and with which reasons.
func addParts(g *views.FailureGroup, key problemKey, parts, reasons []models.ProblemPart, span models.Span) {
	byDay := map[models.Day]int64{}
	for _, p := range parts {
		if (problemKey{p.ResultType, p.ReceivingMX}) != key {
			continue
		}
		byDay[p.Day] += p.Sessions
		if name := reporterName(p.Reporter); !slices.Contains(g.Reporters, name) {
			g.Reporters = append(g.Reporters, name)
		}
	}
	for _, p := range reasons {
		if (problemKey{p.ResultType, p.ReceivingMX}) == key {
			g.Reasons = append(g.Reasons, p.Reason)
		}
	}
	g.Spark = sparkOf(span, "Failed sessions by day", func(day models.Day) (int64, int64, bool) {
		n, known := byDay[day]
		return 0, n, known
	})
	if g.Spark != nil {
		g.Spark.FailuresOnly = true
	}
}

// whoseFault is a guess from who sees a failure and who does not; it is said
// as one.
func whoseFault(g views.FailureGroup, allReporters int) string {
	seen := len(g.Reporters)
	switch {
	case tlsrpt.DescribeResult(g.ResultType).Actor == tlsrpt.ActorSender:
		return "This follows from a setting of the sender."
	case seen == 0 || allReporters < 2:
		return ""
	case seen == 1:
		return fmt.Sprintf("Only %s sees it, of %d reporters: it may be on their side.", g.Reporters[0], allReporters)
	case seen == allReporters:
		return fmt.Sprintf("All %d reporters see it: it looks like your side.", allReporters)
	default:
		return fmt.Sprintf("%d of %d reporters see it.", seen, allReporters)
	}
}

func fixFor(g views.FailureGroup, domain string) string {
	about := tlsrpt.ResultContext{MX: g.MX, Domain: domain}
	if len(g.Reasons) > 0 {
		about.Code = g.Reasons[0]
	}
	if len(g.Reporters) == 1 {
		about.Org = g.Reporters[0]
	}
	return tlsrpt.DescribeResult(g.ResultType).FixFor(about)
}

// listAccountFailures is the same over all domains of the account, without the
// parts.
func (s *site) listAccountFailures(c echo.Context) error {
	ctx, accountID := c.Request().Context(), member(c).AccountID
	r, _ := rangeOf(c.QueryParams(), s.Now())
	page := views.FailuresPage{Frame: s.frame(c, "Failures"), Range: r}
	sums, err := s.Store.AccountTrend(ctx, accountID, spanOf(r))
	if err != nil {
		return err
	}
	page.Sessions, _ = sumOf(sums)
	page.HasReports = len(sums) > 0
	problems, err := s.Store.WorstProblems(ctx, accountID, spanOf(r), failureGroups)
	if err != nil {
		return err
	}
	for _, p := range problems {
		g := failureGroup(models.Domain{Name: p.Name}, p.Problem, 0)
		g.Reporters = []string{fmt.Sprintf("%d %s", p.Reporters, plural(p.Reporters, "reporter", "reporters"))}
		g.Fix = tlsrpt.DescribeResult(p.ResultType).FixFor(tlsrpt.ResultContext{MX: p.ReceivingMX, Domain: p.Name})
		page.Groups = append(page.Groups, g)
	}
	return render(c, http.StatusOK, views.Failures(page))
}
