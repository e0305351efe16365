package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

func TestRemoveLostFactors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		has, lost, want models.Factors
		err             error
		events          []models.AuditAction
	}{
		"both":                 {models.Factors{App: true, Passkeys: true}, models.Factors{App: true, Passkeys: true}, models.Factors{App: true, Passkeys: true}, nil, []models.AuditAction{models.AuditSecondStepOff, models.AuditPasskeyRemoved}},
		"the app of both":      {models.Factors{App: true, Passkeys: true}, models.Factors{App: true}, models.Factors{App: true}, nil, []models.AuditAction{models.AuditSecondStepOff}},
		"the passkeys of both": {models.Factors{App: true, Passkeys: true}, models.Factors{Passkeys: true}, models.Factors{Passkeys: true}, nil, []models.AuditAction{models.AuditPasskeyRemoved}},
		"an app that is none":  {models.Factors{Passkeys: true}, models.Factors{App: true}, models.Factors{}, models.ErrNotFound, nil},
		"nothing of all":       {models.Factors{}, models.Factors{App: true, Passkeys: true}, models.Factors{}, models.ErrNotFound, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			user, err := w.store.UserByEmail(w.ctx, "a@example.test")
			w.must(err)
			ids := map[string]string{"user_id": user.ID}
			w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("here"), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
			if c.has.App {
				w.fill("one_time_secrets", ids)
				w.fill("recovery_codes", ids)
			}
			if c.has.Passkeys {
				w.fill("passkeys", ids)
			}
			before := len(w.audited(w.account.ID))
			got, err := w.store.RemoveLostFactors(models.By(w.ctx, models.Actor{Name: "operator"}), user.ID, c.lost, models.NewMail{Subject: "lost"})
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("removed %+v, %v", got, err)
			}
			left := models.Factors{App: w.count("one_time_secrets", "true")+w.count("recovery_codes", "true") > 0, Passkeys: w.count("passkeys", "true") > 0}
			if want := (models.Factors{App: c.has.App && !c.want.App, Passkeys: c.has.Passkeys && !c.want.Passkeys}); left != want {
				t.Errorf("left: %+v", left)
			}
			told, sessions := int64(0), int64(1)
			if c.err == nil {
				told, sessions = 1, 0
			}
			if m, s := w.count("outgoing_mails", "subject = 'lost' AND recipient = ?", user.Email), w.count("sessions", "true"); m != told || s != sessions {
				t.Errorf("%d mails, %d sessions", m, s)
			}
			events := w.audited(w.account.ID)
			events = events[:len(events)-before]
			for i, e := range events {
				if i >= len(c.events) || e.Action != c.events[i] || e.Actor != "operator" || e.Object != user.Email {
					t.Errorf("event %d: %+v", i, e)
				}
			}
			if len(events) != len(c.events) {
				t.Errorf("%d events", len(events))
			}
		})
	}
}
