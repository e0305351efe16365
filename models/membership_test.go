package models_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// join makes a person who is a member of the account of w.
func (w *world) join(email string, role models.Role) models.User {
	w.t.Helper()
	user, _, err := w.store.SignUp(w.ctx, email, "hash")
	w.must(err)
	w.must(w.invite(email, role))
	_, err = w.store.AcceptInvitation(w.ctx, "token of "+email, user.ID)
	w.must(err)
	return user
}

func (w *world) invite(email string, role models.Role) error {
	_, err := w.store.Invite(w.ctx, w.account.ID, models.NewInvitation{
		Email: email, Role: role, By: models.Owner, Token: "token of " + email, InvitedBy: "a@example.test",
		Mail: models.NewMail{AccountID: w.account.ID, Recipient: email, Subject: "Come", Text: "token of " + email},
	})
	return err
}

func (w *world) user(email string) models.User {
	w.t.Helper()
	user, err := w.store.UserByEmail(w.ctx, email)
	w.must(err)
	return user
}

func (w *world) roles() []string {
	w.t.Helper()
	members, err := w.store.Members(w.ctx, w.account.ID)
	w.must(err)
	var out []string
	for _, m := range members {
		out = append(out, fmt.Sprintf("%s %s", m.Email, m.Role))
	}
	slices.Sort(out)
	return out
}

func (w *world) hasRoles(want ...string) {
	w.t.Helper()
	if got := w.roles(); !slices.Equal(got, want) {
		w.t.Errorf("the members are %q, want %q", got, want)
	}
}

func TestMembersAreInvitedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.join("b@example.test", models.Member)
	w.hasRoles("a@example.test owner", "b@example.test member")
	w.must(w.store.ChangeMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.Manager}))
	if m, err := w.store.Member(w.ctx, w.account.ID, b.ID); err != nil || m.Role != models.Manager {
		t.Errorf("the changed member: %+v, %v", m, err)
	}
	accounts, err := w.store.AccountsOf(w.ctx, b.ID)
	roles := map[string]models.Role{}
	for _, a := range accounts {
		roles[a.Name] = a.Role
	}
	if err != nil || len(roles) != 2 || roles["a@example.test"] != models.Manager || roles["b@example.test"] != models.Owner {
		t.Errorf("the accounts of the member: %+v, %v", accounts, err)
	}
	own, err := w.store.AddAccount(w.ctx, b.ID, "Own")
	w.must(err)
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("here"), UserID: b.ID, AccountID: w.account.ID, Life: time.Hour}))
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("own"), UserID: b.ID, AccountID: own.ID, Life: time.Hour}))
	w.must(w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{}))
	w.hasRoles("a@example.test owner")
	w.known("here", false)
	w.known("own", true)
	if n := w.count("sessions", "user_id = ? AND account_id = ?", b.ID, w.account.ID); n != 0 {
		t.Errorf("%d sessions of the account are left", n)
	}
	if err := w.store.OpenAccount(w.ctx, []byte("own"), w.account.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("who was removed opens the account: %v", err)
	}
}

func TestSessionSwitchesBetweenOwnAccountsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.join("b@example.test", models.ReadOnly)
	second, err := w.store.AddAccount(w.ctx, b.ID, "Second")
	w.must(err)
	w.must(w.store.AddSession(w.ctx, models.NewSession{TokenHash: []byte("s"), UserID: b.ID, AccountID: second.ID, Life: time.Hour}))
	w.must(w.store.OpenAccount(w.ctx, []byte("s"), w.account.ID))
	if v, err := w.store.Visitor(w.ctx, []byte("s")); err != nil || v.AccountID != w.account.ID || v.Role != models.ReadOnly {
		t.Errorf("after the switch: %+v, %v", v, err)
	}
	w.must(w.store.OpenAccount(w.ctx, []byte("s"), second.ID))
	if v, err := w.store.Visitor(w.ctx, []byte("s")); err != nil || v.AccountName != "Second" || v.Role != models.Owner {
		t.Errorf("after the second switch: %+v, %v", v, err)
	}
	_, foreign, err := w.store.SignUp(w.ctx, "c@example.test", "hash")
	w.must(err)
	for _, id := range []string{foreign.ID, "", "nothing"} {
		if err := w.store.OpenAccount(w.ctx, []byte("s"), id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("opens %q: %v", id, err)
		}
	}
	w.clock.Advance(2 * time.Hour)
	if err := w.store.OpenAccount(w.ctx, []byte("s"), second.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a session that is over opens an account: %v", err)
	}
}

func TestWhoMayChangeMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.user("a@example.test")
	b := w.join("b@example.test", models.Member)
	for _, c := range []struct {
		name     string
		user     string
		by, role models.Role
		want     error
	}{
		{"a manager makes an owner", b.ID, models.Manager, models.Owner, models.ErrRole},
		{"a manager unmakes an owner", owner.ID, models.Manager, models.Member, models.ErrRole},
		{"a member makes a manager", b.ID, models.Member, models.Manager, models.ErrRole},
		{"an owner gives a role that is not one", b.ID, models.Owner, "emperor", models.ErrRole},
		{"the last owner steps down", owner.ID, models.Owner, models.Manager, models.ErrLastOwner},
		{"nobody is changed", "nobody", models.Owner, models.Manager, models.ErrNotFound},
	} {
		if err := w.store.ChangeMember(w.ctx, w.account.ID, c.user, c.by, models.Terms{Role: c.role}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	w.hasRoles("a@example.test owner", "b@example.test member")
	if err := w.store.RemoveMember(w.ctx, w.account.ID, owner.ID, models.Owner, models.Removal{}); !errors.Is(err, models.ErrLastOwner) {
		t.Errorf("the last owner is removed: %v", err)
	}
	if err := w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Member, models.Removal{}); !errors.Is(err, models.ErrRole) {
		t.Errorf("a member removes another: %v", err)
	}
	w.must(w.store.RemoveMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, b.ID, models.Member, models.Removal{}))
	w.hasRoles("a@example.test owner")
}

