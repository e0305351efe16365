package handlers_test

import (
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// leaver is a manager who has made a token and a read-only link.
type leaver struct {
	furnished
	*person
	token, link string
}

func newLeaver(t *testing.T) leaver {
	t.Helper()
	f := newFurnished(t)
	l := leaver{furnished: f, person: f.joined("leaver@example.test", models.Manager)}
	l.token = f.token(l.person, allScopes...)
	made := f.post("/domains/example.com/shares", l.person, "name", "Auditors", "days", "30")
	_, secret, ok := strings.Cut(strings.TrimSpace(made.find(t, "share-url")), "/share/")
	if !ok {
		t.Fatalf("no link was made: %d", made.StatusCode)
	}
	l.link = "/share/" + secret
	return l
}

func (l leaver) removal() string { return "/settings/members/" + l.user.ID + "/remove" }

// works tells whether the token and the link still open something.
func (l leaver) works() (token, link bool) {
	return l.call("GET", "/domains", l.token, "").StatusCode == 200, l.get(l.link, nil).StatusCode == 200
}

// Who removes a member is told what that person has made that works without
// them, and has it end in the same step.
func TestRemovalNamesWhatWorksWithoutTheMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fields      []string
		token, link bool
	}{
		{nil, true, true}, {[]string{"tokens", "revoke"}, false, true}, {[]string{"links", "end"}, true, false},
		{[]string{"tokens", "revoke", "links", "end"}, false, false},
	} {
		l := newLeaver(t)
		page := l.get(l.removal(), l.owner)
		doc := page.doc(t)
		if token, link := l.works(); page.StatusCode != 200 || !token || !link {
			t.Fatalf("looking: %d, the token works %v, the link %v", page.StatusCode, token, link)
		}
		for id, want := range map[string]string{"removal-tokens": "1 API token", "removal-links": "1 read-only link"} {
			part := doc.Find(`[data-testid="` + id + `"]`)
			if !strings.Contains(part.Find("legend").Text(), want) || part.Find(`input[type=checkbox][checked]`).Length() != 1 {
				t.Errorf("%s says %q", id, part.Text())
			}
		}
		if got := l.post(l.removal(), l.owner, c.fields...); got.StatusCode != 303 {
			t.Fatalf("removing: %d %s", got.StatusCode, got.body)
		}
		if token, link := l.works(); token != c.token || link != c.link {
			t.Errorf("%q: the token works %v, the link %v", c.fields, token, link)
		}
		if got := l.get("/settings/tokens", l.owner).doc(t).Find(`[data-testid="token-by"]`).First().Text(); got != "a former member" {
			t.Errorf("the token was made by %q", got)
		}
	}
}

func TestRemovalIsShownToWhoMayRemove(t *testing.T) {
	t.Parallel()
	l := newLeaver(t)
	for _, c := range []struct {
		who  *person
		path string
		want int
	}{
		{l.joined("m@example.test", models.Manager), "/settings/members/" + l.owner.user.ID + "/remove", 403},
		{l.joined("r@example.test", models.Member), l.removal(), 403},
		{l.other, l.removal(), 404},
		{l.owner, "/settings/members/0/remove", 404},
		{l.person, l.removal(), 200},
	} {
		if got := l.get(c.path, c.who); got.StatusCode != c.want {
			t.Errorf("%s sees %s: %d, want %d", c.who.user.Email, c.path, got.StatusCode, c.want)
		}
	}
	plain := l.joined("plain@example.test", models.Member)
	if got := l.get("/settings/members/"+plain.user.ID+"/remove", l.owner).doc(t); got.Find(`[data-testid="removal-nothing"]`).Length() != 1 || got.Find("[type=checkbox]").Length() != 0 {
		t.Error("who has made nothing is said to have made something")
	}
}

// A program removes a member with the same choice, and says nothing by default.
func TestTheAPIRemovesWhatAMemberHasMade(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][2]bool{"": {true, true}, "?tokens=end": {false, true}, "?shares=end&tokens=keep": {true, false}, "?tokens=end&shares=end": {false, false}} {
		l := newLeaver(t)
		token := l.furnished.token(l.owner, allScopes...)
		if got := l.call("DELETE", "/members/"+l.user.ID+"?tokens=yes", token, ""); got.StatusCode != 400 || got.problem(t) != "parameter" {
			t.Errorf("a word that is none: %d %s", got.StatusCode, got.body)
		}
		if got := l.call("DELETE", "/members/"+l.user.ID+query, token, ""); got.StatusCode != 204 {
			t.Fatalf("%s: %d %s", query, got.StatusCode, got.body)
		}
		if works, link := l.works(); works != want[0] || link != want[1] {
			t.Errorf("%s: the token works %v, the link %v", query, works, link)
		}
	}
}

// Somebody who was removed, or may not any more, does not come back by a token
// that was left: it brings nobody in, and no domain out.
func TestTokensOfWhoIsGoneLetNobodyIn(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(l leaver) error{
		"removed": func(l leaver) error {
			return l.store.RemoveMember(t.Context(), l.owner.account.ID, l.user.ID, models.Owner, models.Removal{})
		},
		"read-only": func(l leaver) error {
			return l.store.ChangeMember(t.Context(), l.owner.account.ID, l.user.ID, models.Owner, models.Terms{Role: models.ReadOnly})
		},
	} {
		l := newLeaver(t)
		if got := l.call("POST", "/invitations", l.token, `{"email":"mine@example.test","role":"manager"}`); got.StatusCode != 201 {
			t.Fatalf("before: %d %s", got.StatusCode, got.body)
		}
		if err := end(l); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ method, path, body string }{
			{"POST", "/invitations", `{"email":"mine2@example.test","role":"manager"}`},
			{"POST", "/domains/example.com/transfer", `{"email":"mine@example.test"}`},
			{"DELETE", "/members/" + l.owner.user.ID, ""},
		} {
			if got := l.call(c.method, c.path, l.token, c.body); got.StatusCode != 403 {
				t.Errorf("%s: %s %s: %d", what, c.method, c.path, got.StatusCode)
			}
		}
		if got := l.call("GET", "/domains", l.token, ""); got.StatusCode != 200 {
			t.Errorf("%s: reading: %d", what, got.StatusCode)
		}
	}
}
