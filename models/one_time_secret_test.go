package models_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/totp"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// Of many who use a code at once, one gets in; so with a recovery code.
func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, err := w.store.UserByEmail(w.ctx, "a@example.test")
	w.must(err)
	w.must(w.store.OfferOneTimeSecret(w.ctx, user.ID))
	secret, err := w.store.OfferedSecret(w.ctx, user.ID)
	w.must(err)
	code := func() string {
		c, err := totp.Code(secret, w.clock.Now())
		w.must(err)
		return c
	}
	if err := w.store.UseCode(w.ctx, user.ID, code()); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a code of a secret that is not confirmed: %v", err)
	}
	codes, err := w.store.ConfirmOneTimeSecret(w.ctx, user.ID, code(), nil, models.NewMail{Subject: "x", Text: "x"})
	w.must(err)
	w.clock.Advance(30 * time.Second)
	for _, typed := range []string{code(), codes[3]} {
		var won atomic.Int32
		var g errgroup.Group
		for range 8 {
			g.Go(func() error {
				err := w.store.UseCode(w.ctx, user.ID, typed)
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, models.ErrCode) {
					return err
				}
				return nil
			})
		}
		w.must(g.Wait())
		if won.Load() != 1 {
			t.Errorf("%s was taken %d times", typed, won.Load())
		}
	}
	if step, err := w.store.SecondStepOf(w.ctx, user.ID); err != nil || step.CodesLeft != 9 {
		t.Errorf("%+v, %v", step, err)
	}
	if err := w.store.OfferOneTimeSecret(w.ctx, user.ID); !errors.Is(err, models.ErrState) {
		t.Errorf("a second app over the first: %v", err)
	}
	if n := w.count("one_time_secrets", "secret = ?", []byte(secret)); n != 0 {
		t.Error("the secret is stored as it is")
	}
}