// Two owners who unmake each other at the same time, in all the ways there
// are, leave one.
func TestOneOwnerAlways(t *testing.T) {
	t.Parallel()
	for round := range 4 {
		w := newWorld(t)
		owners := []models.User{w.user("a@example.test")}
		for i := range 3 {
			owners = append(owners, w.join(fmt.Sprintf("o%d@example.test", i), models.Owner))
		}
		var wg sync.WaitGroup
		for i, u := range owners {
			for _, act := range []func(context.Context) error{
				func(ctx context.Context) error {
					return w.store.RemoveMember(ctx, w.account.ID, u.ID, models.Owner, models.Removal{})
				},
				func(ctx context.Context) error {
					return w.store.ChangeMember(ctx, w.account.ID, owners[(i+1)%len(owners)].ID, models.Owner, models.Terms{Role: models.ReadOnly})
				},
			} {
				wg.Go(func() {
					if err := act(w.ctx); err != nil && !errors.Is(err, models.ErrLastOwner) && !errors.Is(err, models.ErrNotFound) {
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
		}
		wg.Wait()
		if n := w.count("memberships", "account_id = ? AND role = 'owner'", w.account.ID); n != 1 {
			t.Errorf("round %d: %d owners are left", round, n)
		}
	}
}

func TestInvitationWorksOnceForSevenDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.invite("new@example.test", models.Manager))
	if n := w.count("outgoing_mails", "recipient = ?", "new@example.test"); n != 1 {
		t.Errorf("%d mails were queued", n)
	}
	if n := w.count("invitations", "token_hash = ?", []byte("token of new@example.test")); n != 0 {
		t.Error("the token itself is stored")
	}
	inv, err := w.store.InvitationByToken(w.ctx, "token of new@example.test")
	if err != nil || inv.Email != "new@example.test" || inv.AccountName != "a@example.test" || inv.Role != models.Manager {
		t.Errorf("the invitation: %+v, %v", inv, err)
	}
	user, _, err := w.store.SignUpInvited(w.ctx, "token of new@example.test", "hash")
	w.must(err)
	w.hasRoles("a@example.test owner", "new@example.test manager")
	if _, err := w.store.AcceptInvitation(w.ctx, "token of new@example.test", user.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if err := w.invite("new@example.test", models.Member); !errors.Is(err, models.ErrTaken) {
		t.Errorf("a member is invited: %v", err)
	}

	w.must(w.invite("late@example.test", models.Member))
	w.clock.Advance(models.InvitationLife)
	if _, _, err := w.store.SignUpInvited(w.ctx, "token of late@example.test", "hash"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after seven days: %v", err)
	}
	if n := w.count("users", "email = ?", "late@example.test"); n != 0 {
		t.Error("a refused invitation left a user")
	}
	if n, err := w.store.RemoveExpiredInvitations(w.ctx); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
}

func TestInvitationRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := models.NewInvitation{Email: "x@example.test", Token: "t", Role: models.Owner, By: models.Manager}
	if _, err := w.store.Invite(w.ctx, w.account.ID, n); !errors.Is(err, models.ErrRole) {
		t.Errorf("a manager invites an owner: %v", err)
	}
	w.must(w.invite("x@example.test", models.Member))
	first, err := w.store.Invitations(w.ctx, w.account.ID)
	w.must(err)
	n = models.NewInvitation{Email: "x@example.test", Token: "newer", Role: models.ReadOnly, By: models.Owner, Mail: models.NewMail{Recipient: "x@example.test"}}
	_, err = w.store.Invite(w.ctx, w.account.ID, n)
	w.must(err)
	if list, err := w.store.Invitations(w.ctx, w.account.ID); err != nil || len(list) != 1 || list[0].ID == first[0].ID || list[0].Role != models.ReadOnly {
		t.Errorf("invited twice: %+v, %v", list, err)
	}
	if _, err := w.store.InvitationByToken(w.ctx, "token of x@example.test"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the replaced link: %v", err)
	}
	_, foreign, err := w.store.SignUp(w.ctx, "c@example.test", "hash")
	w.must(err)
	list, err := w.store.Invitations(w.ctx, w.account.ID)
	w.must(err)
	if err := w.store.TakeBackInvitation(w.ctx, foreign.ID, list[0].ID, models.Owner); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another account takes it back: %v", err)
	}
	w.must(w.store.SuspendAccount(w.ctx, w.account.ID, true))
	if _, err := w.store.InvitationByToken(w.ctx, "newer"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("to a suspended account: %v", err)
	}
	w.must(w.store.SuspendAccount(w.ctx, w.account.ID, false))
	w.must(w.store.TakeBackInvitation(w.ctx, w.account.ID, list[0].ID, models.Owner))
	if _, err := w.store.InvitationByToken(w.ctx, "newer"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("taken back: %v", err)
	}
}

// Of many who use one link at once, one becomes a member.
func TestInvitationIsAcceptedByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.invite("x@example.test", models.Member))
	var users []models.User
	for i := range 5 {
		user, _, err := w.store.SignUp(w.ctx, fmt.Sprintf("u%d@example.test", i), "hash")
		w.must(err)
		users = append(users, user)
	}
	var wg sync.WaitGroup
	for _, u := range users {
		wg.Go(func() {
			if _, err := w.store.AcceptInvitation(w.ctx, "token of x@example.test", u.ID); err != nil && !errors.Is(err, models.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(w.roles()); n != 2 {
		t.Errorf("the account has %d members", n)
	}
}

// ending is what becomes of somebody's role, after which what they have begun is
// still open, or is not.
type ending struct {
	what string
	end  func(w *world, b models.User) error
	open bool
}

// endings are those that end whatever a manager has begun.
func endings() []ending {
	return []ending{
		{"removed", func(w *world, b models.User) error {
			return w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{})
		}, false},
		{"made a member", func(w *world, b models.User) error {
			return w.store.ChangeMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.Member})
		}, false},
		{"removed under another address", func(w *world, b models.User) error {
			w.must(w.store.SetEmail(w.ctx, b.ID, "b2@example.test", nil))
			return w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{})
		}, false},
	}
}

