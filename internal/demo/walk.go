package demo

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// walk takes the world from its beginning to its end.
type walk struct {
	*world
	intake    *ingest.Ingest
	arrivals  *arrivals
	checks    *jobs.DomainChecks
	retention *jobs.Retention
	coming    map[models.Day][]*parcel // by the day on which they arrive
	carried   []*parcel                // arrived, and not yet handed over
	more      chan struct{}            // wakes help
}

// step is something that happens at a moment: a parcel arrives, or else do is done.
type step struct {
	at     time.Time
	parcel *parcel
	do     func(context.Context) error
}

const holder = "demo"

func newWalk(w *world) *walk {
	a := &arrivals{}
	k := &walk{world: w, arrivals: a, coming: map[models.Day][]*parcel{}, more: make(chan struct{}, 1)}
	k.intake = ingest.New(ingest.Config{
		Store: w.Store, Zone: w.Zone, LookupTXT: w.DNS.LookupTXT, Limits: w.Limits, Now: a.now, Log: w.Log, Holder: holder,
	})
	k.checks = &jobs.DomainChecks{
		Store: w.Store, Zone: w.Zone, Holder: holder, Pace: w.Pace, Log: w.Log, Now: w.Clock.Now,
		Spread: func() float64 { return 0.5 }, // the same in every run
		Checker: &dnscheck.Checker{
			Zone: w.Zone, Resolvers: w.DNS.Resolvers(), AuthPort: w.DNS.AuthPort(), Now: w.Clock.Now,
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			// The clock stands still while it asks, and the servers are ours.
			PerSecond: 100_000, InFlight: 100,
		},
	}
	k.retention = &jobs.Retention{Store: w.Store, Raw: w.RawKept, Rows: w.RowsKept, Now: w.Clock.Now}
	return k
}

// arrivals is the clock of the intake: each look at it takes the time at which
// the next delivery arrived, so that a group that is stored at once keeps the
// times of its members.
type arrivals struct {
	mu    sync.Mutex
	times []time.Time
}

func (a *arrivals) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.times[0]
	if len(a.times) > 1 {
		a.times = a.times[1:]
	}
	return at
}

func (a *arrivals) expect(parcels []*parcel) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = a.times[:0:0]
	for _, p := range parcels {
		a.times = append(a.times, p.at)
	}
}

// run walks with the intake at work beside it. Everything is judged when it
// returns.
func (k *walk) run(ctx context.Context) error {
	g, walking := errgroup.WithContext(ctx)
	taking, stop := context.WithCancel(walking)
	g.Go(func() error { return k.intake.Run(taking) })
	g.Go(func() error { return k.help(taking) })
	g.Go(func() error { defer stop(); return k.days(walking) })
	return g.Wait()
}

// help judges beside the intake: while one of the two saves a batch, the other
// reads the next. A batch in hand is finished, whatever happens.
func (k *walk) help(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.more:
		}
		if err := k.intake.ProcessPending(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
}

func (k *walk) days(ctx context.Context) error {
	for ago := k.Days; ago >= 0; ago-- {
		if err := k.day(ctx, ago); err != nil {
			return err
		}
		if k.Progress != nil {
			k.Progress(k.Days-ago, k.Days)
		}
	}
	if err := k.moveTo(ctx, k.End); err != nil {
		return err
	}
	return k.lookAgain(ctx)
}

// day lets everything of one day happen in its order.
func (k *walk) day(ctx context.Context, ago int) error {
	parcels, err := k.about(ago + 1)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		on := models.DayOf(p.at)
		k.coming[on] = append(k.coming[on], p)
	}
	today := k.today - models.Day(ago)
	steps := k.plan(ago)
	for _, p := range k.coming[today] {
		steps = append(steps, step{at: p.at, parcel: p})
	}
	delete(k.coming, today)
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, s := range steps {
		if s.at.After(k.End) {
			break
		}
		if err := k.take(ctx, s); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// handOverAt bounds what is stored in one transaction.
const handOverAt = 200

// lookedAt says that a delivery is so new that people will look at its times.
func (k *walk) lookedAt(at time.Time) bool { return k.End.Sub(at) < 3*24*time.Hour }

func (k *walk) take(ctx context.Context, s step) error {
	if s.parcel != nil {
		k.carried = append(k.carried, s.parcel)
		k.books.note(s.parcel)
		if len(k.carried) < handOverAt && !k.lookedAt(s.at) {
			return nil
		}
		return k.handOver(ctx)
	}
	if err := k.moveTo(ctx, s.at); err != nil {
		return err
	}
	return s.do(ctx)
}

// moveTo sets the clock once everything that came before is judged: the claims
// of a batch end by the clock, which must not run away from it.
func (k *walk) moveTo(ctx context.Context, at time.Time) error {
	if err := k.handOver(ctx); err != nil {
		return err
	}
	if err := k.settle(ctx); err != nil {
		return err
	}
	k.Clock.set(at)
	return nil
}

func (k *walk) handOver(ctx context.Context) error {
	if len(k.carried) == 0 {
		return nil
	}
	// Nothing is read before it came. What came earlier is judged first: its
	// claims end by the clock.
	if err := k.settle(ctx); err != nil {
		return err
	}
	k.Clock.set(k.carried[len(k.carried)-1].at.Add(time.Millisecond))
	k.arrivals.expect(k.carried)
	group := make([]ingest.Delivery, len(k.carried))
	for i, p := range k.carried {
		group[i] = p.delivery
	}
	k.carried = k.carried[:0]
	_, err := k.intake.AcceptAll(ctx, group)
	select {
	case k.more <- struct{}{}:
	default:
	}
	return err
}

// patience is how long settle waits for the next delivery to be judged. One
// that the intake has put off would be due never, as the clock stands still.
const patience = time.Minute

// settle waits until every delivery has been judged.
func (k *walk) settle(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	left, moved := int64(-1), time.Now()
	for {
		n, err := k.Store.CountDeliveries(ctx, k.account, models.DeliveryPending)
		if n == 0 || err != nil {
			return err
		}
		if n != left {
			left, moved = n, time.Now()
		}
		if time.Since(moved) > patience {
			return fmt.Errorf("%d deliveries are not judged", n)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// lookAgain makes every domain due, so that the node that serves sees all of
// them with its own name server right after its start.
func (k *walk) lookAgain(ctx context.Context) error {
	for _, d := range k.registered {
		if err := k.Store.WatchDomain(ctx, d, k.End, k.End); err != nil {
			return err
		}
	}
	return nil
}
