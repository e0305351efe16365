package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// leader is an elector that always says the same.
type leader struct{ err error }

func (l leader) IsLeader(context.Context) error { return l.err }

// running starts a scheduler and gives how to stop it and wait for its end.
func running(t *testing.T, s *jobs.Scheduler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			ended <- nil
		case <-time.After(hang):
			t.Error("the scheduler does not stop")
		}
	}
	t.Cleanup(stop)
	return stop
}

func ticks(t *testing.T, c <-chan struct{}, n int) {
	t.Helper()
	for range n {
		select {
		case <-c:
		case <-time.After(hang):
			t.Fatal("the job does not run")
		}
	}
}

// ticking makes a job that tells of each run.
func ticking(name string, everyNode bool, then func() error) (jobs.Job, <-chan struct{}) {
	ran := make(chan struct{}, 1)
	return jobs.Job{Name: name, Every: time.Millisecond, EveryNode: everyNode, Run: func(ctx context.Context) error {
		select {
		case ran <- struct{}{}:
		case <-ctx.Done():
		default:
		}
		return then()
	}}, ran
}

func fine() error { return nil }

func TestFaultyJobsDoNotStopOthers(t *testing.T) {
	t.Parallel()
	ok, okRan := ticking("ok", false, fine)
	fails, failsRan := ticking("fails", false, func() error { return errors.New("no luck") })
	panics, panicsRan := ticking("panics", true, func() error { panic("a fault") })
	counters := &jobs.Counters{}
	stop := running(t, &jobs.Scheduler{Jobs: []jobs.Job{panics, fails, ok}, Elector: leader{}, Counters: counters, Log: slog.New(slog.DiscardHandler)})
	for range 3 {
		ticks(t, panicsRan, 1)
		ticks(t, failsRan, 1)
		ticks(t, okRan, 1)
	}
	stop()
	got := counters.Snapshot()
	if c := got["ok"]; c.Runs < 2 || c.Errors != 0 || c.Panics != 0 {
		t.Errorf("ok: %+v", c)
	}
	if c := got["fails"]; c.Runs < 2 || c.Errors != c.Runs || c.Panics != 0 {
		t.Errorf("fails: %+v", c)
	}
	if c := got["panics"]; c.Runs < 2 || c.Panics != c.Runs || c.Errors != 0 {
		t.Errorf("panics: %+v", c)
	}
}

func TestOnlyTheLeaderTicks(t *testing.T) {
	t.Parallel()
	led, ledRan := ticking("led", false, fine)
	own, ownRan := ticking("own", true, fine)
	stop := running(t, &jobs.Scheduler{Jobs: []jobs.Job{led, own}, Elector: leader{jobs.ErrNotLeader}, Counters: &jobs.Counters{}, Log: slog.New(slog.DiscardHandler)})
	ticks(t, ownRan, 20)
	stop()
	select {
	case <-ledRan:
		t.Error("a node that does not lead ran the leader's job")
	default:
	}
}

func TestStopEndsTheJobInHand(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}, 1), make(chan struct{}, 1)
	stop := running(t, &jobs.Scheduler{Jobs: []jobs.Job{{Name: "long", Every: time.Hour, Run: func(ctx context.Context) error {
		began <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return nil
	}}}, Elector: leader{}, Counters: &jobs.Counters{}, Log: slog.New(slog.DiscardHandler)})
	ticks(t, began, 1)
	stop()
	select {
	case <-ended:
	default:
		t.Error("the scheduler returned before its job")
	}
}

func TestScheduleOfNonsense(t *testing.T) {
	t.Parallel()
	s := &jobs.Scheduler{Jobs: []jobs.Job{{Name: "never", Every: -time.Second, Run: func(context.Context) error { return nil }}}, Elector: leader{}, Counters: &jobs.Counters{}, Log: slog.New(slog.DiscardHandler)}
	if err := s.Run(context.Background()); err == nil {
		t.Error("a negative period was scheduled")
	}
}

