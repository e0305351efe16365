package models_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

func (w *world) addForward(n models.NewForward) models.Forward {
	w.t.Helper()
	f, err := w.store.AddForward(w.ctx, w.account.ID, w.domain.Name, n)
	w.must(err)
	return f
}

func mailForward(target, secret string) models.NewForward {
	return models.NewForward{
		Kind: models.ForwardMail, Target: target, Origin: models.ForwardAdded, Secret: secret,
		Mail: &models.NewMail{AccountID: "a", Recipient: target, Subject: "s", Text: "t"},
	}
}

// outcome judges one mail of the domain as state and reason say.
func (w *world) outcome(via models.Via, state models.DeliveryState, reason string) {
	w.t.Helper()
	w.deliver(1)
	for _, d := range w.claim("node") {
		w.must(w.store.WriteDB().Exec("UPDATE deliveries SET via = ?, domain_id = ? WHERE id = ?", via, w.domain.ID, d.ID).Error)
		d.Via, d.DomainID, d.State, d.Reason = via, &w.domain.ID, state, reason
		w.must(w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: d}}))
	}
}

func TestWhatIsForwarded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		via    models.Via
		state  models.DeliveryState
		reason string
		want   int64
	}{
		{models.ViaMail, models.DeliveryUnverified, "", 1},
		{models.ViaPost, models.DeliveryUnverified, "", 1},
		{models.ViaMail, models.DeliveryQuarantined, "malformed", 1},
		{models.ViaMail, models.DeliveryQuarantined, "not-a-report", 0},
		{models.ViaMail, models.DeliveryQuarantined, "foreign-domain", 0},
		{models.ViaMail, models.DeliverySelfTest, "", 0},
		{models.ViaMail, models.DeliveryDuplicate, "", 0},
		{models.ViaUpload, models.DeliveryUnverified, "", 0},
	} {
		w := newWorld(t)
		w.addForward(mailForward("later@example.net", "1"))
		w.addForward(mailForward("ada@example.net", "2"))
		w.must(w.store.ConfirmByToken(w.ctx, "2"))
		w.outcome(c.via, c.state, c.reason)
		if n := w.count("forward_dispatches", "state = 'waiting'"); n != c.want {
			t.Errorf("%s %s %s: %d wait to be sent on, want %d", c.via, c.state, c.reason, n, c.want)
		}
		claimed, err := w.store.ClaimForwards(w.ctx, "node", 10, time.Minute)
		w.must(err)
		if int64(len(claimed)) != c.want {
			t.Errorf("%s %s %s: %d targets are due", c.via, c.state, c.reason, len(claimed))
		}
	}
}

func TestForwardFromRecordWaitsForProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addForward(models.NewForward{Kind: models.ForwardMail, Target: "old@example.net", Origin: models.ForwardFromRecord})
	w.must(w.store.WriteDB().Exec("UPDATE domains SET verified_at = NULL").Error)
	w.outcome(models.ViaMail, models.DeliveryUnverified, "")
	if n := w.count("forward_dispatches", "1 = 1"); n != 0 {
		t.Error("a pending domain sends mail to whoever its record names")
	}
	w.must(w.store.WriteDB().Exec("UPDATE domains SET verified_at = created_at").Error)
	w.outcome(models.ViaMail, models.DeliveryUnverified, "")
	if n := w.count("forward_dispatches", "1 = 1"); n != 1 {
		t.Errorf("%d wait after the proof", n)
	}
}

func TestForwardLinkWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addForward(mailForward("ada@example.net", "secret"))
	if _, err := w.store.ForwardByToken(w.ctx, "wrong"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a wrong link: %v", err)
	}
	w.must(w.store.ConfirmByToken(w.ctx, "secret"))
	if err := w.store.ConfirmByToken(w.ctx, "secret"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a used link: %v", err)
	}
	w.addForward(mailForward("bob@example.net", "old"))
	w.clock.Advance(8 * 24 * time.Hour)
	if err := w.store.ConfirmByToken(w.ctx, "old"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an old link: %v", err)
	}
	if _, err := w.store.AddForward(w.ctx, w.account.ID, w.domain.Name, mailForward("ada@example.net", "x")); !errors.Is(err, models.ErrTaken) {
		t.Errorf("twice the same target: %v", err)
	}
	if _, err := w.store.AddForward(w.ctx, "another account", w.domain.Name, mailForward("eve@example.net", "x")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("somebody else's domain: %v", err)
	}
}

func TestStrangersAreNotMailedOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	n := 0
	for ; err == nil && n < 50; n++ {
		err = w.store.QueueMail(w.ctx, models.NewMail{AccountID: w.account.ID, Recipient: "eve@example.net"})
	}
	if !errors.Is(err, models.ErrQuota) || n != 11 {
		t.Errorf("%d mails, then %v", n, err)
	}
	w.clock.Advance(25 * time.Hour)
	w.must(w.store.QueueMail(w.ctx, models.NewMail{AccountID: w.account.ID, Recipient: "eve@example.net"}))
}

func TestDispatchesAreTriedForADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addForward(mailForward("ada@example.net", "1"))
	w.must(w.store.ConfirmByToken(w.ctx, "1"))
	w.outcome(models.ViaMail, models.DeliveryUnverified, "")
	tries := 0
	for w.count("forward_dispatches", "state = 'waiting'") == 1 && tries < 100 {
		claimed, err := w.store.ClaimForwards(w.ctx, "node", 10, time.Minute)
		w.must(err)
		for _, f := range claimed {
			if again, err := w.store.ClaimForwards(w.ctx, "other", 10, time.Minute); err != nil || len(again) != 0 {
				t.Fatalf("claimed twice: %v, %v", again, err)
			}
			due, err := w.store.DueDispatches(w.ctx, f, 10)
			w.must(err)
			retry := w.clock.Now().Add(2 * time.Hour)
			for _, d := range due {
				tries++
				w.must(w.store.DispatchNotDone(w.ctx, d, &retry, "It did not answer in time."))
			}
			w.must(w.store.ReleaseForward(w.ctx, f, &retry))
		}
		w.clock.Advance(time.Hour)
	}
	if n := w.count("forward_dispatches", "state = 'failed'"); n != 1 || tries < 11 || tries > 13 {
		t.Errorf("%d given up after %d tries", n, tries)
	}
}

func TestSelfTestsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.store.StartSelfTest(w.ctx, w.account.ID, w.domain.Name)
	w.must(err)
	again, err := w.store.StartSelfTest(w.ctx, w.account.ID, w.domain.Name)
	w.must(err)
	if again.ID != first.ID {
		t.Error("two run at once")
	}
	due, err := w.store.ClaimSelfTests(w.ctx, "node", 10, time.Minute)
	if err != nil || len(due) != 1 || due[0].Domain.ID != w.domain.ID {
		t.Fatalf("claimed %v, %v", due, err)
	}
	for range 9 {
		w.clock.Advance(models.SelfTestPatience)
		newest, err := w.store.StartSelfTest(context.Background(), w.account.ID, w.domain.Name)
		w.must(err)
		if last, err := w.store.LastSelfTest(w.ctx, w.domain); err != nil || last.ID != newest.ID {
			t.Errorf("the last self-test is %s, %v, want %s", last.ID, err, newest.ID)
		}
	}
	w.clock.Advance(models.SelfTestPatience)
	if _, err = w.store.StartSelfTest(w.ctx, w.account.ID, w.domain.Name); !errors.Is(err, models.ErrQuota) {
		t.Errorf("the eleventh: %v", err)
	}
}
