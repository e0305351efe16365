package handlers_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

// What the table of access says of strangers holds for the other actors of G31
// by these rules: who was logged out is nobody; a read-only member sees what
// the owner sees and may write nothing; an account that is suspended is closed.
// What differs stands here: a person's own affairs.
var (
	readerWrites = map[string]int{
		"POST /signup": 400, "POST /login": 401, "POST /logout": 303, "POST /theme": 303, "POST /tools/analyze": 400,
		"POST /v1/tlsrpt/:secret": 404, "POST /forwards/:secret": 404, "POST /invitations/:secret": 404, "POST /transfers/:secret": 404,
		"POST /accounts": 400, "POST /accounts/open": 404, "POST /settings/account/password": 400, "POST /settings/account/email": 400,
		"POST /reset": 403, "POST /signup/:secret": 404, "POST /reset/:secret": 404, "POST /email/:secret": 404,
		"POST /settings/sessions/end-others": 303, "POST /settings/sessions/:id/end": 404,
		"POST /settings/members/leave": 303,
		"POST /login/passkey/begin":    200, "POST /login/passkey": 401, "POST /settings/signing-in/passkeys": 400, "POST /settings/signing-in/passkeys/begin": 400,
		"POST /settings/signing-in/passkeys/:id": 400, "POST /settings/signing-in/passkeys/:id/remove": 400,
		"POST /login/code": 401, "POST /settings/signing-in/app": 303, "POST /settings/signing-in/app/offer": 400,
		"POST /settings/signing-in/app/remove": 400, "POST /settings/signing-in/codes": 400,
	}
	readerReads = map[string]int{
		"GET /settings/audit": 403, "GET /settings/audit/export/:file": 403, "GET /domains/new": 403, "GET /domains/bulk": 403, "GET /domains/:name/shares": 403,
		"GET /settings/closing": 403,
	}
	suspendedToo = map[string]int{
		"GET /accounts": 200, "POST /accounts": 400, "POST /accounts/open": 404, "GET /settings/account": 200,
		"POST /settings/account/password": 400, "POST /settings/account/email": 400, "POST /settings/members/leave": 409,
		"POST /settings/sessions/end-others": 303, "POST /settings/sessions/:id/end": 404,
		"GET /settings/signing-in": 200, "GET /settings/signing-in/app": 303, "POST /settings/signing-in/app": 303,
		"POST /settings/signing-in/app/offer": 400, "POST /settings/signing-in/app/remove": 400, "POST /settings/signing-in/codes": 400,
		"POST /settings/signing-in/passkeys": 400, "POST /settings/signing-in/passkeys/begin": 400,
		"POST /settings/signing-in/passkeys/:id": 400, "POST /settings/signing-in/passkeys/:id/remove": 400,
		"POST /login/passkey/begin": 200, "POST /login/passkey": 401,
		"GET /login/code": 303, "POST /login/code": 401,
	}
)

// actor is one who has no right to change anything in the account of f.owner.
type actor struct {
	name string
	p    *person
	want func(route string) int
}

const aReader = "a read-only member"

func (f furnished) actors() []actor {
	reader := f.joined("reader@example.test", models.ReadOnly)
	held := f.person("held@example.test")
	f.domain(held, "example.com")
	if err := f.store.SuspendAccount(context.Background(), held.account.ID, true); err != nil {
		f.t.Fatal(err)
	}
	revoked := &person{f.owner.user, f.owner.account, &http.Cookie{Name: "sealpost", Value: strings.Repeat("A", 43)}}
	return []actor{
		{"nobody", nil, func(r string) int { return access[r].anonymous }},
		{"who was logged out", revoked, func(r string) int { return access[r].anonymous }},
		{"another account", f.other, func(r string) int { return access[r].other }},
		{aReader, reader, wantOfReader},
		{"a suspended account", held, wantOfSuspended},
	}
}

