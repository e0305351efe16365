package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// The catalogue of names against the form.
func TestNamesInTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range testkit.Names(zone.Name) {
		p := w.person(strings.ToLower(n.ID) + models.NewDeliveryID() + "@example.test")
		got := w.post("/domains/new", p, "name", n.Typed)
		if n.Says == "" {
			if got.location() != "/domains/"+n.Want+"/setup" {
				t.Errorf("%s %q: %d to %q", n.ID, n.Typed, got.StatusCode, got.location())
			}
			continue
		}
		if text := got.doc(t).Find("#name-error").Text(); got.StatusCode != 400 || !strings.Contains(text, n.Says) {
			t.Errorf("%s %q: %d, %q; want %q", n.ID, n.Typed, got.StatusCode, text, n.Says)
		}
	}
}

// The catalogue of names against the list of many.
func TestNamesInTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range testkit.Names(zone.Name) {
		if strings.ContainsAny(strings.TrimSpace(n.Typed), " \t") {
			continue // two names, in a list
		}
		p := w.person(strings.ToLower(n.ID) + models.NewDeliveryID() + "@example.test")
		row := w.post("/domains/bulk", p, "names", n.Typed).doc(t).Find(`[data-testid="bulk-row"]`)
		added := row.AttrOr("data-verdict", "") == "pass" && strings.TrimSpace(row.Find("th").Text()) == n.Want
		if row.Length() != 1 || added != (n.Says == "") || !strings.Contains(row.Text(), n.Says) {
			t.Errorf("%s %q: %q, want %q", n.ID, n.Typed, row.Text(), n.Says)
		}
	}
}

// The catalogue of names against the public checker.
func TestNamesInThePublicChecker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.PublicChecks = 1000 })
	for _, n := range testkit.Names(zone.Name) {
		got := w.get("/tools/check?domain="+urlEscape(n.Typed), nil)
		if n.Want == "" {
			if text := got.doc(t).Find("#domain-error").Text(); got.StatusCode != 400 || !strings.Contains(text, n.Says) {
				t.Errorf("%s %q: %d, %q; want %q", n.ID, n.Typed, got.StatusCode, text, n.Says)
			}
			continue
		}
		if got.StatusCode == 303 {
			got = w.get(got.location(), nil)
		}
		if name := got.doc(t).Find("#domain").AttrOr("value", ""); got.StatusCode != 200 || name != n.Want {
			t.Errorf("%s %q: %d, %q", n.ID, n.Typed, got.StatusCode, name)
		}
	}
}

// N15 to N17: names that somebody has already.
func TestNamesThatSomebodyHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	theirs, mine := w.person("theirs@example.test"), w.person("mine@example.test")
	for _, name := range []string{"parent.example", "child.other.example", "same.example"} {
		w.checked(w.domain(theirs, name), models.Checked{State: models.Active, Proven: true, Verdict: "pass"})
	}
	for _, name := range []string{"child.parent.example", "other.example", "same.example"} {
		if got := w.post("/domains/new", mine, "name", name); got.StatusCode != 303 {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
		d, err := w.store.Domain(context.Background(), mine.account.ID, name)
		if err != nil || d.State != models.Pending {
			t.Errorf("%s is %s, %v: it is nobody's but who proves it", name, d.State, err)
		}
	}
	if d, err := w.store.Domain(context.Background(), theirs.account.ID, "same.example"); err != nil || d.State != models.Active {
		t.Errorf("theirs is %s, %v", d.State, err)
	}
	for _, again := range []string{"same.example", "SAME.example."} {
		if got := w.post("/domains/new", mine, "name", again); got.StatusCode != 400 || !strings.Contains(got.body, "same.example is in your account already.") {
			t.Errorf("%s again: %d", again, got.StatusCode)
		}
	}
	if _, err := w.store.Domain(context.Background(), mine.account.ID, "parent.example"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a parent came with its child: %v", err)
	}
}