// Who is removed, or may not invite any more, brings nobody in afterwards; who
// leaves may have invited a successor.
func TestInvitationsEndWithWhoSentThem(t *testing.T) {
	t.Parallel()
	for _, c := range append(endings(), []ending{
		{"made an owner", func(w *world, b models.User) error {
			return w.store.ChangeMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.Owner})
		}, true},
		{"leaves", func(w *world, b models.User) error {
			return w.store.RemoveMember(models.By(w.ctx, models.Actor{UserID: b.ID}), w.account.ID, b.ID, models.Manager, models.Removal{})
		}, true},
	}...) {
		w := newWorld(t)
		b := w.join("b@example.test", models.Manager)
		for _, by := range []string{"b@example.test", "a@example.test"} {
			_, err := w.store.Invite(w.ctx, w.account.ID, models.NewInvitation{
				Email: "of-" + by, Role: models.Manager, By: models.Manager, Token: "token of " + by, InvitedBy: by, Mail: models.NewMail{Recipient: by},
			})
			w.must(err)
		}
		w.must(c.end(w, b))
		if _, err := w.store.InvitationByToken(w.ctx, "token of b@example.test"); (err == nil) != c.open {
			t.Errorf("%s: %v", c.what, err)
		}
		if n := w.count("audit_events", "action = ?", models.AuditInvitationGone); n == 1 == c.open {
			t.Errorf("%s: %d entries of the audit log", c.what, n)
		}
		if _, err := w.store.InvitationByToken(w.ctx, "token of a@example.test"); err != nil {
			t.Errorf("%s: an invitation of somebody else: %v", c.what, err)
		}
	}
}

// A token sees no more than who made it: with a limited member, whose limit is
// not known any more then, their tokens go. Those of others belong to the account,
// and one that was revoked before is not revoked again.
func TestTokensOfLimitedMembersEndWithThem(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]error{"": nil, "north": models.ErrNotFound} {
		w := newWorld(t)
		b := w.join("b@example.test", models.Manager)
		for hash, by := range map[string]string{"theirs": b.ID, "revoked": b.ID, "another": "somebody"} {
			token, err := w.store.AddAPIToken(w.ctx, models.APIToken{AccountID: w.account.ID, Name: hash, TokenHash: []byte(hash), Scopes: models.JSONList[models.Scope]{models.ScopeRead}, CreatedBy: by})
			w.must(err)
			if hash == "revoked" {
				w.must(w.store.RevokeAPIToken(w.ctx, w.account.ID, token.ID))
			}
		}
		if tags != "" {
			w.must(w.store.ChangeMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.ReadOnly, Tags: []string{tags}}))
		}
		w.must(w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{}))
		if _, err := w.store.APITokenByHash(w.ctx, []byte("theirs")); !errors.Is(err, want) {
			t.Errorf("limited to %q: %v, want %v", tags, err, want)
		}
		if _, err := w.store.APITokenByHash(w.ctx, []byte("another")); err != nil {
			t.Errorf("the token of somebody else: %v", err)
		}
		ended := map[bool]int64{true: 1}
		for name, entries := range map[string]int64{"theirs": ended[tags != ""], "revoked": 1, "another": 0} {
			if n := w.count("audit_events", "action = ? AND object = ?", models.AuditTokenRevoked, name); n != entries {
				t.Errorf("limited to %q: %d entries of the audit log about %s, want %d", tags, n, name, entries)
			}
		}
	}
}
