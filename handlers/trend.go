package handlers

import (
	"fmt"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// fillingDays is how many days back reports are still expected: a report is
// written after its day has ended and may take a day to arrive.
const fillingDays = 1

// trendTitle is the sentence with the main number.
func trendTitle(sum views.Sessions, failuresOnly bool) string {
	switch {
	case failuresOnly:
		return chart.Number(sum.Failed) + " failed " + plural(sum.Failed, "session", "sessions") + " by failure details"
	case sum.Total() == 0:
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
	case models.EventMoved:
		return "taken over from another account"
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

// daysURL is the page of one day of a domain, without the date that ends it.
func daysURL(name string) string { return "/domains/" + name + "/days/" }
