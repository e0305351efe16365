package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

// limited is a staged account with a second domain, and a member who sees only
// that one. Everything staged is out of their sight.
type limited struct {
	staged
	reader *person
	token  string // that the reader made when there was no limit yet
}

// ownReporter is the only reporter of the domain in sight.
const ownReporter = "own-reporter.example"

func newLimited(t *testing.T) limited {
	t.Helper()
	s := newStaged(t)
	l := limited{staged: s, reader: s.other}
	s.join(l.reader, s.owner.account, models.Manager)
	l.reader = &person{s.other.user, s.owner.account, s.session(s.other.user, s.owner.account)}
	l.token = s.token(l.reader, allScopes...)
	d := s.domain(s.owner, "example.net")
	own := strings.NewReplacer("Example Sender", ownReporter, "sender.example", ownReporter, "example.com", "example.net")
	s.bring(d, models.ViaUpload, own.Replace(string(report("example.net", "2026-06-14", "net", "41", "1"))))
	s.ids["seen delivery"] = s.bring(d, models.ViaMail, own.Replace(unsigned("four")))
	if _, err := s.store.TagDomains(context.Background(), s.owner.account.ID, []string{"example.net"}, models.TagChange{Set: []string{"net"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.TagDomains(context.Background(), s.owner.account.ID, []string{"example.com"}, models.TagChange{Set: []string{"secret-tag"}}); err != nil {
		t.Fatal(err)
	}
	l.limit("net")
	return l
}

func (l limited) limit(tags ...string) {
	l.t.Helper()
	err := l.store.ChangeMember(context.Background(), l.owner.account.ID, l.reader.user.ID, models.Owner, models.Terms{Role: models.Member, Tags: tags})
	if err != nil {
		l.t.Fatal(err)
	}
}

// shows finds what must not be seen in an answer.
func (l limited) shows(body string) string {
	for _, hidden := range []string{"example.com", "secret-tag", "Example Sender", "sender.example"} {
		if strings.Contains(body, hidden) {
			return hidden
		}
	}
	for route, id := range l.ids {
		if id != "" && id != l.member.user.ID && !strings.HasPrefix(route, "seen") && strings.Contains(body, id) {
			return route
		}
	}
	return ""
}

// ofTheAccount are the pages that are about the account as a whole, which who
// sees a part of it may not open.
var ofTheAccount = map[string]bool{
	"/settings/mailbox": true, "/settings/mailbox/panel": true, "/settings/tokens": true, "/settings/audit": true, "/settings/audit/export/:file": true,
	"/domains/new": true, "/domains/bulk": true, "/settings/closing": true, "/settings/members/:id/remove": true,
}

// Every page, for a member who sees other domains: what has the name or the id
// of something out of sight is not there, and no other page tells of it.
func TestAMemberLimitedToTagsSeesNothingElse(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	report, delivery := l.ids["/reports/:id"], l.ids["DELETE /deliveries/:id"]
	walked := 0
	for _, r := range l.handler.(*echo.Echo).Routes() {
		if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/api/") {
			continue
		}
		id := report
		if strings.HasPrefix(r.Path, "/deliveries/") {
			id = delivery
		}
		path := strings.NewReplacer(":name", "example.com", ":id", id, ":day", "2026-06-14", ":file", "trend.csv", ":token", strings.Repeat("A", 43), ":secret", strings.Repeat("0", 26), "*", "x.css").Replace(r.Path)
		got := l.get(path, l.reader)
		walked++
		want := access["GET "+r.Path].owner
		switch {
		case strings.HasPrefix(r.Path, "/domains/:name"), strings.HasPrefix(r.Path, "/reports/:id"), strings.HasPrefix(r.Path, "/deliveries/:id"):
			want = http.StatusNotFound
		case ofTheAccount[r.Path]:
			want = http.StatusForbidden
		}
		if got.StatusCode != want && access["GET "+r.Path].anonymous == http.StatusSeeOther {
			t.Errorf("GET %s gives %d, want %d", r.Path, got.StatusCode, want)
		}
		if hidden := l.shows(strings.ReplaceAll(got.body, path, "")); hidden != "" && access["GET "+r.Path].anonymous == http.StatusSeeOther {
			t.Errorf("GET %s shows %s", r.Path, hidden)
		}
	}
	if walked < 50 {
		t.Errorf("only %d pages were walked", walked)
	}
	for path, want := range map[string]string{
		"/overview": "example.net", "/domains": "example.net", "/reports": "own-reporter", "/deliveries": "delivery-row", "/reporters": ownReporter,
		"/domains/example.net/reports": ownReporter, "/domains/example.net": "42", "/domains/export/cnames.csv": "example.net", "/failures": "mx.example.net",
	} {
		if got := l.get(path, l.reader); got.StatusCode != 200 || !strings.Contains(got.body, want) {
			t.Errorf("GET %s gives %d and does not show %s", path, got.StatusCode, want)
		}
	}
	if got := l.get("/overview", l.reader).find(t, "figures"); !strings.HasPrefix(got, "41successful1failed") {
		t.Errorf("the overview counts %s", got)
	}
}

// And every write: nothing out of sight changes.
func TestAMemberLimitedToTagsChangesNothingElse(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	f := furnished{world: l.world, owner: l.owner}
	before := f.rows()
	for _, r := range l.handler.(*echo.Echo).Routes() {
		if r.Method != http.MethodPost || strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/settings/signing-in/") || access["POST "+r.Path].anonymous != http.StatusSeeOther {
			continue
		}
		switch r.Path {
		case "/logout", "/theme", "/accounts", "/accounts/open", "/settings/members/leave", "/settings/sessions/end-others", "/settings/account/password", "/settings/account/email":
			continue // the person's own affairs
		}
		id := l.ids["DELETE /deliveries/:id"]
		if known := l.ids[r.Path]; known != "" {
			id = known
		}
		path := strings.NewReplacer(":name", "example.com", ":id", id).Replace(r.Path)
		got := l.post(path, l.reader, "domain", "example.com", "tags", "net", "role", "owner", "identity", "sender.example", "confirm", "example.com", "name", "x.example", "email", "x@example.test")
		if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s gives %d", path, got.StatusCode)
		}
		after := f.rows()
		if diff := changed(before, after); len(diff) > 0 {
			t.Errorf("POST %s has changed rows: %q", path, diff)
			before = after
		}
	}
	if got := l.post("/deliveries/"+l.ids["seen delivery"]+"/accept", l.reader); got.StatusCode != http.StatusSeeOther {
		t.Errorf("a delivery in sight cannot be judged: %d", got.StatusCode)
	}
}

