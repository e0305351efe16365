package handlers_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
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
		"GET /settings/closing": 403, "GET /settings/members/:id/remove": 403,
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
	// domain is one that the actor may look at, "" for none.
	domain string
	bearer string // a token that they send; "" for none
	// out says that their session is over, so that they have no other.
	out bool
}

const aReader = "a read-only member"

// walked is an account with something of everything that a path can name, and
// everybody who has no right to change it.
type walked struct {
	furnished
	staged staged
	ids    map[string]string // by the route of the page, what stands for :id
	actors []actor
	// networks counts where requests have come from.
	networks *atomic.Int64
}

func newWalked(t *testing.T) walked {
	t.Helper()
	l := newLimited(t)
	w := walked{staged: l.staged, furnished: furnished{world: l.world, owner: l.owner, other: l.person("stranger@example.test")}, networks: &atomic.Int64{}}
	w.domain(w.other, "example.net")
	w.report.ID, w.report.DeliveryID = l.ids["/reports/:id"], l.ids["/deliveries/:id"]
	d, err := l.store.Domain(t.Context(), l.owner.account.ID, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	w.report.DomainID = d.ID
	w.ids = w.idsOfPages(t)
	w.actors = append(w.strangers(), actor{"a member limited to tags", l.reader, wantOfLimited, "example.net", "", false})
	return w
}

// idsOfPages are the ids of the owner's things, each where a page takes one of
// its kind.
func (w walked) idsOfPages(t *testing.T) map[string]string {
	t.Helper()
	account := w.owner.account.ID
	w.token(w.owner, allScopes...)
	tokens, err := w.store.APITokens(t.Context(), account)
	if err != nil || len(tokens) == 0 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	key := models.Passkey{UserID: w.owner.user.ID, CredentialID: []byte("key"), Credential: []byte("{}"), Name: "Laptop"}
	if err := w.store.AddPasskey(t.Context(), key, nil, models.NewMail{Recipient: "owner@example.test"}); err != nil {
		t.Fatal(err)
	}
	keys, err := w.store.Passkeys(t.Context(), w.owner.user.ID)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d passkeys, %v", len(keys), err)
	}
	sessions, err := w.store.Sessions(t.Context(), w.owner.user.ID)
	if err != nil || len(sessions) == 0 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	ids := map[string]string{
		"/settings/tokens/:id/revoke": tokens[0].ID, "/settings/sessions/:id/end": sessions[0].ID,
		"/settings/signing-in/passkeys/:id": keys[0].ID, "/settings/signing-in/passkeys/:id/remove": keys[0].ID,
		"/settings/members/:id": w.staged.member.user.ID, "/settings/members/:id/remove": w.staged.member.user.ID,
		"/settings/invitations/:id/delete": w.staged.ids["/invitations/:id"], "/domains/:name/shares/:id/delete": w.staged.ids["/domains/:name/shares/:id"],
		"/domains/:name/forwards/:id/delete": w.staged.ids["/domains/:name/forwards/:id"], "/deliveries/:id/delete": w.staged.ids["DELETE /deliveries/:id"],
		"/reports/:id/raw": w.report.ID, "/reports/:id/export/:file": w.report.ID,
	}
	for route, id := range w.staged.ids { // those that have the same path in the API
		if _, own := ids[route]; !own && strings.HasPrefix(route, "/") {
			ids[route] = id
		}
	}
	return ids
}

// strangers are all but the member who sees a part.
func (w walked) strangers() []actor {
	f := w.furnished
	reader := f.joined("reader@example.test", models.ReadOnly)
	held := f.person("held@example.test")
	f.domain(held, "example.com")
	if err := f.store.SuspendAccount(context.Background(), held.account.ID, true); err != nil {
		f.t.Fatal(err)
	}
	anonymous := func(r string) int { return access[r].anonymous }
	return []actor{
		{"nobody", nil, anonymous, "", "", false},
		{"who was logged out", f.loggedOut(f.owner), anonymous, "", "", true},
		{"who was removed", f.removed("gone@example.test"), anonymous, "", "", true},
		{"a token of the API", nil, anonymous, "", w.token(f.owner, allScopes...), false},
		{"another account", f.other, func(r string) int { return access[r].other }, "example.net", "", false},
		{aReader, reader, wantOfReader, "example.com", "", false},
		{"a suspended account", held, wantOfSuspended, "example.com", "", false},
	}
}

