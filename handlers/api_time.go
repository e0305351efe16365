package handlers

import (
	"time"

	"github.com/sealpost/sealpost/models"
)

// apiTime is a time as the API writes it: RFC 3339 in UTC, to the second.
type apiTime string

// apiDay is a UTC day as the API writes it: 2026-01-31.
type apiDay string

func timeOf(t time.Time) apiTime { return apiTime(machineTime(t)) }

// timeOrNull is a time, or null for one that has not come.
func timeOrNull(t *time.Time) *apiTime {
	if t == nil || t.IsZero() {
		return nil
	}
	text := timeOf(*t)
	return &text
}

func dayOf(d models.Day) apiDay { return apiDay(d.String()) }

// list is rows as JSON has them: an empty list, never null.
func list[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}