// A token sees what its maker does now: the calls of the API.
func TestATokenOfALimitedMemberSeesNothingElse(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	operations, compiler := l.documented(t)
	for _, o := range operations {
		route := o.method + " " + o.path
		got := l.call(o.method, l.staged.path(o.method, o.path), l.token, o.example(t, compiler))
		want := http.StatusForbidden
		switch {
		case strings.Contains(o.path, ":name"), strings.Contains(o.path, "/:id"):
			want = http.StatusNotFound
		case o.method == http.MethodGet:
			want = http.StatusOK
		}
		if got.StatusCode != want && (got.StatusCode != http.StatusForbidden || o.method == http.MethodGet && want == http.StatusOK && !callsOfTheAccount[route]) {
			t.Errorf("%s gives %d, want %d: %s", route, got.StatusCode, want, got.body)
		}
		if hidden := l.shows(got.body); hidden != "" && o.Scope != "" { // the document is the same for all
			t.Errorf("%s shows %s: %s", route, hidden, got.body)
		}
	}
	if got := l.call("GET", "/domains/example.net", l.token, ""); got.StatusCode != 200 {
		t.Errorf("what is in sight: %d", got.StatusCode)
	}
	l.limit()
	if got := l.call("GET", "/domains/example.com", l.token, ""); got.StatusCode != 200 {
		t.Errorf("without the limit: %d", got.StatusCode)
	}
}

// callsOfTheAccount are the reads that are about the account as a whole.
var callsOfTheAccount = map[string]bool{"GET /invitations": true, "GET /mailbox": true, "GET /audit-events": true}
