package handlers

import (
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// sumOf adds up days.
func sumOf(days []models.DaySum) (sum views.Sessions) {
	for _, d := range days {
		sum.Successful += d.Successful
		sum.Failed += d.Failed
	}
	return sum
}

// changeOf is the share of encrypted sessions now minus that before, in
// percentage points; nil when one of the two is not known.
func changeOf(now, before views.Sessions) *float64 {
	shareNow, ok := now.FailedShare()
	if !ok {
		return nil
	}
	shareBefore, ok := before.FailedShare()
	if !ok {
		return nil
	}
	points := (shareBefore - shareNow) * 100
	return &points
}
