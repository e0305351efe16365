package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// Who is removed, or may less, while a request of theirs is under way does no
// more than they may when it comes to be done, whatever they might at its start.
func TestARequestIsJudgedWhenItIsDone(t *testing.T) {
	t.Parallel()
	for what, act := range map[string]func(w *world, b models.User) error{
		"invite": func(w *world, b models.User) error {
			_, err := w.store.Invite(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, models.NewInvitation{
				Email: "b2@example.test", Role: models.Manager, By: models.Manager, Token: "back", InvitedBy: b.Email, Mail: models.NewMail{Recipient: "b2@example.test"},
			})
			return err
		},
		"take an invitation back": func(w *world, b models.User) error {
			list, err := w.store.Invitations(w.ctx, w.account.ID)
			w.must(err)
			return w.store.TakeBackInvitation(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, list[0].ID, models.Manager)
		},
		"make a token": func(w *world, b models.User) error {
			_, err := w.store.AddAPIToken(models.By(w.ctx, models.Actor{UserID: b.ID}), models.APIToken{AccountID: w.account.ID, Name: "t", TokenHash: []byte("t"), CreatedBy: b.ID})
			return err
		},
		"offer a domain": func(w *world, b models.User) error {
			_, err := w.store.OfferTransfer(models.By(w.ctx, models.Actor{UserID: b.ID}), w.domain, models.NewTransfer{
				Email: "b2@example.test", Token: "mine", OfferedBy: b.Email, Mail: models.NewMail{Recipient: "b2@example.test"},
			})
			return err
		},
		"share a domain": func(w *world, b models.User) error {
			_, err := w.store.AddShareLink(models.By(w.ctx, models.Actor{UserID: b.ID}), w.domain, "mine", b.ID, []byte("s"), time.Hour)
			return err
		},
		"forward reports": func(w *world, b models.User) error {
			_, err := w.store.AddForward(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, w.domain.Name, models.NewForward{Kind: models.ForwardMail, Target: "b2@example.test", Origin: models.ForwardAdded})
			return err
		},
		"remove another": func(w *world, b models.User) error {
			return w.store.RemoveMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, w.user("c@example.test").ID, models.Manager, models.Removal{})
		},
		"make another a manager": func(w *world, b models.User) error {
			return w.store.ChangeMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, w.user("c@example.test").ID, models.Manager, models.Terms{Role: models.Manager})
		},
		"make themself a manager again": func(w *world, b models.User) error {
			err := w.store.ChangeMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, b.ID, models.Manager, models.Terms{Role: models.Manager})
			if errors.Is(err, models.ErrNotFound) {
				return models.ErrRole // there is nobody to be changed
			}
			return err
		},
	} {
		for _, removed := range []bool{true, false} {
			w := newWorld(t)
			b := w.join("b@example.test", models.Manager)
			w.join("c@example.test", models.Member)
			w.must(w.invite("d@example.test", models.Member))
			if removed {
				w.must(w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{}))
			} else {
				w.must(w.store.ChangeMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.ReadOnly}))
			}
			if err := act(w, b); !errors.Is(err, models.ErrRole) {
				t.Errorf("%s, removed %v: %v", what, removed, err)
			}
		}
	}
}

// A domain that somebody has offered is not handed over after they were removed,
// or may not offer any more: the other account could be their own.
func TestOffersEndWithWhoMadeThem(t *testing.T) {
	t.Parallel()
	for _, c := range append(endings(), []ending{
		{"leaves", func(w *world, b models.User) error {
			return w.store.RemoveMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, b.ID, models.Manager, models.Removal{})
		}, true},
	}...) {
		w := newWorld(t)
		b := w.join("b@example.test", models.Manager)
		_, err := w.store.OfferTransfer(w.ctx, w.domain, models.NewTransfer{Email: "c@example.test", Token: "token", OfferedBy: b.Email, Mail: models.NewMail{Recipient: "c@example.test"}})
		w.must(err)
		w.must(c.end(w, b))
		if _, err := w.store.TransferByToken(w.ctx, "token"); (err == nil) != c.open {
			t.Errorf("%s: %v", c.what, err)
		}
		if n := w.count("audit_events", "action = ?", models.AuditTransferWithdrawn); n == 1 == c.open {
			t.Errorf("%s: %d entries of the audit log", c.what, n)
		}
	}
}
