package models_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

func (w *world) link(p models.LinkPurpose, userID, email, token string) {
	w.t.Helper()
	w.must(w.store.SendLink(w.ctx, models.NewLink{
		Purpose: p, UserID: userID, Email: email, Token: token, Mail: &models.NewMail{Recipient: email, Subject: "x", Text: token},
	}))
}

func TestLinksWorkOnceForTheirPurposeAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("a@example.test")
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("s"), UserID: user.ID, AccountID: w.account.ID, Life: 24 * time.Hour}))
	w.link(models.LinkReset, user.ID, user.Email, "reset")
	w.link(models.LinkEmail, user.ID, "new@example.test", "email")
	w.link(models.LinkSignUp, "", "other@example.test", "signup")
	for token, purposes := range map[string][]models.LinkPurpose{
		"reset": {models.LinkEmail, models.LinkSignUp}, "email": {models.LinkReset, models.LinkSignUp}, "signup": {models.LinkReset, models.LinkEmail},
		"": {models.LinkReset}, "rese": {models.LinkReset},
	} {
		for _, p := range purposes {
			if _, err := w.store.MailLink(w.ctx, p, token); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%q works for %s: %v", token, p, err)
			}
		}
	}
	w.must(w.store.ResetPassword(w.ctx, "reset", "new hash"))
	w.known("s", false)
	if got := w.user("a@example.test"); got.PasswordHash != "new hash" {
		t.Errorf("the hash is %q", got.PasswordHash)
	}
	if err := w.store.ResetPassword(w.ctx, "reset", "again"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	w.clock.Advance(models.LinkLife)
	for name, err := range map[string]error{
		"e-mail":  second(w.store.ChangeEmail(w.ctx, "email", nil)),
		"sign-up": second(w.store.SignUpByLink(w.ctx, "signup", "hash")),
	} {
		if !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s after its time: %v", name, err)
		}
	}
	if n, err := w.store.RemoveExpiredLinks(w.ctx); n != 2 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("a@example.test")
	for _, s := range []string{"here", "there"} {
		w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte(s), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour}))
	}
	w.link(models.LinkReset, user.ID, user.Email, "reset")
	w.link(models.LinkEmail, user.ID, "new@example.test", "email")
	old, email, err := w.store.ChangeEmail(w.ctx, "email", []byte("here"))
	if err != nil || old.Email != "a@example.test" || email != "new@example.test" {
		t.Errorf("%+v %s %v", old, email, err)
	}
	w.known("here", true)
	w.known("there", false)
	if w.user("new@example.test").ID != user.ID {
		t.Error("the new address is somebody else's")
	}
	if err := w.store.ResetPassword(w.ctx, "reset", "x"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a link that went to the old address still works: %v", err)
	}
	_, _, err = w.store.SignUp(w.ctx, "taken@example.test", "hash")
	w.must(err)
	w.link(models.LinkEmail, user.ID, "taken@example.test", "taken")
	if _, _, err := w.store.ChangeEmail(w.ctx, "taken", nil); !errors.Is(err, models.ErrTaken) {
		t.Errorf("to an address that is known: %v", err)
	}
	if err := w.store.SetEmail(w.ctx, user.ID, "taken@example.test", nil); !errors.Is(err, models.ErrTaken) {
		t.Errorf("without mail to an address that is known: %v", err)
	}
}

// Fifty who ask at once cause one mail, and so does one who asks again soon.
func TestManyAskForOneMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("a@example.test")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { w.link(models.LinkReset, user.ID, user.Email, string(models.NewDeliveryID())) })
	}
	wg.Wait()
	w.clock.Advance(4 * time.Minute)
	w.link(models.LinkReset, user.ID, user.Email, "soon")
	if n := w.count("outgoing_mails", "recipient = ?", user.Email); n != 1 {
		t.Errorf("%d mails", n)
	}
	w.clock.Advance(2 * time.Minute)
	w.link(models.LinkReset, user.ID, user.Email, "later")
	if _, err := w.store.MailLink(w.ctx, models.LinkReset, "later"); err != nil {
		t.Errorf("the newest link: %v", err)
	}
	if n := w.count("mail_links", "email = ?", user.Email); n != 1 {
		t.Errorf("%d links", n)
	}
	w.must(w.store.SendLink(w.ctx, models.NewLink{Purpose: models.LinkReset, Email: "nobody@example.test", Token: "nobody"}))
	if _, err := w.store.MailLink(w.ctx, models.LinkReset, "nobody"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a link for nobody: %v", err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("a@example.test")
	stranger, foreign, err := w.store.SignUp(w.ctx, "b@example.test", "hash")
	w.must(err)
	for _, s := range []string{"one", "two", "three"} {
		w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte(s), UserID: user.ID, AccountID: w.account.ID, Life: time.Hour, Device: "Browser \xff" + s, Address: "192.0.2.1"}))
	}
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("theirs"), UserID: stranger.ID, AccountID: foreign.ID, Life: time.Hour}))
	list, err := w.store.Sessions(w.ctx, user.ID)
	if err != nil || len(list) != 3 || list[0].Address != "192.0.2.1" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := w.store.EndSessionOf(w.ctx, stranger.ID, list[0].ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a stranger ends it: %v", err)
	}
	w.must(w.store.EndSessionOf(w.ctx, user.ID, list[0].ID))
	if left, err := w.store.Sessions(w.ctx, user.ID); err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
	w.must(w.store.EndOtherSessions(w.ctx, user.ID, list[1].TokenHash))
	left, err := w.store.Sessions(w.ctx, user.ID)
	if err != nil || len(left) != 1 || left[0].ID != list[1].ID {
		t.Errorf("%+v are left, %v", left, err)
	}
	w.known("theirs", true)
}

// A stranger who asks for somebody's new password as often as they may does not
// keep them from one: a link is in force, or the next who asks causes one. Other
// mail stays within the bound of a day.
func TestStrangersUseNobodysLinksUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.user("a@example.test")
	ask := func(token string) error {
		w.link(models.LinkReset, user.ID, user.Email, token)
		_, err := w.store.MailLink(w.ctx, models.LinkReset, token)
		return err
	}
	for i := range 12 {
		if err := ask(fmt.Sprint("stranger ", i)); (err == nil) != (i < 10) {
			t.Errorf("request %d: %v", i, err)
		}
		w.clock.Advance(5 * time.Minute)
	}
	w.clock.Advance(models.LinkLife)
	if err := ask("owner"); err != nil {
		t.Errorf("the owner, when no link is in force: %v", err)
	}
	w.clock.Advance(5 * time.Minute)
	if err := ask("again"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("while one is in force: %v", err)
	}
	w.link(models.LinkEmail, user.ID, user.Email, "email")
	if n := w.count("outgoing_mails", "recipient = ?", user.Email); n != 11 {
		t.Errorf("%d mails", n)
	}
}
