package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// fillingDays is how many days back reports are still expected: a report is
// written after its day has ended and may take a day to arrive.
const fillingDays = 1

// trendOf lays the days of a span out for the chart. Days without a report
// stay unknown.
func trendOf(title string, span models.Span, today models.Day, sums []models.DaySum, failures []models.DayFailures) *chart.Trend {
	types := typesOf(failures)
	days := make([]chart.Day, length(span))
	for i := range days {
		day := span.From + models.Day(i)
		days[i] = chart.Day{Date: day.Time(), Filling: day >= today-fillingDays}
	}
	for _, s := range sums {
		if i := int(s.Day - span.From); i >= 0 && i < len(days) {
			days[i].Known, days[i].Successful, days[i].Failed = true, s.Successful, s.Failed
		}
	}
	for _, f := range failures {
		if i := int(f.Day - span.From); i >= 0 && i < len(days) {
			if days[i].ByType == nil {
				days[i].ByType = make([]int64, len(types))
			}
			days[i].ByType[slices.Index(types, f.ResultType)] += f.Sessions
		}
	}
	return &chart.Trend{Title: title, Days: days, Types: types}
}

// typesOf lists the result types, those with most sessions first.
func typesOf(failures []models.DayFailures) []string {
	sessions := map[string]int64{}
	var types []string
	for _, f := range failures {
		if _, known := sessions[f.ResultType]; !known {
			types = append(types, f.ResultType)
		}
		sessions[f.ResultType] += f.Sessions
	}
	slices.SortStableFunc(types, func(a, b string) int {
		if sessions[a] != sessions[b] {
			return int(min(max(sessions[b]-sessions[a], -1), 1))
		}
		return strings.Compare(a, b)
	})
	return types
}

// trendTitle is the sentence with the main number.
func trendTitle(sum views.Sessions) string {
	if sum.Total() == 0 {
		return "No sessions are reported for these days"
	}
	return fmt.Sprintf("%s of %s sessions were encrypted",
		chart.Share(sum.Successful, sum.Total()), chart.Number(sum.Total()))
}

// chartEvents are the changes that the chart marks on their days.
func chartEvents(events []models.DomainEvent) []chart.Event {
	var marks []chart.Event
	for _, e := range events {
		if text := eventText(e); text != "" {
			marks = append(marks, chart.Event{Day: e.At, Label: text})
		}
	}
	return marks
}

// eventText says in a few words what happened to a domain.
func eventText(e models.DomainEvent) string {
	const longest = 100
	detail := e.Detail
	if r := []rune(detail); len(r) > longest {
		detail = string(r[:longest]) + "…"
	}
	switch e.Kind {
	case models.EventRegistered:
		return "registered"
	case models.EventActive:
		return "delegation seen, active"
	case models.EventLapsed:
		return "delegation gone, lapsed"
	case models.EventPending:
		if detail != "" {
			return "pending: " + detail
		}
		return "pending"
	case models.EventVerdict:
		return "check: " + detail
	case models.EventRecord:
		if detail == "" {
			return "record removed"
		}
		return "record changed: " + detail
	case models.EventMX:
		return "MX changed to " + detail
	default:
		return ""
	}
}

// sparkOf is a span of days as a chart of the size of a word.
func sparkOf(span models.Span, label string, day func(models.Day) (successful, failed int64, known bool)) *chart.Spark {
	days := make([]chart.Day, length(span))
	any := false
	for i := range days {
		d := span.From + models.Day(i)
		s, f, known := day(d)
		days[i] = chart.Day{Date: d.Time(), Known: known, Successful: s, Failed: f}
		any = any || known
	}
	if !any {
		return nil
	}
	return &chart.Spark{Days: days, Label: label}
}

// dayURL is the page of one day of a domain.
func dayURL(name string) func(time.Time) string {
	return func(day time.Time) string {
		d := day.UTC().Format(time.DateOnly)
		return "/domains/" + name + "?from=" + d + "&to=" + d
	}
}
