package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// What a member has made for programs and guests is listed before they are
// removed, ends with them as far as is said, and else goes on. What others have
// made is left alone either way.
func TestWhatAMemberHasMadeEndsWithThemWhenAsked(t *testing.T) {
	t.Parallel()
	for _, also := range []models.Removal{{}, {Tokens: true}, {Links: true}, {Tokens: true, Links: true}} {
		w := newWorld(t)
		b, c := w.join("b@example.test", models.Manager), w.join("c@example.test", models.Manager)
		for _, by := range []models.User{b, c} {
			w.makes(by, "old", time.Hour)
		}
		w.clock.Advance(2 * time.Hour)
		for _, by := range []models.User{b, c} {
			w.makes(by, "new", 24*time.Hour)
		}
		if tokens, links := w.handiwork(b); !slices.Equal(tokens, []string{"new of b@example.test"}) || !slices.Equal(links, []string{"example.com new of b@example.test"}) {
			t.Errorf("tokens %q, links %q", tokens, links)
		}
		w.must(w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, also))
		for _, c := range []struct {
			of    string
			ended models.Removal
		}{{"new of b@example.test", also}, {"new of c@example.test", models.Removal{}}} {
			_, err := w.store.APITokenByHash(w.ctx, []byte(c.of))
			if errors.Is(err, models.ErrNotFound) != c.ended.Tokens {
				t.Errorf("%+v: the token %s: %v", also, c.of, err)
			}
			_, _, err = w.store.SharedDomain(w.ctx, []byte(c.of))
			if errors.Is(err, models.ErrNotFound) != c.ended.Links {
				t.Errorf("%+v: the link %s: %v", also, c.of, err)
			}
		}
		for action, ended := range map[models.AuditAction]bool{models.AuditTokenRevoked: also.Tokens, models.AuditLinkTakenBack: also.Links} {
			if n := w.count("audit_events", "action = ?", action); (n > 0) != ended || n > 2 {
				t.Errorf("%+v: %d entries %q", also, n, action)
			}
		}
	}
}

// A link that is made at the very moment at which its maker is removed either ends
// with them or was never made.
func TestALinkMadeDuringTheRemovalEndsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		b := w.join(fmt.Sprintf("b%d@example.test", i), models.Manager)
		var g errgroup.Group
		g.Go(func() error {
			_, err := w.store.AddShareLink(models.By(w.ctx, models.Actor{UserID: b.ID}), w.domain, "mine", b.ID, []byte(b.Email), time.Hour)
			if errors.Is(err, models.ErrRole) {
				err = nil
			}
			return err
		})
		w.must(w.store.RemoveMember(w.ctx, w.account.ID, b.ID, models.Owner, models.Removal{Links: true}))
		w.must(g.Wait())
		if _, _, err := w.store.SharedDomain(w.ctx, []byte(b.Email)); !errors.Is(err, models.ErrNotFound) {
			t.Fatalf("round %d: the link works: %v", i, err)
		}
	}
}

// Another account sees nothing of it.
func TestHandiworkIsOfOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.makes(w.user("a@example.test"), "a", time.Hour)
	_, other, err := w.store.SignUp(w.ctx, "z@example.test", "hash")
	w.must(err)
	if h, err := w.store.HandiworkOf(w.ctx, other.ID, w.user("a@example.test").ID); err != nil || len(h.Tokens)+len(h.Links) != 0 {
		t.Errorf("%+v, %v", h, err)
	}
}

// makes gives a person a token and a read-only link that work for so long.
func (w *world) makes(by models.User, what string, life time.Duration) {
	w.t.Helper()
	name, end := what+" of "+by.Email, w.clock.Now().Add(life)
	_, err := w.store.AddAPIToken(w.ctx, models.APIToken{
		AccountID: w.account.ID, Name: name, TokenHash: []byte(name), Scopes: models.JSONList[models.Scope]{models.ScopeWrite}, CreatedBy: by.ID, ExpiresAt: &end,
	})
	w.must(err)
	_, err = w.store.AddShareLink(w.ctx, w.domain, name, by.ID, []byte(name), life)
	w.must(err)
}

func (w *world) handiwork(of models.User) (tokens, links []string) {
	w.t.Helper()
	h, err := w.store.HandiworkOf(w.ctx, w.account.ID, of.ID)
	w.must(err)
	for _, t := range h.Tokens {
		tokens = append(tokens, t.Name)
	}
	for _, l := range h.Links {
		links = append(links, l.Domain+" "+l.Name)
	}
	return tokens, links
}
