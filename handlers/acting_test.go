package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// ofThePerson are the writes for who is logged in that are about no account.
var ofThePerson = []string{
	"/accounts", "/accounts/open", "/settings/account/password", "/settings/account/email",
	"/settings/sessions/end-others", "/settings/sessions/:id/end",
	"/settings/signing-in/app", "/settings/signing-in/app/offer", "/settings/signing-in/app/remove", "/settings/signing-in/codes",
	"/settings/signing-in/passkeys", "/settings/signing-in/passkeys/begin", "/settings/signing-in/passkeys/:id", "/settings/signing-in/passkeys/:id/remove",
}

// inOtherStates are the writes whose forms the walked pages do not have: they
// are made by the components of others, such as the form to accept a delivery.
var inOtherStates = []string{
	"/deliveries/:id/delete", "/deliveries/:id/withdraw", "/reporters/unblock", "/domains/:name/transfer", "/settings/closing/take-back",
}

// accountWrites are the routes that change something in an account.
func (w walked) accountWrites() []string {
	var list []string
	for _, r := range w.handler.(*echo.Echo).Routes() {
		public := access["POST "+r.Path].anonymous != http.StatusSeeOther || r.Path == "/logout" || r.Path == "/theme"
		if r.Method == http.MethodPost && !public && !strings.HasPrefix(r.Path, "/api/") && !slices.Contains(ofThePerson, r.Path) {
			list = append(list, r.Path)
		}
	}
	return list
}

// TestFormOfAnotherAccountChangesNothing: a page stands open in one account,
// another account is opened in a second tab, then the page's form is sent.
func TestFormOfAnotherAccountChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWalked(t)
	second, err := w.store.AddAccount(t.Context(), w.owner.user.ID, "Second & Sons")
	if err != nil {
		t.Fatal(err)
	}
	owner := actor{name: "the owner", p: w.owner}
	for _, path := range w.accountWrites() {
		inAddress, inBody := w.ask(http.MethodPost, path, "example.com", owner), w.ask(http.MethodPost, path, "example.com", owner)
		inAddress.URL.RawQuery = url.Values{views.FieldAccount: {second.ID}}.Encode()
		body := formRequest(inBody.URL.Path, w.owner, views.FieldAccount, second.ID)
		before := w.rows()
		for _, r := range []*http.Request{inAddress, body} {
			got := w.do(r)
			said := got.find(t, "error")
			if got.StatusCode != http.StatusConflict || !strings.Contains(said, "Nothing was changed: this form belongs to “Second & Sons”, but “"+w.owner.account.Name+"” has been opened") {
				t.Errorf("POST %s of another account: %d %q", r.URL, got.StatusCode, said)
			}
		}
		if diff := changed(before, w.rows()); len(diff) > 0 {
			t.Fatalf("POST %s has changed rows: %q", path, diff)
		}
	}
}

// TestFormOfAStrangersAccountNamesNothing: the names of accounts are told to
// their members only.
func TestFormOfAStrangersAccountNamesNothing(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	got := f.post("/domains/new", f.owner, "name", "example.net", views.FieldAccount, f.other.account.ID)
	if got.StatusCode != http.StatusConflict || strings.Contains(got.body, f.other.account.Name) || !strings.Contains(got.body, "another account") {
		t.Errorf("%d %s", got.StatusCode, got.find(t, "error"))
	}
	if got := f.post("/domains/new", f.owner, "name", "example.net", views.FieldAccount, f.owner.account.ID); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the own account: %d", got.StatusCode)
	}
}

// TestFormsCarryTheirAccount: on every page, each form that changes something
// in the account says which one, and no other does.
func TestFormsCarryTheirAccount(t *testing.T) {
	t.Parallel()
	w := newWalked(t)
	router, writes, seen := w.handler.(*echo.Echo), w.accountWrites(), map[string]bool{}
	owner := actor{name: "the owner", p: w.owner}
	for _, r := range router.Routes() {
		named := r.Path == "/settings/members/:id/remove" // of a member whom the table does not have
		if r.Method != http.MethodGet || access["GET "+r.Path].owner != http.StatusOK && !named {
			continue
		}
		got := w.do(w.ask(http.MethodGet, r.Path, "example.com", owner))
		got.doc(t).Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
			action, err := url.Parse(form.AttrOr("action", ""))
			if err != nil {
				t.Fatal(err)
			}
			c := router.NewContext(nil, nil)
			router.Router().Find(http.MethodPost, action.Path, c)
			carried := form.Find("input[name="+views.FieldAccount+"]").AttrOr("value", action.Query().Get(views.FieldAccount))
			want := ""
			if slices.Contains(writes, c.Path()) {
				want, seen[c.Path()] = w.owner.account.ID, true
			}
			if carried != want {
				t.Errorf("on %s the form for %s carries %q, want %q", r.Path, c.Path(), carried, want)
			}
		})
	}
	for _, path := range writes {
		if seen[path] == slices.Contains(inOtherStates, path) {
			t.Errorf("a form for %s was seen: %v", path, seen[path])
		}
	}
}
