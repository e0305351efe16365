package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// listAccountFailures groups the failures of all domains: one outage at an MX
// that they share is one problem. The problems are those last seen in the
// range, with their sessions of 30 days.
func (s *site) listAccountFailures(c echo.Context) error {
	ctx, accountID := c.Request().Context(), member(c).AccountID
	r, _ := rangeOf(c.QueryParams(), s.Now())
	page := views.FailuresPage{Frame: s.frame(c, "Failures"), Range: r}
	sums, err := s.Store.AccountTrend(ctx, accountID, spanOf(r))
	if err != nil {
		return err
	}
	page.Sessions = sumOf(sums)
	page.HasReports = len(sums) > 0
	page.Files = filesAt("Failures", "/failures", "failures", c.QueryParams())
	problems, err := s.Store.AccountProblems(ctx, accountID, spanOf(r), failureGroups)
	if err != nil {
		return err
	}
	for _, p := range problems {
		page.Groups = append(page.Groups, accountFailureGroup(p))
	}
	return render(c, http.StatusOK, views.Failures(page))
}

func accountFailureGroup(p models.AccountProblem) views.FailureGroup {
	g := views.FailureGroup{
		ResultType: p.ResultType, MX: p.ReceivingMX, Reason: p.Reason, Failed: p.Sessions, First: p.FirstDay.Time(), Last: p.LastDay.Time(),
		Cause: tlsrpt.DescribeResult(p.ResultType).Meaning, Reporters: reportersOfProblem(p), DomainCount: int(p.Domains),
	}
	for _, e := range p.Examples {
		g.Domains = append(g.Domains, views.FailureDomain{Name: e.Name, Failed: e.Sessions})
	}
	if len(g.Domains) > 0 {
		g.Domain = g.Domains[0].Name
	}
	g.Whose, g.Evidence = whoseOverAll(p)
	g.Fix = fixFor(g, g.Domain)
	return g
}
