package handlers

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// apiStats are the counted sessions of a domain in a range of UTC days.
type apiStats struct {
	Domain string    `json:"domain"`
	From   apiDay    `json:"from"`
	To     apiDay    `json:"to" doc:"Included."`
	Group  string    `json:"group" enum:"day reporter result mx ip policy"`
	Totals apiTotals `json:"totals" doc:"Of the range with its filters; rows of other groups than day and reporter need not add up to them."`
	Rows   []apiStat `json:"rows" doc:"A row for each day, or most sessions first."`
}

type apiTotals struct {
	Successful *int64 `json:"successful" doc:"null under a filter by result, mx or ip: reporters name these for failures only."`
	Failed     int64  `json:"failed"`
	Reports    int64  `json:"reports"`
}

// apiStat is a row. It carries the one name that the group is about, and for a
// policy its mode.
type apiStat struct {
	Day            *apiDay `json:"day,omitempty"`
	Reporter       *string `json:"reporter,omitempty"`
	ResultType     *string `json:"result_type,omitempty"`
	ReceivingMX    *string `json:"receiving_mx,omitempty" doc:"Empty when the reporter named none."`
	SendingNetwork *string `json:"sending_network,omitempty" doc:"The /24 or /48 of the sending address; empty when the reporter named none."`
	PolicyType     *string `json:"policy_type,omitempty"`
	Mode           *string `json:"mode,omitempty"`
	Successful     *int64  `json:"successful" doc:"null where it is not known: a day without a report, or a group that is about failures."`
	Failed         *int64  `json:"failed" doc:"null for a day without a report."`
}

var spanParams = []apiParam{
	{name: "from", kind: "day", text: "The first UTC day."},
	{name: "to", kind: "day", text: "The last UTC day, included; today if it is left out."},
	{name: "days", kind: "integer", text: "In place of from and to: so many days that end today. 30 if all are left out."},
}

var statsGroups = []string{"day", "reporter", "result", "mx", "ip", "policy"}

var statsParams = append([]apiParam{
	{name: "group", kind: "string", words: statsGroups, text: "What the rows are about; day if it is left out."},
	{name: "reporter", kind: "string", text: "Only this reporter."},
	{name: "result", kind: "string", text: "Only failures of this result type."},
	{name: "mx", kind: "string", text: "Only failures at this receiving MX."},
	{name: "ip", kind: "string", text: "Only failures from this sending network, as the group ip names it."},
	{name: "policy", kind: "string", text: "Only under policies of this type (sts, tlsa, no-policy-found)."},
	{name: "mode", kind: "string", text: "Only under policies of this mode."},
}, spanParams...)

func apiShowStats(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	q, group, err := s.statsQuery(c)
	if err != nil {
		return reply{}, err
	}
	sum, err := s.sumOfQuery(c.Request().Context(), d, q)
	if err != nil {
		return reply{}, err
	}
	span := q.span()
	stats := apiStats{
		Domain: d.Name, From: dayOf(span.From), To: dayOf(span.To), Group: group,
		Totals: apiTotals{Failed: sum.Failed, Reports: sum.Reports}, Rows: statRows(group, sum, q.filter.FailuresOnly()),
	}
	if !q.filter.FailuresOnly() {
		stats.Totals.Successful = &sum.Successful
	}
	return reply{body: stats}, nil
}

// statsQuery reads the range, the group and the filters of a call.
func (s *site) statsQuery(c *apiCall) (domainQuery, string, error) {
	group, err := wordParam(c, "group")
	if err != nil {
		return domainQuery{}, "", err
	}
	if group == "" {
		group = "day"
	}
	q := domainQuery{filter: ledger.Filter{}}
	for name, field := range map[string]ledger.Field{
		"reporter": ledger.ByReporter, "result": ledger.ByResult, "mx": ledger.ByMX, "ip": ledger.ByNetwork, "policy": ledger.ByPolicy, "mode": ledger.ByMode,
	} {
		if c.QueryParams().Has(name) {
			q.filter[field] = searchText(c.QueryParam(name))
		}
	}
	_, byPolicy := q.filter[ledger.ByPolicy]
	_, byMode := q.filter[ledger.ByMode]
	failures := q.filter.FailuresOnly() || group == "result" || group == "mx" || group == "ip"
	if failures && (byPolicy || byMode || group == "policy") {
		return q, "", refuseCall(http.StatusBadRequest, problemParameter, "Failure details do not say under which policy they stand: result, mx and ip cannot be combined with policy or mode.")
	}
	q.r, err = s.daysOf(c)
	return q, group, err
}

