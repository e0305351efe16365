package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

func TestRemovalsRemoveWhatIsDue(t *testing.T) {
	t.Parallel()
	ctx, clock := context.Background(), testkit.NewClock()
	store := testkit.Store(t, clock)
	accounts := [3]models.Account{}
	for i, email := range []string{"stays@example.test", "late@example.test", "gone@example.test"} {
		accounts[i] = testkit.Account(t, store, email)
		testkit.Domain(t, store, accounts[i], "example.com")
	}
	states := func() (out [3]models.AccountState) {
		for i, a := range accounts {
			now, err := store.Account(ctx, a.ID)
			if err == nil {
				out[i] = now.State
			}
		}
		return out
	}
	closing := func(account models.Account) {
		if _, err := store.CloseAccount(ctx, account.ID, func(time.Time) models.NewMail { return models.NewMail{} }); err != nil {
			t.Fatal(err)
		}
	}
	closing(accounts[2])
	clock.Advance(24 * time.Hour)
	closing(accounts[1])
	removals := &jobs.Removals{Store: store, Log: slog.New(slog.DiscardHandler)}
	for _, step := range []struct {
		pass time.Duration
		want [3]models.AccountState
	}{
		{0, [3]models.AccountState{"active", "closing", "closing"}},
		{models.ClosingLife - 24*time.Hour, [3]models.AccountState{"active", "closing", "removing"}},
		{time.Hour, [3]models.AccountState{"active", "closing", ""}},
		{23 * time.Hour, [3]models.AccountState{"active", "removing", ""}},
		{time.Hour, [3]models.AccountState{"active", "", ""}},
	} {
		clock.Advance(step.pass)
		if err := removals.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := states(); got != step.want {
			t.Errorf("after another %v: %q, want %q", step.pass, got, step.want)
		}
	}
}
