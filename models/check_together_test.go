package models_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func (w *world) outcomes(due []models.DueDomain, state models.DomainState) []models.Outcome {
	out := make([]models.Outcome, len(due))
	for i, d := range due {
		out[i] = models.Outcome{Domain: d.Domain, Checked: w.checked(state, "ns1")}
	}
	return out
}

// A claim that is lost keeps none of the others from being stored.
func TestChecksAreSavedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 4 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
	}
	due := w.claimDomains("node")
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, due[2].Name))
	for i, err := range w.store.SaveChecks(w.ctx, "node", w.outcomes(due, models.Active)) {
		if lost := errors.Is(err, models.ErrLost); lost != (i == 2) || !lost && err != nil {
			t.Errorf("%s: %v", due[i].Name, err)
		}
	}
	if n := w.count("domains", "state = 'active' AND checks = 1 AND claimed_until IS NULL"); n != 4 {
		t.Errorf("%d of 4 were stored", n)
	}
	for _, err := range w.store.SaveChecks(w.ctx, "node", w.outcomes(due, models.Active)) {
		if !errors.Is(err, models.ErrLost) {
			t.Errorf("stored twice: %v", err)
		}
	}
}

// One that the database refuses is told of, and the others are stored.
func TestCheckThatCannotBeSavedIsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
	}
	refuse := "ALTER TABLE domains ADD CONSTRAINT refused CHECK (checks = 0 OR name <> 'd1.example')"
	if w.store.Engine() == "sqlite" {
		refuse = "CREATE TRIGGER refused BEFORE UPDATE ON domains WHEN NEW.checks > 0 AND NEW.name = 'd1.example' BEGIN SELECT RAISE(ABORT, 'refused'); END"
	}
	w.must(w.store.WriteDB().Exec(refuse).Error)
	due := w.claimDomains("node")
	for i, err := range w.store.SaveChecks(w.ctx, "node", w.outcomes(due, models.Pending)) {
		if refused := due[i].Name == "d1.example"; refused != (err != nil) {
			t.Errorf("%s: %v", due[i].Name, err)
		}
	}
	if n := w.count("domains", "checks = 1"); n != 3 {
		t.Errorf("%d of 3 were stored", n)
	}
}

// Nodes that prove the same names at once, in opposite order, take turns.
func TestBatchesOfTheSameNamesDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.Account(t, w.store, "b@example.test")
	for i := range 8 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
		testkit.Domain(t, w.store, other, fmt.Sprintf("d%d.example", 7-i))
	}
	for range 5 {
		var g errgroup.Group
		for n := range 4 {
			holder := fmt.Sprint("node", n)
			due, err := w.store.ClaimDueDomains(w.ctx, holder, 5, time.Minute)
			w.must(err)
			outcomes := w.outcomes(due, models.Active)
			g.Go(func() error { return errors.Join(w.store.SaveChecks(w.ctx, holder, outcomes)...) })
		}
		w.must(g.Wait())
		w.clock.Advance(2 * time.Hour)
	}
	if n := w.count("domains", "state = 'active'"); n != 9 {
		t.Errorf("%d of 9 names are held", n)
	}
}
