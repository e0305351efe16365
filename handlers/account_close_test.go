package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// boss owns the account that the tests delete.
const boss = "boss@example.test"

// accountOf is the one account of a person.
func (w *world) accountOf(email string) models.Account {
	w.t.Helper()
	user, err := w.store.UserByEmail(context.Background(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	accounts, err := w.store.AccountsOf(context.Background(), user.ID)
	if err != nil || len(accounts) != 1 {
		w.t.Fatalf("the accounts of %s: %v, %v", email, accounts, err)
	}
	return accounts[0].Account
}

func TestOwnerDeletesTheAccountAndTakesItBack(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	owner := f.signedUp(boss)
	owner.account = f.accountOf(boss)
	d := f.domain(owner, "example.org")
	name := owner.account.Name
	page := f.get("/settings/closing", owner)
	text := page.find(t, "holdings")
	for _, want := range []string{"1 domain", "example.org", "the only member. You have no other account, so your login is removed too.", "7 days", "24 hours", "tokens of the domains"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	for _, c := range []struct {
		name  string
		pairs []string
	}{
		{"nothing", nil},
		{"no password", []string{"confirm", name}},
		{"a wrong password", []string{"confirm", name, "current_password", "this is not it"}},
		{"a wrong name", []string{"confirm", "example.org", "current_password", password}},
	} {
		if got := f.post("/settings/closing", owner, c.pairs...); got.StatusCode != 400 || f.accountOf(boss).State != models.AccountActive {
			t.Errorf("%s: %d, %s", c.name, got.StatusCode, f.accountOf(boss).State)
		}
	}
	if got := f.post("/settings/closing", owner, "confirm", name, "current_password", password); got.StatusCode != 303 || f.accountOf(boss).State != models.AccountClosing {
		t.Fatalf("deleting: %d, %s", got.StatusCode, f.accountOf(boss).State)
	}
	if mail := f.mailed(boss); !strings.Contains(mail.Text, boss) || !strings.Contains(mail.Text, "take the deletion back") {
		t.Errorf("the mail says %q", mail.Text)
	}
	for path, want := range map[string]int{
		"/overview": 200, "/domains/example.org": 200, "/settings/audit": 200, "/settings/members": 200, "/settings/closing": 200, "/domains/new": 403,
	} {
		if got := f.get(path, owner); got.StatusCode != want || want == 200 && !strings.Contains(got.find(t, "account-closing"), "Keep the account") {
			t.Errorf("GET %s while it is being deleted: %d", path, got.StatusCode)
		}
	}
	for _, path := range []string{"/domains/new", "/domains/example.org/delete", "/settings/members", "/settings/tokens", "/settings/members/name", "/domains/example.org/settings/secret"} {
		if got := f.post(path, owner, "name", "example.net", "confirm", "example.org"); got.StatusCode != 403 {
			t.Errorf("POST %s while it is being deleted: %d", path, got.StatusCode)
		}
	}
	if got := f.post("/settings/closing", owner, "confirm", name, "current_password", password); got.StatusCode != 409 {
		t.Errorf("a second time: %d", got.StatusCode)
	}
	if _, err := f.store.AddresseeOfToken(context.Background(), d.Token); err != nil {
		t.Errorf("a report that comes meanwhile: %v", err)
	}
	if got := f.post("/settings/closing/take-back", owner); got.StatusCode != 303 || f.accountOf(boss).State != models.AccountActive {
		t.Errorf("taking it back: %d, %s", got.StatusCode, f.accountOf(boss).State)
	}
	if got := f.get("/domains/new", owner); got.StatusCode != 200 || strings.Contains(got.body, "account-closing") {
		t.Errorf("after it was taken back: %d", got.StatusCode)
	}
}

// Who has an authenticator app gives its code too.
func TestDeletingTheAccountTakesBothSteps(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	owner, secret, _ := f.withApp(boss)
	form := []string{"confirm", f.accountOf(boss).Name, "current_password", password}
	f.clock.Advance(time.Minute) // each code works once
	if n := f.get("/settings/closing", owner).doc(t).Find("#closing-code").Length(); n != 1 {
		t.Error("no code is asked for")
	}
	for _, c := range []struct {
		code  string
		state models.AccountState
	}{{"", models.AccountActive}, {"000000", models.AccountActive}, {f.code(secret), models.AccountClosing}} {
		f.post("/settings/closing", owner, append(form, "code", c.code)...)
		if got := f.accountOf(boss).State; got != c.state {
			t.Errorf("with the code %q it is %s", c.code, got)
		}
	}
}

// Managers may do a lot, but neither delete the account nor take that back.
func TestOnlyOwnersDeleteTheAccount(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, role := range models.Roles()[1:] {
		p := f.joined(strings.ReplaceAll(string(role), "-", "")+"@example.test", role)
		if got := f.get("/settings/members", p); strings.Contains(got.body, "/settings/closing") {
			t.Errorf("%s is shown the way", role)
		}
		for _, path := range []string{"/settings/closing", "/settings/closing/take-back"} {
			if got := f.post(path, p, "confirm", f.owner.account.Name, "current_password", password); got.StatusCode != 403 {
				t.Errorf("%s posts to %s: %d", role, path, got.StatusCode)
			}
		}
	}
}