// loggedOut has a cookie that was good until its session was ended.
func (f furnished) loggedOut(p *person) *person {
	f.t.Helper()
	out := &person{user: p.user, account: p.account, cookie: f.session(p.user, p.account)}
	if got := f.get("/overview", out); got.StatusCode != 200 {
		f.t.Fatalf("before: %d", got.StatusCode)
	}
	f.post("/logout", out)
	return out
}

// removed has a session from when they were a manager.
func (f furnished) removed(email string) *person {
	f.t.Helper()
	gone := f.joined(email, models.Manager)
	if got := f.get("/domains/example.com", gone); got.StatusCode != 200 {
		f.t.Fatalf("before: %d", got.StatusCode)
	}
	if err := f.store.RemoveMember(context.Background(), f.owner.account.ID, gone.user.ID, models.Owner, models.Removal{}); err != nil {
		f.t.Fatal(err)
	}
	return gone
}

// wantOfLimited: what names something out of sight is not there, what is about
// the whole account is closed, and everything else shows a part of it.
func wantOfLimited(route string) int {
	_, path, _ := strings.Cut(route, " ")
	named := strings.HasPrefix(path, "/domains/:name") || strings.HasPrefix(path, "/reports/:id") || strings.HasPrefix(path, "/deliveries/:id")
	if code, own := readerWrites[route]; own {
		return code
	}
	write := strings.HasPrefix(route, "POST ")
	switch {
	case named && write && closedToParts(path):
		return http.StatusForbidden
	case named:
		return http.StatusNotFound
	case write, ofTheAccount[path]:
		return http.StatusForbidden
	default:
		return access[route].owner
	}
}

// closedToParts are the writes about a domain that no member does whose sight
// is limited, not even to what they see.
func closedToParts(path string) bool {
	for _, end := range []string{"/reports", "/forwards", "/ask", "/forwards/:id/delete", "/settings/tags", "/settings/secret", "/transfer", "/transfer/withdraw", "/:name/delete"} {
		if strings.HasPrefix(path, "/domains/") && strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
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
// right to change anything, with the ids of the owner's things in the path, also
// beneath a domain of the actor's own, and in query, body and headers. The
// answer is what it should be and no row changes.
func TestNobodyReachesAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWalked(t)
	before, cells := w.rows(), 0
	for _, r := range w.handler.(*echo.Echo).Routes() {
		route := r.Method + " " + r.Path
		api := strings.HasPrefix(r.Path, "/api/v1/") && r.Path != "/api/v1/openapi.json"
		if _, ok := access[route]; !ok && !api || r.Method == http.MethodHead {
			continue // TestEveryRouteForEveryVisitor says which are missing
		}
		for _, a := range w.actors {
			if route == "POST /settings/members/leave" && (a.name == aReader || a.domain == "example.net") {
				continue // they may leave what they are members of
			}
			cells += w.walk(r, a, api)
		}
		after := w.rows()
		if diff := changed(before, after); len(diff) > 0 {
			t.Errorf("%s has changed rows: %q", route, diff)
			before = after
		}
	}
	if t.Logf("%d cells", cells); cells < 2000 {
		t.Errorf("only %d cells", cells)
	}
}

// walk asks for a route as an actor, in each way, and gives how many there are.
func (w walked) walk(r *echo.Route, a actor, api bool) (cells int) {
	w.t.Helper()
	route, want := r.Method+" "+r.Path, 0
	switch {
	case api && a.bearer != "":
		return 0 // TestEveryCallForEveryToken
	case api:
		want = http.StatusUnauthorized
	default:
		want = a.want(route)
	}
	names := []string{"example.com"}
	if strings.Contains(r.Path, ":name") && strings.Contains(r.Path, ":id") && a.domain == "example.net" {
		names = append(names, a.domain) // theirs, and something of the owner's beneath it
	}
	for _, name := range names {
		for _, swapped := range []bool{false, true} {
			req, want := w.ask(r.Method, r.Path, name, a), want
			if swapped {
				w.swapIDs(req)
			}
			if swapped && route == "POST /accounts/open" && (a.name == aReader || a.name == "a member limited to tags") {
				want = http.StatusSeeOther // it is an account of theirs
			}
			if got := w.do(req); got.StatusCode != want {
				w.t.Errorf("%s for %s, at %s, swapped %v: got %d, want %d", route, a.name, req.URL.Path, swapped, got.StatusCode, want)
			}
			cells++
		}
	}
	return cells
}

// ask asks for a route in a session of its own, as logging out and ending
// sessions end it; who has no session any more keeps the one they had.
func (w walked) ask(method, route, name string, a actor) *http.Request {
	id := w.report.ID
	if own, ok := w.ids[strings.TrimPrefix(route, "/api/v1")]; ok {
		id = own
	}
	if own, ok := w.staged.ids[method+" "+strings.TrimPrefix(route, "/api/v1")]; ok && strings.HasPrefix(route, "/api/") {
		id = own
	}
	path := strings.NewReplacer(":name", name, ":id", id).Replace(route)
	path = w.path(path)
	var r *http.Request
	if method == http.MethodGet {
		r = request(method, path, nil, nil)
	} else {
		r = formRequest(path, nil)
		r.Method = method
	}
	switch {
	case a.out:
		r.AddCookie(a.p.cookie)
	case a.p != nil:
		r.AddCookie(w.session(a.p.user, a.p.account))
	}
	// Each from a network of its own: what is refused slows nobody else down.
	r.RemoteAddr = fmt.Sprintf("[2001:db8:%x::1]:1234", w.networks.Add(1))
	if a.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+a.bearer)
	}
	return r
}

