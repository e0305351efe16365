package jobs

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/models"
)

// Retention deletes what is past its time (rulings.md 8): raw bytes, then
// report rows and past observations. Rollups stay for ever.
type Retention struct {
	Store *models.Store
	Raw   time.Duration
	Rows  time.Duration
	Now   func() time.Time
}

// Run deletes in small steps, so that accepting reports never waits long.
func (r *Retention) Run(ctx context.Context) error {
	now := r.Now()
	if err := untilDone(ctx, now.Add(-r.Raw), r.Store.RemoveOldBodies); err != nil {
		return err
	}
	if err := untilDone(ctx, now.Add(-r.Rows), r.Store.RemoveOldReports); err != nil {
		return err
	}
	if err := untilDone(ctx, now.Add(-r.Rows), r.Store.RemoveOldObservations); err != nil {
		return err
	}
	_, err := r.Store.RemoveExpiredSessions(ctx)
	return err
}

func untilDone(ctx context.Context, before time.Time, step func(context.Context, time.Time) (bool, error)) error {
	for {
		done, err := step(ctx, before)
		if done || err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
