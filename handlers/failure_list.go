package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// failureGroups is the longest list of failures on one page.
const failureGroups = 50

// listFailures groups a domain's failures by result type, MX and reason, with
// cause and fix.
func (s *site) listFailures(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, _ := rangeOf(c.QueryParams(), s.Now())
	page := views.FailuresPage{Frame: s.frame(c, d.Name+" failures"), Domain: domainHead(d), Range: r}
	l, err := s.Store.Ledger(ctx, d, spanOf(r))
	if err != nil {
		return err
	}
	span := spanOf(r)
	sum := l.Sum(int32(span.From), int32(span.To), nil)
	page.Sessions = views.Sessions{Successful: sum.Successful, Failed: sum.Failed}
	page.HasReports = sum.Reports > 0
	page.Files = filesOf("Failures", domainQuery{base: "/domains/" + d.Name, r: r}, "failures")
	if page.Groups, err = s.failureGroups(ctx, d, span, l, sum, failureGroups); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Failures(page))
}

func (s *site) failureGroups(ctx context.Context, d models.Domain, span models.Span, l *ledger.Ledger, sum ledger.Sum, most int) ([]views.FailureGroup, error) {
	problems := l.ProblemParts(int32(span.From), int32(span.To))
	var groups []views.FailureGroup
	for _, p := range problems[:min(len(problems), most)] {
		same, err := s.otherDomainsWith(ctx, d, p)
		if err != nil {
			return nil, err
		}
		groups = append(groups, failureGroup(d, p, domainEvidence{span, sum, problems, same}))
	}
	return groups, nil
}

// namedDomains is how many other domains are named as evidence.
const namedDomains = 5

// otherDomainsWith lists other domains of the account at whose MX the same
// happens nowadays. Where no MX is named, nothing ties domains together.
func (s *site) otherDomainsWith(ctx context.Context, d models.Domain, p ledger.ProblemParts) ([]string, error) {
	if p.MX == "" {
		return nil, nil
	}
	today := models.DayOf(s.Now())
	key := models.ProblemKey{ResultType: p.ResultType, ReceivingMX: p.MX, Reason: p.Reason}
	rows, err := s.Store.DomainsWithProblem(ctx, d.AccountID, key, models.Span{From: today - recentDays + 1, To: today}, namedDomains+1)
	var names []string
	for _, r := range rows {
		if r.Name != d.Name && len(names) < namedDomains {
			names = append(names, r.Name)
		}
	}
	return names, err
}

// recentDays is how far back the problems of other domains count as evidence.
const recentDays = 30

func failureGroup(d models.Domain, p ledger.ProblemParts, e domainEvidence) views.FailureGroup {
	g := views.FailureGroup{
		Domain: d.Name, ResultType: p.ResultType, MX: p.MX, Reason: p.Reason, Failed: p.Sessions, OfTotal: e.sum.Successful + e.sum.Failed,
		First: models.Day(p.First).Time(), Last: models.Day(p.Last).Time(), Cause: tlsrpt.DescribeResult(p.ResultType).Meaning,
	}
	for _, r := range p.ByReporter {
		g.Reporters = append(g.Reporters, reporterName(r.Name))
	}
	g.Spark = sparkOf(e.span, "Failed sessions by day", func(day models.Day) (int64, int64, bool) {
		i := day - e.span.From
		return 0, p.Days[i], e.sum.Days[i].Known
	})
	if g.Spark != nil {
		g.Spark.FailuresOnly = true
	}
	g.Whose, g.Evidence = whoseFault(d, p, e)
	g.Fix = fixFor(g, d.Name)
	q := domainQuery{base: "/domains/" + d.Name, r: views.Range{From: e.span.From.Time(), To: e.span.To.Time()}, filter: ledger.Filter{}}
	q = q.with(ledger.ByResult, p.ResultType).with(ledger.ByMX, p.MX)
	g.URL, g.Files = q.url(), filesOf("Failed sessions by day", q, "trend")
	return g
}

func fixFor(g views.FailureGroup, domain string) string {
	about := tlsrpt.ResultContext{MX: g.MX, Domain: domain, Code: g.Reason}
	if len(g.Reporters) == 1 {
		about.Org = g.Reporters[0]
	}
	return tlsrpt.DescribeResult(g.ResultType).FixFor(about)
}
