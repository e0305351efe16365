package handlers

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const (
	defaultDays = 30
	// maxDays is the longest range that ends today: as long as report rows are kept.
	maxDays = 400
	// maxFreeDays is the longest range of other days. Daily numbers are kept for ever.
	maxFreeDays = 3 * 366
)

// rangeOf reads the days that a page covers, ?days=30 or ?from=&to= with both
// days included. What cannot be used is bent into a range that can, and the
// sentence says so.
func rangeOf(q url.Values, now time.Time) (r views.Range, sentence string) {
	today := models.DayOf(now)
	if q.Get("from") != "" || q.Get("to") != "" {
		return freeRange(q.Get("from"), q.Get("to"), today)
	}
	text := q.Get("days")
	if text == "" {
		return lastDays(defaultDays, today), ""
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return lastDays(defaultDays, today), "The number of days could not be read; these are the last 30."
	case n < 1:
		return lastDays(1, today), "A range has at least one day."
	case n > maxDays:
		return lastDays(maxDays, today), fmt.Sprintf("At most %d days are shown at once.", maxDays)
	}
	return lastDays(n, today), ""
}

// lastDays are the n UTC days that end today.
func lastDays(n int, today models.Day) views.Range {
	return views.Range{Days: n, From: (today - models.Day(n) + 1).Time(), To: today.Time()}
}

func freeRange(fromText, toText string, today models.Day) (views.Range, string) {
	from, fromOK := parseDay(fromText)
	to, toOK := parseDay(toText)
	switch {
	case fromText != "" && !fromOK, toText != "" && !toOK:
		return lastDays(defaultDays, today), "Days are written as 2026-01-31; these are the last 30."
	case fromText == "":
		from = min(to, today) - defaultDays + 1
	case toText == "":
		to = today
	}
	var sentence string
	if from > to {
		from, to, sentence = to, from, "The first day came after the last; they were swapped."
	}
	if from > today {
		return lastDays(1, today), "These days are still to come; this is today."
	}
	to = min(to, today)
	if to-from >= maxFreeDays {
		from, sentence = to-maxFreeDays+1, fmt.Sprintf("At most %d days are shown at once; these are the last of your range.", maxFreeDays)
	}
	return views.Range{From: from.Time(), To: to.Time()}, sentence
}

func parseDay(text string) (models.Day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return models.DayOf(t), err == nil
}

// spanOf is a range as the store counts days.
func spanOf(r views.Range) models.Span {
	return models.Span{From: models.DayOf(r.From), To: models.DayOf(r.To)}
}

// length is the number of days of a span.
func length(s models.Span) int { return int(s.To-s.From) + 1 }

// before is the span of the same length before s, moved by whole weeks so that
// weekdays are compared with the same weekdays.
func before(s models.Span) models.Span {
	weeks := (length(s) + 6) / 7
	shift := models.Day(7 * weeks)
	return models.Span{From: s.From - shift, To: s.To - shift}
}
