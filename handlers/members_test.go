package handlers_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

var invitationLink = regexp.MustCompile(`/invitations/[0-9a-z]{26}`)

// mailed is the newest mail to an address.
func (w *world) mailed(to string) models.OutgoingMail {
	w.t.Helper()
	mails, err := w.store.RecentMails(context.Background(), 50)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range mails {
		if m.Recipient == to {
			return m
		}
	}
	w.t.Fatalf("no mail was sent to %s", to)
	return models.OutgoingMail{}
}

func sendsMail(d *handlers.Deps) { d.SendsMail = true }

func TestNewPersonJoinsByInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sendsMail, func(d *handlers.Deps) { d.Signup = handlers.SignupInvite })
	owner := w.person("owner@example.test")
	if got := w.post("/settings/members", owner, "email", "New@Example.test", "role", "member"); got.StatusCode != 303 {
		t.Fatalf("inviting: %d %s", got.StatusCode, got.body)
	}
	link := invitationLink.FindString(w.mailed("new@example.test").Text)
	if got := w.get(link, nil); got.StatusCode != 200 || got.doc(t).Find("#password").Length() != 1 {
		t.Errorf("the link shows: %d", got.StatusCode)
	}
	if got := w.get("/settings/members", owner).doc(t).Find(`[data-testid="invitation-row"]`).Length(); got != 1 {
		t.Errorf("%d invitations are listed", got)
	}
	if got := w.post(link, nil, "password", "short"); got.StatusCode != 400 {
		t.Errorf("a short password: %d", got.StatusCode)
	}
	got := w.post(link, nil, "password", password)
	if got.StatusCode != 303 || got.location() != "/overview" || got.setCookie("sealpost") == nil {
		t.Fatalf("accepting: %d to %s", got.StatusCode, got.location())
	}
	joined := &person{cookie: got.setCookie("sealpost")}
	row := w.get("/settings/members", joined).doc(t).Find(`[data-email="new@example.test"]`)
	if row.AttrOr("data-role", "") != "member" {
		t.Errorf("the new member's role is %q", row.AttrOr("data-role", ""))
	}
	for _, p := range []*person{nil, owner} {
		if again := w.get(link, p); again.StatusCode != 404 {
			t.Errorf("a used link: %d", again.StatusCode)
		}
		if again := w.post(link, p, "password", password); again.StatusCode != 404 {
			t.Errorf("a used link is posted to: %d", again.StatusCode)
		}
	}
	if strings.Contains(w.log.String(), strings.TrimPrefix(link, "/invitations/")) {
		t.Error("the log has the token")
	}
}

func TestKnownPersonLogsInToJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sendsMail)
	owner, known := w.person("owner@example.test"), w.person("known@example.test")
	w.post("/settings/members", owner, "email", "known@example.test", "role", "read-only")
	link := invitationLink.FindString(w.mailed("known@example.test").Text)
	if got := w.get(link, nil).doc(t).Find(`a[href^="/login?next="]`).Length(); got != 1 {
		t.Error("nobody is sent to the login")
	}
	if got := w.post(link, nil, "password", password); got.StatusCode != 303 || !strings.HasPrefix(got.location(), "/login") {
		t.Errorf("a password for somebody who is known: %d to %s", got.StatusCode, got.location())
	}
	if got := w.post(link, known); got.StatusCode != 303 {
		t.Fatalf("accepting: %d", got.StatusCode)
	}
	accounts := w.get("/accounts", known).doc(t).Find(`[data-testid="account-row"]`)
	if accounts.Length() != 2 {
		t.Errorf("%d accounts are listed", accounts.Length())
	}
	if got := w.post("/domains/new", known, "name", "example.com"); got.StatusCode != 403 {
		t.Errorf("a read-only member adds a domain: %d", got.StatusCode)
	}
	if got := w.post("/accounts/open", known, "account", known.account.ID); got.StatusCode != 303 {
		t.Fatalf("opening the own account: %d", got.StatusCode)
	}
	if got := w.post("/domains/new", known, "name", "example.com"); got.StatusCode != 303 {
		t.Errorf("the owner adds a domain: %d", got.StatusCode)
	}
}

func TestInvitationWithoutMailIsHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.person("owner@example.test")
	got := w.post("/settings/members", owner, "email", "new@example.test", "role", "manager")
	if link := invitationLink.FindString(got.find(t, "invitation-url")); link == "" || w.get(link, nil).StatusCode != 200 {
		t.Errorf("no link is shown: %d", got.StatusCode)
	}
}

func TestMemberFormsRefuse(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	manager, member := f.joined("manager@example.test", models.Manager), f.joined("member@example.test", models.Member)
	at := func(p *person, rest string) string { return "/settings/members/" + p.user.ID + rest }
	for _, c := range []struct {
		who    *person
		path   string
		fields []string
		want   int
	}{
		{f.owner, "/settings/members", []string{"email", "no address", "role", "member"}, 400},
		{f.owner, "/settings/members", []string{"email", "x@example.test", "role", "emperor"}, 403},
		{f.owner, "/settings/members", []string{"email", "member@example.test", "role", "member"}, 409},
		{manager, "/settings/members", []string{"email", "x@example.test", "role", "owner"}, 403},
		{manager, at(f.owner, ""), []string{"role", "member"}, 403},
		{manager, at(f.owner, "/remove"), nil, 403},
		{member, at(manager, "/remove"), nil, 403},
		{f.owner, at(f.owner, ""), []string{"role", "member"}, 409},
		{f.owner, "/settings/members/leave", nil, 409},
		{f.owner, at(f.other, "/remove"), nil, 404},
		{f.owner, "/settings/members/0/remove", nil, 404},
		{manager, "/settings/members/name", []string{"name", "Acme"}, 403},
		{f.owner, "/settings/members/name", []string{"name", "  "}, 400},
		{f.owner, "/settings/members/name", []string{"name", "a\x00b"}, 400},
		{f.owner, "/settings/members/name", []string{"name", "a\u202eb"}, 400},
		{f.owner, "/settings/members/name", []string{"name", strings.Repeat("é", 81)}, 400},
		{f.owner, "/settings/members/name", []string{"name", "Acme & <Söhne>"}, 303},
		{manager, at(member, ""), []string{"role", "read-only"}, 303},
		{manager, at(member, "/remove"), nil, 303},
	} {
		if got := f.post(c.path, c.who, c.fields...); got.StatusCode != c.want {
			t.Errorf("%s posts %q to %s: got %d, want %d", c.who.user.Email, c.fields, c.path, got.StatusCode, c.want)
		}
	}
	if got := f.get("/overview", member); got.StatusCode != http.StatusSeeOther {
		t.Errorf("who was removed still sees the account: %d", got.StatusCode)
	}
	if got := f.get("/accounts", f.owner).find(t, "account-row"); !strings.Contains(got, "Acme & <Söhne>") {
		t.Errorf("the account is called %q", got)
	}
}

func TestMakingAnotherAccountOpensIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	if got := w.post("/accounts", p, "name", "Second"); got.StatusCode != 303 || got.location() != "/overview" {
		t.Fatalf("%d to %s", got.StatusCode, got.location())
	}
	if got := w.get("/domains/example.com", p); got.StatusCode != 404 {
		t.Errorf("the first account's domain in the second: %d", got.StatusCode)
	}
	if got := w.post("/accounts", p, "name", ""); got.StatusCode != 400 {
		t.Errorf("without a name: %d", got.StatusCode)
	}
}
