package handlers

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// filterFields are what a trend can be filtered by, in the order of their
// chips. Each is a parameter of the URL.
var filterFields = []struct {
	field ledger.Field
	word  string
}{
	{ledger.ByResult, "result type"}, {ledger.ByReporter, "reporter"}, {ledger.ByMX, "MX"},
	{ledger.ByNetwork, "sending network"}, {ledger.ByPolicy, "policy"}, {ledger.ByMode, "mode"},
}

// domainQuery is what the URL of a domain page asks for. Its URLs carry all of
// it on, so that back and forward, links and bookmarks work.
type domainQuery struct {
	base   string // path of the page
	r      views.Range
	filter ledger.Filter
	per    string // "day", "week" or "month"; "" lets the range decide
	plain  bool   // without the period before
	sort   string // "reporter-failed": a table and its column
	more   string // a table that is shown whole
	error  string // what was wrong with the range
}

func domainQueryOf(base string, q url.Values, now time.Time) domainQuery {
	d := domainQuery{base: base, filter: ledger.Filter{}, per: oneOf(q.Get("by"), "day", "week", "month"), plain: q.Get("before") == "off"}
	d.r, d.error = rangeOf(q, now)
	for _, f := range filterFields {
		if q.Has(string(f.field)) {
			d.filter[f.field] = searchText(q.Get(string(f.field)))
		}
	}
	if d.filter.FailuresOnly() { // failure details do not say their policy
		delete(d.filter, ledger.ByPolicy)
		delete(d.filter, ledger.ByMode)
	}
	if table, column, ok := strings.Cut(q.Get("sort"), "-"); ok && isTable(table) && oneOf(column, "name", "sessions", "failed", "share") != "" {
		d.sort = table + "-" + column
	}
	if isTable(q.Get("more")) {
		d.more = q.Get("more")
	}
	return d
}

func isTable(id string) bool { return oneOf(id, "result", "reporter", "mx", "network", "policy") != "" }

// url is the page with another range, filter or order. The default values are
// left out.
func (d domainQuery) url() string {
	q := rangeParams(d.r)
	for _, f := range filterFields {
		if value, set := d.filter[f.field]; set {
			q = append(q, string(f.field)+"="+url.QueryEscape(value))
		}
	}
	for _, p := range [][2]string{{"by", d.per}, {"sort", d.sort}, {"more", d.more}} {
		if p[1] != "" {
			q = append(q, p[0]+"="+p[1])
		}
	}
	if d.plain {
		q = append(q, "before=off")
	}
	return d.base + "?" + strings.Join(q, "&")
}

func rangeParams(r views.Range) []string {
	if r.Days > 0 {
		return []string{"days=" + strconv.Itoa(r.Days)}
	}
	return []string{"from=" + r.From.Format(time.DateOnly), "to=" + r.To.Format(time.DateOnly)}
}

func (d domainQuery) with(field ledger.Field, value string) domainQuery {
	filter := ledger.Filter{field: value}
	for f, v := range d.filter {
		if f != field {
			filter[f] = v
		}
	}
	if filter.FailuresOnly() {
		delete(filter, ledger.ByPolicy)
		delete(filter, ledger.ByMode)
	}
	d.filter = filter
	return d
}

func (d domainQuery) without(field ledger.Field) domainQuery {
	filter := ledger.Filter{}
	for f, v := range d.filter {
		if f != field {
			filter[f] = v
		}
	}
	d.filter = filter
	return d
}

func (d domainQuery) span() models.Span { return spanOf(d.r) }

// period is what a bar covers: what was asked for, or what the range needs.
func (d domainQuery) period() chart.Period {
	switch days := length(d.span()); {
	case d.per == "week", d.per == "" && days > weeksFrom && days <= monthsFrom:
		return chart.PerWeek
	case d.per == "month", d.per == "" && days > monthsFrom:
		return chart.PerMonth
	default:
		return chart.PerDay
	}
}

const (
	weeksFrom  = 400 // days from which on bars are weeks
	monthsFrom = 750 // and months
)

// chips name the filters in force, each with the page without it.
func (d domainQuery) chips() []views.Chip {
	var chips []views.Chip
	for _, f := range filterFields {
		if value, set := d.filter[f.field]; set {
			chips = append(chips, views.Chip{Field: string(f.field), Word: f.word, Value: d.shown(f.field, value), Remove: d.without(f.field).url()})
		}
	}
	return chips
}

func (d domainQuery) shown(field ledger.Field, value string) string {
	switch {
	case field == ledger.ByReporter:
		return reporterName(value)
	case field == ledger.ByPolicy:
		return policyName(value)
	case value == "":
		return "not named"
	default:
		return value
	}
}

// ranges are the links to the fixed ranges and to the neighbours.
func (d domainQuery) ranges(today models.Day) views.RangeNav {
	nav := views.RangeNav{Range: d.r, Action: d.base, By: string(d.period()), Before: !d.plain}
	for _, p := range views.Periods() {
		to := d
		to.r, to.per = lastDays(p.Days, today), ""
		nav.Fixed = append(nav.Fixed, views.RangeLink{Word: p.Word, Title: p.Title, Key: p.Key, URL: to.url(), Current: d.r.Days == p.Days})
	}
	span := d.span()
	n := models.Day(length(span))
	nav.Previous = d.moved(models.Span{From: span.From - n, To: span.To - n}).url()
	if span.To < today {
		next := models.Span{From: span.From + n, To: min(span.To+n, today)}
		nav.Next = d.moved(next).url()
	}
	for _, by := range []string{"day", "week", "month"} {
		to := d
		to.per = by
		if n >= 14 {
			nav.Periods = append(nav.Periods, views.RangeLink{Word: by, URL: to.url(), Current: chartWord(d.period()) == by})
		}
	}
	other := d
	other.plain = !d.plain
	nav.BeforeURL = other.url()
	for _, f := range filterFields {
		if value, set := d.filter[f.field]; set {
			nav.Hidden = append(nav.Hidden, views.HiddenField{Name: string(f.field), Value: value})
		}
	}
	return nav
}

func (d domainQuery) moved(span models.Span) domainQuery {
	d.r = views.Range{From: span.From.Time(), To: span.To.Time()}
	return d
}

func chartWord(p chart.Period) string {
	if p == chart.PerDay {
		return "day"
	}
	return string(p)
}
