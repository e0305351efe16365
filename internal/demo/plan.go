package demo

import (
	"context"
	"time"
)

// Between the changes all domains are looked at so seldom: what the schedule
// would ask in between finds nothing new.
const (
	roundsEvery    = 25 // days
	retentionEvery = 30
)

// plan lists what happens on a day beside the reports.
func (k *walk) plan(ago int) []step {
	var steps []step
	date := k.date(ago)
	within := func(at time.Time, do func(context.Context) error) {
		if !at.Before(date) && at.Before(date.Add(day)) {
			steps = append(steps, step{at: at, do: do})
		}
	}
	for i := range k.domains {
		d := &k.domains[i]
		joined := k.joins(i)
		within(joined, func(ctx context.Context) error { return k.register(ctx, d) })
		for _, after := range []time.Duration{time.Minute, published + 5*time.Minute, published + 40*time.Minute} {
			within(joined.Add(after), k.check)
		}
		for _, m := range d.mx {
			within(k.turn(m.since).Add(4*time.Hour), k.check)
		}
		for _, after := range []time.Duration{time.Hour, 80 * time.Minute, day + time.Hour, day + 80*time.Minute} {
			within(k.turn(d.removed).Add(after), k.check)
		}
	}
	if ago%roundsEvery == 0 {
		within(date.Add(3*time.Hour), k.check)
	}
	if ago%retentionEvery == 0 {
		within(date.Add(2*time.Hour), k.retention.Run)
	}
	within(k.End.Add(-40*time.Minute), k.check)
	return steps
}

func (k *walk) register(ctx context.Context, d *domain) error {
	row, err := k.Store.AddDomain(ctx, k.account, d.name)
	if err != nil {
		return err
	}
	k.registered[d.name] = row
	k.DNS.add(k.delegation(d, row)...)
	return nil
}

// check looks at all domains that are due. One tick takes as many as are
// checked at once; the schedule puts those behind the others off.
func (k *walk) check(ctx context.Context) error {
	for range 2 {
		if err := k.checks.Tick(ctx); err != nil {
			return err
		}
		k.checks.Wait()
	}
	return nil
}