func wantOfReader(route string) int {
	if code, ok := readerReads[route]; ok {
		return code
	}
	if code, ok := readerWrites[route]; ok {
		return code
	}
	if strings.HasPrefix(route, "POST ") {
		return http.StatusForbidden
	}
	return access[route].owner
}

func wantOfSuspended(route string) int {
	if code, ok := suspendedToo[route]; ok {
		return code
	}
	// Pages for nobody send to the login, everything else is for anybody.
	if access[route].anonymous == http.StatusSeeOther && route != "POST /logout" && route != "POST /theme" {
		return http.StatusForbidden
	}
	return access[route].owner
}

// joined is a person who is a member of the account of f.owner and has it open.
func (f furnished) joined(email string, role models.Role) *person {
	f.t.Helper()
	user, _, err := f.store.SignUp(context.Background(), email, "no password fits this")
	if err != nil {
		f.t.Fatal(err)
	}
	f.member(user, role)
	return &person{user, f.owner.account, f.session(user, f.owner.account)}
}

func (f furnished) member(user models.User, role models.Role) {
	f.t.Helper()
	ctx, token := context.Background(), "token of "+user.ID
	_, err := f.store.Invite(ctx, f.owner.account.ID, models.NewInvitation{
		Email: user.Email, Token: token, Role: role, By: models.Owner, Mail: models.NewMail{Recipient: user.Email},
	})
	if err == nil {
		_, err = f.store.AcceptInvitation(ctx, token, user.ID)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func TestEveryRouteForEveryVisitor(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, r := range f.handler.(*echo.Echo).Routes() {
		want, ok := access[strings.Replace(r.Method, "HEAD", "GET", 1)+" "+r.Path]
		if path, api := strings.CutPrefix(r.Path, "/api/v1"); api { // TestEveryCallForEveryToken walks the tokens
			var scope models.Scope
			scope, ok = apiScopes[strings.Replace(r.Method, "HEAD", "GET", 1)+" "+path]
			want = apiForCookies(scope)
		}
		if !ok {
			t.Errorf("%s %s is not in the table of access", r.Method, r.Path)
			continue
		}
		for _, c := range []struct {
			who  string
			p    *person
			want int
		}{{"nobody", nil, want.anonymous}, {"the owner", f.owner, want.owner}, {"another account", f.other, want.other}} {
			got := f.visit(r.Method, r.Path, c.p)
			if got.StatusCode != c.want {
				t.Errorf("%s %s for %s: got %d, want %d", r.Method, r.Path, c.who, got.StatusCode, c.want)
			}
			if c.p == nil && c.want == 303 && !strings.HasPrefix(got.location(), "/login") && strings.HasPrefix(r.Path, "/domains") {
				t.Errorf("%s %s sends nobody to %s", r.Method, r.Path, got.location())
			}
			checkHeaders(t, r.Method+" "+r.Path, got)
		}
	}
}

// TestNobodyReachesAnotherAccount is G31: all routes, for everybody who has no
// right to change anything, with the ids of the owner's things in path, query,
// body and headers. The answer is what it should be and no row changes.
func TestNobodyReachesAnotherAccount(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	actors := f.actors()
	before := f.rows()
	for _, r := range f.handler.(*echo.Echo).Routes() {
		route := r.Method + " " + r.Path
		if _, ok := access[route]; !ok || r.Method == http.MethodHead {
			continue // TestEveryRouteForEveryVisitor says which are missing
		}
		for _, a := range actors {
			for _, swapped := range []bool{false, true} {
				req, want := f.requestOf(r.Method, r.Path, a.p), a.want(route)
				if swapped {
					f.swapIDs(req)
				}
				if swapped && route == "POST /accounts/open" && a.name == aReader {
					want = http.StatusSeeOther // it is an account of theirs
				}
				if got := f.do(req); got.StatusCode != want {
					t.Errorf("%s for %s, swapped %v: got %d, want %d", route, a.name, swapped, got.StatusCode, want)
				}
			}
		}
		after := f.rows()
		if diff := changed(before, after); len(diff) > 0 {
			t.Errorf("%s has changed rows: %q", route, diff)
			before = after
		}
	}
}

// requestOf asks for a route in a session of its own, as logging out and
// leaving end it.
func (f furnished) requestOf(method, route string, p *person) *http.Request {
	if p != nil && p.cookie.Value != strings.Repeat("A", 43) {
		p = &person{p.user, p.account, f.session(p.user, p.account)}
		if _, err := f.store.Member(context.Background(), p.account.ID, p.user.ID); err != nil {
			f.member(p.user, models.ReadOnly) // who has left comes back
		}
	}
	if method == http.MethodPost {
		return formRequest(f.path(route), p)
	}
	return request(method, f.path(route), p, nil)
}

// swapIDs puts the ids of the owner's things wherever a handler could be
// tempted to look for them.
func (f furnished) swapIDs(r *http.Request) {
	ids := url.Values{
		"account": {f.owner.account.ID}, "account_id": {f.owner.account.ID}, "user": {f.owner.user.ID}, "user_id": {f.owner.user.ID},
		"id": {f.report.ID}, "report": {f.report.ID}, "domain_id": {f.report.DomainID}, "delivery": {f.report.DeliveryID},
	}
	r.URL.RawQuery = ids.Encode()
	for name := range ids {
		r.Header.Set("X-"+strings.ReplaceAll(name, "_", "-"), ids.Get(name))
	}
	r.Header.Set("X-Http-Method-Override", "DELETE")
	r.Header.Set("X-Original-Url", "/domains/example.com/delete")
	r.Header.Set("X-Forwarded-User", f.owner.user.Email)
	r.Header.Set("Authorization", "Bearer "+f.owner.account.ID)
	if r.Method == http.MethodPost {
		swapped := formRequest(r.URL.Path, nil, pairs(ids)...)
		r.Body, r.ContentLength = swapped.Body, swapped.ContentLength
	}
}

func pairs(v url.Values) []string {
	var out []string
	for name, values := range v {
		out = append(out, name, values[0])
	}
	return out
}

// rows is every row of the database but the sessions of who walks, by table.
func (f furnished) rows() map[string][]string {
	f.t.Helper()
	db, out := f.db(), map[string][]string{}
	for _, table := range tables(f.t, db) {
		what, where := "*", ""
		switch table {
		case "sessions", "memberships":
			where = " WHERE user_id = '" + f.owner.user.ID + "'"
		case "domains": // that a page is being looked at is noted
			what = "id, account_id, name, token, secret_hash, state"
		case "audit_events":
			where = " WHERE action NOT IN ('member invited', 'member joined', 'member removed', 'sessions ended')"
		}
		rows, err := db.Query("SELECT " + what + " FROM " + table + where)
		if err != nil {
			f.t.Fatal(err)
		}
		out[table] = textOf(f.t, rows)
	}
	delete(out, "challenges")     // of who asks for a passkey
	delete(out, "invitations")    // of the read-only member who leaves and comes back
	delete(out, "outgoing_mails") // of the same
	return out
}

func tables(t testing.TB, db *sql.DB) []string {
	t.Helper()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		rows, err = db.Query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	}
	if err != nil {
		t.Fatal(err)
	}
	return textOf(t, rows)
}

// textOf is each row as text, sorted.
func textOf(t testing.TB, rows *sql.Rows) []string {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		text := make([]string, len(cells))
		for i := range cells {
			text[i] = fmt.Sprint(*cells[i].(*any))
		}
		out = append(out, strings.Join(text, " "))
	}
	slices.Sort(out)
	return out
}

func changed(before, after map[string][]string) []string {
	var out []string
	for table, rows := range after {
		if !slices.Equal(rows, before[table]) {
			out = append(out, table)
		}
	}
	return out
}
