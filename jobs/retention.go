package jobs

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/models"
)

// Retention deletes what is past its time (rulings.md 8): raw bytes, then
// report rows, deliveries, past observations and events. Rollups stay for ever. It also
// removes domains that were never seen in DNS (rulings.md 14).
type Retention struct {
	Store *models.Store
	Raw   time.Duration
	Rows  time.Duration
	// Unseen is how long a domain may wait for its first sight in DNS; 0 is
	// for ever.
	Unseen time.Duration
	Now    func() time.Time
}

// outgoingKept is how long it is remembered what was sent.
const outgoingKept = 30 * 24 * time.Hour

// Run deletes in small steps, so that accepting reports never waits long.
func (r *Retention) Run(ctx context.Context) error {
	now := r.Now()
	for _, step := range []struct {
		before time.Time
		remove func(context.Context, time.Time) (bool, error)
	}{
		{now.Add(-r.Raw), r.Store.RemoveOldBodies},
		{now.Add(-r.Rows), r.Store.RemoveOldReports},
		{now.Add(-r.Rows), r.Store.RemoveOldDeliveries},
		{now.Add(-r.Rows), r.Store.RemoveOldObservations},
		{now.Add(-r.Rows), r.Store.RemoveOldEvents},
		{now.AddDate(0, 0, -models.AuditDays), r.Store.RemoveOldAuditEvents},
	} {
		if err := untilDone(ctx, step.before, step.remove); err != nil {
			return err
		}
	}
	if r.Unseen > 0 {
		if err := untilDone(ctx, now.Add(-r.Unseen), r.Store.RemoveUnseenDomains); err != nil {
			return err
		}
	}
	if err := r.Store.RemoveOldIntakeDays(ctx, now.Add(-intakeDaysKept)); err != nil {
		return err
	}
	for _, step := range []func(context.Context, time.Time) (bool, error){
		r.Store.RemoveOldMails, r.Store.RemoveOldDispatches, r.Store.RemoveOldSelfTests,
	} {
		if err := untilDone(ctx, now.Add(-outgoingKept), step); err != nil {
			return err
		}
	}
	if err := r.Store.RemoveOldReplays(ctx, now.Add(-models.APIReplayLife)); err != nil {
		return err
	}
	if err := r.Store.RemoveOldAPITokens(ctx, now.Add(-r.Rows)); err != nil {
		return err
	}
	if _, err := r.Store.RemoveExpiredInvitations(ctx); err != nil {
		return err
	}
	if err := r.Store.RemoveExpiredTransfers(ctx); err != nil {
		return err
	}
	if _, err := r.Store.RemoveExpiredLinks(ctx); err != nil {
		return err
	}
	if _, err := r.Store.RemoveExpiredChallenges(ctx); err != nil {
		return err
	}
	_, err := r.Store.RemoveExpiredSessions(ctx)
	return err
}

// intakeDaysKept is how long it stays known how much came in on a day.
const intakeDaysKept = 7 * 24 * time.Hour

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
