package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// posts is a world of targets: "https://hangs.example/" never answers.
type posts struct{ came chan string }

func (p posts) Post(ctx context.Context, url, _ string, _ []byte) (outbound.Answer, error) {
	if url == "https://hangs.example/" {
		<-ctx.Done()
		return outbound.Answer{}, errors.Join(outbound.ErrUnreachable, ctx.Err())
	}
	p.came <- url
	return outbound.Answer{Status: "200 OK"}, nil
}

// A target that hangs holds up no other (G43); what a killed worker has claimed
// is sent by the next.
func TestForwardsToAHangingTarget(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	account := testkit.Account(t, store, "ada@example.test")
	domain := testkit.Domain(t, store, account, "example.com")
	for _, target := range []string{"https://hangs.example/", "https://works.example/"} {
		_, err := store.AddForward(ctx, account.ID, domain.Name, models.NewForward{Kind: models.ForwardHTTPS, Target: target, Origin: models.ForwardAdded, Secret: target})
		must(t, err)
	}
	claimed, err := store.ClaimForwards(ctx, "confirmer", 10, time.Minute)
	must(t, err)
	for _, f := range claimed {
		must(t, store.ConfirmForward(ctx, f))
		must(t, store.ReleaseForward(ctx, f, nil))
	}
	unverified(t, store, domain)
	if killed, err := store.ClaimForwards(ctx, "killed", 10, time.Minute); err != nil || len(killed) != 2 {
		t.Fatalf("claimed %d, %v", len(killed), err)
	}
	clock.Advance(2 * time.Minute)

	world := posts{make(chan string, 10)}
	f := &jobs.Forwards{
		Store: store, Poster: world, Limits: tlsrpt.DefaultLimits(), Holder: "node", Now: clock.Now,
		Spread: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	f.Original = func(context.Context, string, string) ([]byte, error) {
		return []byte(`{"organization-name":"x","date-range":{"start-datetime":"2026-06-14T00:00:00Z","end-datetime":"2026-06-14T23:59:59Z"},"report-id":"1","policies":[]}`), nil
	}
	must(t, f.Tick(ctx))
	select {
	case <-world.came:
	case <-time.After(hang):
		t.Error("one target holds up the other")
	}
	stop()
	f.Wait()
	list, err := store.Forwards(context.Background(), domain)
	must(t, err)
	if len(list) != 2 || list[0].Waiting != 1 || list[1].Sent != 1 || list[1].LastSuccessAt == nil {
		t.Errorf("%+v", list)
	}
	if done, err := store.RemoveOldDispatches(context.Background(), clock.Now().Add(time.Hour)); err != nil || !done {
		t.Errorf("%v, %v", done, err)
	}
	if list, err = store.Forwards(context.Background(), domain); err != nil || list[1].Sent != 0 || list[0].Waiting != 1 {
		t.Errorf("after the retention: %+v, %v", list, err)
	}
}

// unverified accepts and judges one mail.
func unverified(t *testing.T, store *models.Store, d models.Domain) {
	t.Helper()
	ctx := t.Context()
	row := models.Delivery{ID: models.NewDeliveryID(), AccountID: d.AccountID, DomainID: &d.ID, Via: models.ViaMail, ReceivedAt: store.Now(), BodyHash: []byte("x")}
	must(t, store.SaveDeliveries(ctx, []models.NewDelivery{{Delivery: row, Body: []byte("x")}}))
	claimed, err := store.ClaimPendingDeliveries(ctx, "node", 1, time.Minute)
	must(t, err)
	claimed[0].State = models.DeliveryUnverified
	must(t, store.SaveJudged(ctx, "node", []models.Judged{{Delivery: claimed[0]}}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
