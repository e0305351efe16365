package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func (w *world) proof(accountID string) models.AuditProof {
	w.t.Helper()
	p, err := w.store.VerifyAudit(w.ctx, accountID)
	w.must(err)
	return p
}

// fits checks that an account's chain is whole.
func (w *world) fits(accountID string, events int64) models.AuditProof {
	w.t.Helper()
	p := w.proof(accountID)
	if p.Misfit != nil || p.Fit != events || len(p.Hash) != 32 {
		w.t.Errorf("%d events fit, %s: %+v", p.Fit, p.Why, p.Misfit)
	}
	return p
}

func TestAuditChainHoldsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.Account(t, w.store, "other@example.test")
	first := w.fits(w.account.ID, 2)
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "Acme \n\x1b[31m"))
	w.must(w.store.RenameAccount(w.ctx, other.ID, "Other"))
	second := w.fits(w.account.ID, 3)
	if first.Number != 2 || second.Number != 3 || bytes.Equal(first.Hash, second.Hash) {
		t.Errorf("the end was %d %x, is %d %x", first.Number, first.Hash, second.Number, second.Hash)
	}
	events := w.audited(w.account.ID)
	if !bytes.Equal(events[0].Previous, first.Hash) || !bytes.Equal(events[0].Hash, second.Hash) || len(events[2].Previous) != 0 {
		t.Errorf("the newest is %+v, the oldest %+v", events[0], events[2])
	}
	w.fits(other.ID, 2)
	if _, err := w.store.VerifyAudit(w.ctx, "nobody"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an account that is not there: %v", err)
	}
}

func TestAuditChainGrowsAtOneEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var g errgroup.Group
	for i := range 8 {
		g.Go(func() error {
			for k := range 5 {
				if err := w.store.Audit(w.ctx, w.account.ID, models.AuditReportsUploaded, fmt.Sprint(i, k), nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.must(g.Wait())
	w.fits(w.account.ID, 2+8*5)
}

// The retention takes the oldest events, also when the clock was set back
// meanwhile, and what is left holds together.
func TestAuditChainOutlivesItsRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.Advance(time.Hour)
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "after an hour"))
	w.clock.Advance(-time.Hour)
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "set back"))
	w.clock.Advance(2 * time.Hour)
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "after two hours"))
	for _, c := range []struct {
		before time.Duration
		left   int64
	}{{-90 * time.Minute, 3}, {-30 * time.Minute, 1}, {time.Minute, 0}} {
		done, err := w.store.RemoveOldAuditEvents(w.ctx, w.clock.Now().Add(c.before))
		if err != nil || !done {
			t.Errorf("%v, %v", done, err)
		}
		w.fits(w.account.ID, c.left)
	}
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "later"))
	if p := w.fits(w.account.ID, 1); p.First != 6 {
		t.Errorf("the first is number %d", p.First)
	}
}

// Whatever is done to the rows past the triggers shows, and where.
func TestAuditChainShowsTampering(t *testing.T) {
	t.Parallel()
	const all = "account_id = @account AND "
	for name, c := range map[string]struct {
		statements []string
		number     int64
	}{
		"nothing":           {nil, 0},
		"an object":         {[]string{"UPDATE audit_events SET object = 'x' WHERE " + all + "number = 3"}, 3},
		"an actor":          {[]string{"UPDATE audit_events SET actor = 'x' WHERE " + all + "number = 1"}, 1},
		"a time":            {[]string{"UPDATE audit_events SET at = @then WHERE " + all + "number = 2"}, 2},
		"a hash":            {[]string{"UPDATE audit_events SET hash = @hash WHERE " + all + "number = 2"}, 2},
		"a deleted one":     {[]string{"DELETE FROM audit_events WHERE " + all + "number = 3"}, 4},
		"the first deleted": {[]string{"DELETE FROM audit_events WHERE " + all + "number = 1"}, 2},
		"the last deleted":  {[]string{"DELETE FROM audit_events WHERE " + all + "number = 5"}, 5},
		"all deleted":       {[]string{"DELETE FROM audit_events WHERE " + all + "true"}, 5},
		"two exchanged": {[]string{"UPDATE audit_events SET number = 99 WHERE " + all + "number = 3", "UPDATE audit_events SET number = 3 WHERE " + all + "number = 4",
			"UPDATE audit_events SET number = 4 WHERE " + all + "number = 99"}, 4},
		"one added outside": {[]string{"INSERT INTO audit_events (account_id, at, actor_id, actor, address, action, object, before, after) VALUES (@account, @then, '', 'x', '', 'x', '', '', '')"}, 0},
		"moved elsewhere":   {[]string{"UPDATE audit_events SET account_id = 'x' WHERE " + all + "number = 4"}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i := range 3 {
				w.must(w.store.RenameAccount(w.ctx, w.account.ID, fmt.Sprint("name ", i)))
			}
			w.dropAuditTriggers()
			for _, s := range c.statements {
				w.must(w.store.WriteDB().Exec(s, map[string]any{"account": w.account.ID, "then": w.clock.Now().Add(-time.Hour), "hash": make([]byte, 32)}).Error)
			}
			p := w.proof(w.account.ID)
			if tampered := len(c.statements) > 0; (p.Misfit != nil) != tampered || tampered && (p.Misfit.Number != c.number || p.Why == "") {
				t.Errorf("%s: %+v", p.Why, p.Misfit)
			}
		})
	}
}

// dropAuditTriggers does what somebody with the database's password could.
func (w *world) dropAuditTriggers() {
	w.t.Helper()
	statements := []string{"DROP TRIGGER audit_events_no_update", "DROP TRIGGER audit_events_no_delete"}
	if w.store.Engine() == "postgres" {
		statements = []string{"DROP TRIGGER audit_events_row ON audit_events"}
	}
	for _, s := range statements {
		w.must(w.store.WriteDB().Exec(s).Error)
	}
}

// Events from before the chain, which an older version has written, are told
// apart and do not break it.
func TestAuditEventsFromBeforeTheChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.store.WriteDB().Exec("INSERT INTO audit_events (account_id, at, actor_id, actor, address, action, object, before, after) VALUES ('old', ?, '', 'x', '', 'x', '', '', '')", w.clock.Now()).Error)
	w.must(w.store.WriteDB().Exec("INSERT INTO accounts (id, name, created_at) VALUES ('old', 'Old', ?)", w.clock.Now()).Error)
	w.must(w.store.RenameAccount(w.ctx, "old", "New"))
	if p := w.fits("old", 1); p.Before != 1 || p.Number != 1 {
		t.Errorf("%+v", p)
	}
}
