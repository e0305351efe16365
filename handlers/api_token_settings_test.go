package handlers_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

func TestTokensAreMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	made := w.post("/settings/tokens", p, "name", "Backup", "scope", "read", "scope", "ingest", "days", "30")
	token := made.find(t, "token")
	if made.StatusCode != 200 || !hosted.ValidAPIToken(token) {
		t.Fatalf("%d, %q", made.StatusCode, token)
	}
	stored, err := w.store.APITokenByHash(context.Background(), hosted.HashAPIToken(token))
	if err != nil || stored.Name != "Backup" || stored.AccountID != p.account.ID || !stored.May(models.ScopeIngest) || stored.May(models.ScopeWrite) ||
		stored.ExpiresAt.Sub(w.clock.Now()).Hours() != 30*24 || !strings.HasPrefix(token, stored.Start) {
		t.Fatalf("%+v, %v", stored, err)
	}
	list := w.get("/settings/tokens", p)
	if strings.Contains(list.body, token) || strings.Contains(w.log.String(), token) {
		t.Error("the token is shown again, or logged")
	}
	if row := list.find(t, "token-row"); !strings.Contains(row, "Backup") || !strings.Contains(row, stored.Start) || !strings.Contains(row, "read, ingest") {
		t.Errorf("the list says %q", row)
	}
	action, _ := list.doc(t).Find(`[data-testid="token-row"] form`).Attr("action")
	if got := w.post(action, w.person("other@example.test")); got.StatusCode != 404 {
		t.Errorf("another account revokes it: %d", got.StatusCode)
	}
	if got := w.post(action, p); got.StatusCode != 303 {
		t.Errorf("revoking: %d", got.StatusCode)
	}
	if row := w.get("/settings/tokens", p).doc(t).Find(`[data-testid="token-row"]`); row.AttrOr("data-state", "") != "revoked" || row.Find("form").Length() != 0 {
		t.Errorf("the list says %q of a revoked token", row.Text())
	}
}

func TestTokenFormFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	for _, c := range []struct {
		name, scope, days string
		at, says          string
	}{
		{"", "read", "30", "#name-error", "Give the token a name"},
		{strings.Repeat("ä", 81), "read", "30", "#name-error", "at most 80"},
		{"x", "", "30", "#scope-error", "Choose what"},
		{"x", "admin", "30", "#scope-error", "Choose what"},
		{"x", "read", "31", "#days-error", "Choose how long"},
		{"x", "read", "", "#days-error", "Choose how long"},
	} {
		got := w.post("/settings/tokens", p, "name", c.name, "scope", c.scope, "days", c.days)
		if text := got.doc(t).Find(c.at).Text(); got.StatusCode != 400 || !strings.Contains(text, c.says) {
			t.Errorf("%q %q %q: %d, %q", c.name, c.scope, c.days, got.StatusCode, text)
		}
	}
	if list, err := w.store.APITokens(context.Background(), p.account.ID); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestTokenPageForMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.setRole(p, models.Member)
	page := w.get("/settings/tokens", p)
	if page.doc(t).Find("main form").Length() != 0 || !regexp.MustCompile("Managers").MatchString(page.body) {
		t.Error("a member is offered to make tokens")
	}
	if got := w.post("/settings/tokens", p, "name", "x", "scope", "read", "days", "30"); got.StatusCode != 403 {
		t.Errorf("a member makes one: %d", got.StatusCode)
	}
}