// daysOf reads the range of a call. What the pages bend into a range is refused
// here: a program would not notice.
func (s *site) daysOf(c *apiCall) (views.Range, error) {
	today := models.DayOf(s.Now())
	from, to, days := c.QueryParam("from"), c.QueryParam("to"), c.QueryParam("days")
	if days != "" || from == "" && to == "" {
		if from != "" || to != "" {
			return views.Range{}, refuseCall(http.StatusBadRequest, problemParameter, "Give either days, or from and to.")
		}
		return lastDaysOf(days, today)
	}
	last, ok := parseDay(to)
	if to == "" {
		last, ok = today, true
	}
	first, known := parseDay(from)
	switch {
	case !ok || !known:
		return views.Range{}, refuseCall(http.StatusBadRequest, problemParameter, "Days are written as 2026-01-31, and a range that has an end has a beginning.")
	case first > last:
		return views.Range{}, refuseCall(http.StatusBadRequest, problemParameter, "The first day comes after the last.")
	case last-first >= maxFreeDays:
		return views.Range{}, refuseCall(http.StatusBadRequest, problemParameter, fmt.Sprintf("A range has at most %d days.", maxFreeDays))
	}
	return views.Range{From: first.Time(), To: last.Time()}, nil
}

func lastDaysOf(text string, today models.Day) (views.Range, error) {
	if text == "" {
		return lastDays(defaultDays, today), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxDays {
		return views.Range{}, refuseCall(http.StatusBadRequest, problemParameter, fmt.Sprintf(`The parameter "days" must be a whole number from 1 to %d.`, maxDays))
	}
	return lastDays(n, today), nil
}

func statRows(group string, sum ledger.Sum, failuresOnly bool) []apiStat {
	switch group {
	case "reporter":
		return shareRows(sum.Reporters, failuresOnly, func(r *apiStat, s ledger.Share) { r.Reporter = &s.Name })
	case "result":
		return shareRows(sum.Results, true, func(r *apiStat, s ledger.Share) { r.ResultType = &s.Name })
	case "mx":
		return shareRows(sum.MXs, true, func(r *apiStat, s ledger.Share) { r.ReceivingMX = &s.Name })
	case "ip":
		return shareRows(sum.Networks, true, func(r *apiStat, s ledger.Share) { r.SendingNetwork = &s.Name })
	case "policy":
		return shareRows(sum.Policies, false, func(r *apiStat, s ledger.Share) { r.PolicyType, r.Mode = &s.Name, &s.Mode })
	default:
		return dayRows(sum, failuresOnly)
	}
}

func shareRows(shares []ledger.Share, failuresOnly bool, name func(*apiStat, ledger.Share)) []apiStat {
	rows := make([]apiStat, len(shares))
	for i, s := range shares {
		rows[i].Failed = &s.Failed
		if !failuresOnly {
			rows[i].Successful = &s.Successful
		}
		name(&rows[i], s)
	}
	return rows
}

func dayRows(sum ledger.Sum, failuresOnly bool) []apiStat {
	rows := make([]apiStat, len(sum.Days))
	for i, day := range sum.Days {
		text := dayOf(models.Day(sum.From) + models.Day(i))
		rows[i].Day = &text
		if !day.Known {
			continue
		}
		rows[i].Failed = &day.Failed
		if !failuresOnly {
			rows[i].Successful = &day.Successful
		}
	}
	return rows
}
