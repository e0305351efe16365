package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ledger"
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
	l, err := s.Store.Ledger(ctx, d, spanOf(r))
	if err != nil {
		return err
	}
	span := spanOf(r)
	sum := l.Sum(int32(span.From), int32(span.To), nil)
	page.Sessions = views.Sessions{Successful: sum.Successful, Failed: sum.Failed}
	page.HasReports = sum.Reports > 0
	if page.Groups, err = s.failureGroups(ctx, d, span, l, sum); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Failures(page))
}

// reasonDays is how many of the newest days of a range the reason codes are
// from: they stand in the report rows only.
const reasonDays = 31

func (s *site) failureGroups(ctx context.Context, d models.Domain, span models.Span, l *ledger.Ledger, sum ledger.Sum) ([]views.FailureGroup, error) {
	problems := l.ProblemParts(int32(span.From), int32(span.To))
	recent := models.Span{From: max(span.From, span.To-reasonDays+1), To: span.To}
	reasons, err := s.Store.ProblemReasons(ctx, d, recent)
	if err != nil {
		return nil, err
	}
	elsewhere, err := s.Store.ProblemsElsewhere(ctx, d)
	if err != nil {
		return nil, err
	}
	var groups []views.FailureGroup
	for _, p := range problems[:min(len(problems), failureGroups)] {
		groups = append(groups, s.failureGroup(d, p, evidence{span, sum, problems, reasons, elsewhere}))
	}
	return groups, nil
}

// evidence is what a problem is judged by.
type evidence struct {
	span      models.Span
	sum       ledger.Sum
	problems  []ledger.ProblemParts
	reasons   []models.ProblemPart
	elsewhere []models.DomainProblem
}

func (s *site) failureGroup(d models.Domain, p ledger.ProblemParts, e evidence) views.FailureGroup {
	g := views.FailureGroup{
		Domain: d.Name, ResultType: p.ResultType, MX: p.MX, Failed: p.Sessions, OfTotal: e.sum.Successful + e.sum.Failed,
		First: models.Day(p.First).Time(), Last: models.Day(p.Last).Time(), Cause: tlsrpt.DescribeResult(p.ResultType).Meaning,
	}
	for _, r := range p.ByReporter {
		g.Reporters = append(g.Reporters, reporterName(r.Name))
	}
	for _, r := range e.reasons {
		if r.ResultType == p.ResultType && r.ReceivingMX == p.MX {
			g.Reasons = append(g.Reasons, r.Reason)
		}
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
	g.URL = q.with(ledger.ByResult, p.ResultType).with(ledger.ByMX, p.MX).url()
	return g
}

// whoseFault is a guess from who sees a failure and who does not, and what it
// rests on; both are said as such.
func whoseFault(d models.Domain, p ledger.ProblemParts, e evidence) (guess string, evidence []string) {
	seen, all := len(p.ByReporter), len(e.sum.Reporters)
	evidence = append(evidence, fmt.Sprintf("%d of %d %s %s it.", seen, all, plural(int64(all), "reporter", "reporters"), plural(int64(seen), "sees", "see")))
	clean := otherMXs(d, p, e.problems)
	if len(clean) > 0 {
		evidence = append(evidence, "No such failure at "+strings.Join(clean, ", ")+".")
	}
	same := domainsWith(p, e.elsewhere)
	if len(same) > 0 {
		evidence = append(evidence, "Your other domains with it: "+strings.Join(same, ", ")+".")
	}
	switch {
	case tlsrpt.DescribeResult(p.ResultType).Actor == tlsrpt.ActorSender:
		return "It follows from a setting of the sender.", evidence
	case seen > 1 && len(clean) > 0:
		return "It looks like your side: one MX.", evidence
	case seen > 1 && seen*2 > all:
		return "It looks like your side.", evidence
	case seen == 1 && all > 1 && len(same) == 0:
		return "It may be on the side of " + reporterName(p.ByReporter[0].Name) + ", who alone sees it.", evidence
	default:
		return "The reports do not tell whose side it is.", evidence
	}
}

// otherMXs are the MX hosts of the domain at which nobody reports such a failure.
func otherMXs(d models.Domain, p ledger.ProblemParts, problems []ledger.ProblemParts) []string {
	if p.MX == "" {
		return nil
	}
	var clean []string
	for _, mx := range d.MXHosts {
		mx = strings.TrimSuffix(mx, ".")
		failing := slices.ContainsFunc(problems, func(o ledger.ProblemParts) bool { return o.ResultType == p.ResultType && strings.EqualFold(o.MX, mx) })
		if !failing {
			clean = append(clean, mx)
		}
	}
	return clean
}

// namedDomains is how many other domains are named as evidence.
const namedDomains = 5

func domainsWith(p ledger.ProblemParts, elsewhere []models.DomainProblem) []string {
	var names []string
	for _, o := range elsewhere {
		if o.ResultType == p.ResultType && o.ReceivingMX == p.MX && len(names) < namedDomains {
			names = append(names, o.Name)
		}
	}
	return names
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
// parts: the problems last seen in the range, with their sessions of 30 days.
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
		g := views.FailureGroup{
			Domain: p.Name, ResultType: p.ResultType, MX: p.ReceivingMX, Failed: p.Sessions, First: p.FirstDay.Time(), Last: p.LastDay.Time(),
			Cause:     tlsrpt.DescribeResult(p.ResultType).Meaning,
			Reporters: []string{fmt.Sprintf("%d %s", p.Reporters, plural(p.Reporters, "reporter", "reporters"))},
		}
		g.Fix = tlsrpt.DescribeResult(p.ResultType).FixFor(tlsrpt.ResultContext{MX: p.ReceivingMX, Domain: p.Name})
		page.Groups = append(page.Groups, g)
	}
	return render(c, http.StatusOK, views.Failures(page))
}