// swapIDs puts the ids of the owner's things wherever a handler could be
// tempted to look for them.
func (w walked) swapIDs(r *http.Request) {
	owner := w.owner
	ids := url.Values{
		"account": {owner.account.ID}, "account_id": {owner.account.ID}, "user": {owner.user.ID}, "user_id": {owner.user.ID},
		"id": {w.report.ID}, "report": {w.report.ID}, "domain_id": {w.report.DomainID}, "delivery": {w.report.DeliveryID},
		"member": {w.staged.member.user.ID}, "token": {w.ids["/settings/tokens/:id/revoke"]}, "session": {w.ids["/settings/sessions/:id/end"]},
		"share": {w.staged.ids["/domains/:name/shares/:id"]}, "forward": {w.staged.ids["/domains/:name/forwards/:id"]},
		"invitation": {w.staged.ids["/invitations/:id"]}, "passkey": {w.ids["/settings/signing-in/passkeys/:id"]}, "domain": {"example.com"},
	}
	r.URL.RawQuery = ids.Encode()
	for name := range ids {
		r.Header.Set("X-"+strings.ReplaceAll(name, "_", "-"), ids.Get(name))
	}
	r.Header.Set("X-Http-Method-Override", "DELETE")
	r.Header.Set("X-Original-Url", "/domains/example.com/delete")
	r.Header.Set("X-Forwarded-User", owner.user.Email)
	if r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", "Bearer "+owner.account.ID)
	}
	if r.Method != http.MethodGet {
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
		case "sessions":
			where = " WHERE user_id = '" + f.owner.user.ID + "'"
		case "domains": // that a page is being looked at is noted
			what = "id, account_id, name, token, secret_hash, state"
		case "api_tokens": // that one was used today is noted
			what = "id, account_id, name, revoked_at, expires_at"
		case "audit_events":
			where = " WHERE action <> 'sessions ended'"
		}
		rows, err := db.Query("SELECT " + what + " FROM " + table + where)
		if err != nil {
			f.t.Fatal(err)
		}
		out[table] = textOf(f.t, rows)
	}
	delete(out, "challenges")    // of who asks for a passkey
	delete(out, "audit_chains")  // follow the audit log
	delete(out, "public_checks") // of whoever asks the public checker
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