func TestElector(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := &jobs.Elector{Store: w.store, Holder: "a", Now: w.clock.Now}
	b := &jobs.Elector{Store: testkit.OpenStore(t, w.url, w.clock), Holder: "b", Now: w.clock.Now}
	leads := func(what string, e *jobs.Elector, want error) {
		t.Helper()
		if err := e.IsLeader(w.ctx); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	leads("the first", a, nil)
	leads("the second", b, jobs.ErrNotLeader)
	for range 10 {
		w.clock.Advance(jobs.LeaseLife / 3)
		leads("the leader keeps it", a, nil)
		leads("the second still", b, jobs.ErrNotLeader)
	}
	// a is gone.
	w.clock.Advance(jobs.LeaseLife - time.Second)
	leads("a second before the lease ends", b, jobs.ErrNotLeader)
	w.clock.Advance(time.Second)
	leads("the second takes over as it ends", b, nil)
	leads("the former leader", a, jobs.ErrNotLeader)
	w.must(b.Resign(w.ctx))
	w.clock.Advance(jobs.LeaseLife / 3)
	leads("after a resignation", a, nil)
	leads("who has resigned", b, jobs.ErrNotLeader)
	w.must(w.store.Close())
	leads("between two renewals", a, nil)
	w.clock.Advance(jobs.LeaseLife / 3)
	if err := a.IsLeader(w.ctx); err == nil {
		t.Error("leads without a database")
	}
}

// A clock that is set back an hour must not leave two leaders for an hour.
func TestElectorWithAClockSetBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	behind := testkit.NewClock()
	a := &jobs.Elector{Store: testkit.OpenStore(t, w.url, behind), Holder: "a", Now: behind.Now}
	b := &jobs.Elector{Store: w.store, Holder: "b", Now: w.clock.Now}
	w.must(a.IsLeader(w.ctx))
	behind.Advance(-time.Hour)
	w.clock.Advance(jobs.LeaseLife)
	if err := b.IsLeader(w.ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.IsLeader(w.ctx); !errors.Is(err, jobs.ErrNotLeader) {
		t.Errorf("the former leader: %v", err)
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const day = 24 * time.Hour
	user, err := w.store.UserByEmail(w.ctx, "a@example.test")
	w.must(err)
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("token"), UserID: user.ID, AccountID: w.account.ID, Life: day}))
	id := w.count(10, 1)
	r := &jobs.Retention{Store: w.store, Raw: 90 * day, Rows: 400 * day, Now: w.clock.Now}
	soon := w.clock.Now().Add(day)
	_, err = w.store.AddAPIToken(w.ctx, models.APIToken{AccountID: w.account.ID, TokenHash: []byte("t"), ExpiresAt: &soon})
	w.must(err)
	for _, c := range []struct {
		after   time.Duration
		body    error
		reports int
	}{{89 * day, nil, 1}, {91 * day, models.ErrNotFound, 1}, {399 * day, models.ErrNotFound, 1}, {402 * day, models.ErrNotFound, 0}} {
		w.clock.Advance(c.after - w.clock.Now().Sub(testkit.NewClock().Now()))
		w.must(r.Run(w.ctx))
		if _, err := w.store.DeliveryBody(w.ctx, id); !errors.Is(err, c.body) {
			t.Errorf("after %v its bytes: %v, want %v", c.after, err, c.body)
		}
		reports, _, err := w.store.Reports(w.ctx, w.domain, models.ReportFilter{Limit: 10})
		if err != nil || len(reports) != c.reports {
			t.Errorf("after %v: %d reports, %v", c.after, len(reports), err)
		}
	}
	on := models.DayOf(testkit.NewClock().Now())
	if days := testkit.Sessions(t, w.store, w.domain, models.Span{From: on, To: on}); days[on][0] != 10 {
		t.Errorf("the counts are %+v", days)
	}
	if n, err := w.store.RemoveExpiredSessions(w.ctx); n != 0 || err != nil {
		t.Errorf("%d expired sessions were left, %v", n, err)
	}
	if tokens, err := w.store.APITokens(w.ctx, w.account.ID); err != nil || len(tokens) != 0 {
		t.Errorf("%d tokens that ended long ago were left, %v", len(tokens), err)
	}
	stopped, stop := context.WithCancel(w.ctx)
	stop()
	if err := r.Run(stopped); err == nil {
		t.Error("a stopped retention says nothing")
	}
}

// count makes one report of the day with its delivery, and gives the delivery's id.
func (w *world) count(successful, failed int64) string {
	w.t.Helper()
	now := w.clock.Now()
	id := models.NewDeliveryID()
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{{Delivery: models.Delivery{ID: id, AccountID: w.account.ID, DomainID: &w.domain.ID, ReceivedAt: now, BodyHash: []byte("h")}, Body: []byte("b")}}))
	claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "node", 1, time.Minute)
	w.must(err)
	claimed[0].State = models.DeliveryCounted
	w.must(w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: claimed[0], Reports: []models.FullReport{{Report: models.Report{
		DomainID: w.domain.ID, AccountID: w.account.ID, DeliveryID: id, Reporter: "r.example", ReportID: "1", StartAt: now, EndAt: now,
		Day: models.DayOf(now), ContentHash: []byte("c"), Trust: models.Verified, Successful: successful, Failed: failed, ReceivedAt: now,
	}}}}}))
	return id
}
