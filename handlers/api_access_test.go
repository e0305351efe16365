package handlers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// apiScopes says for every call of the API which scope it needs. A route that
// is not in it fails the tests.
var apiScopes = map[string]models.Scope{
	"GET /openapi.json": "",

	"GET /account":                         models.ScopeRead,
	"PATCH /account":                       models.ScopeWrite,
	"GET /audit-events":                    models.ScopeRead,
	"GET /reporters":                       models.ScopeRead,
	"POST /reporters/block":                models.ScopeWrite,
	"POST /reporters/unblock":              models.ScopeWrite,
	"GET /mailbox":                         models.ScopeRead,
	"PUT /mailbox":                         models.ScopeWrite,
	"PATCH /mailbox":                       models.ScopeWrite,
	"DELETE /mailbox":                      models.ScopeWrite,
	"GET /transfers":                       models.ScopeRead,
	"POST /transfers/accept":               models.ScopeWrite,
	"POST /domains/:name/transfer":         models.ScopeWrite,
	"DELETE /domains/:name/transfer":       models.ScopeWrite,
	"GET /domains":                         models.ScopeRead,
	"POST /domains":                        models.ScopeWrite,
	"POST /domains/bulk":                   models.ScopeWrite,
	"GET /domains/:name":                   models.ScopeRead,
	"DELETE /domains/:name":                models.ScopeWrite,
	"GET /tags":                            models.ScopeRead,
	"PUT /domains/:name/tags":              models.ScopeWrite,
	"GET /domains/:name/secret":            models.ScopeWrite,
	"POST /domains/:name/secret":           models.ScopeWrite,
	"GET /domains/:name/check":             models.ScopeRead,
	"POST /domains/:name/check":            models.ScopeWrite,
	"GET /domains/:name/stats":             models.ScopeRead,
	"GET /domains/:name/reports":           models.ScopeRead,
	"GET /reports":                         models.ScopeRead,
	"GET /reports/:id":                     models.ScopeRead,
	"GET /reports/:id/original":            models.ScopeRead,
	"GET /deliveries":                      models.ScopeRead,
	"POST /deliveries":                     models.ScopeIngest,
	"GET /deliveries/:id":                  models.ScopeRead,
	"DELETE /deliveries/:id":               models.ScopeWrite,
	"GET /deliveries/:id/original":         models.ScopeRead,
	"POST /deliveries/:id/accept":          models.ScopeWrite,
	"POST /deliveries/:id/withdraw":        models.ScopeWrite,
	"POST /deliveries/:id/replay":          models.ScopeWrite,
	"GET /domains/:name/shares":            models.ScopeRead,
	"POST /domains/:name/shares":           models.ScopeWrite,
	"DELETE /domains/:name/shares/:id":     models.ScopeWrite,
	"GET /domains/:name/forwards":          models.ScopeRead,
	"POST /domains/:name/forwards":         models.ScopeWrite,
	"POST /domains/:name/forwards/:id/ask": models.ScopeWrite,
	"DELETE /domains/:name/forwards/:id":   models.ScopeWrite,
	"GET /domains/:name/events":            models.ScopeRead,
	"GET /domains/:name/self-test":         models.ScopeRead,
	"POST /domains/:name/self-test":        models.ScopeWrite,
	"GET /invitations":                     models.ScopeRead,
	"POST /invitations":                    models.ScopeWrite,
	"DELETE /invitations/:id":              models.ScopeWrite,
	"GET /members":                         models.ScopeRead,
	"PATCH /members/:id":                   models.ScopeWrite,
	"DELETE /members/:id":                  models.ScopeWrite,
}

// accountWide are the calls that name nothing of an account, so that another
// account's token gets its own things and not a 404.
func accountWide(route string) bool { return !strings.Contains(route, ":") }

const anotherAccount = "another account"

// apiVisitor is somebody who calls with more or less right.
type apiVisitor struct {
	who   string
	token string
	// want is the status for a call that needs a scope and, unless it names
	// nothing, is about something of the owner's; 0 for one that may work.
	want func(route string, scope models.Scope) int
}

func always(code int) func(string, models.Scope) int {
	return func(string, models.Scope) int { return code }
}

// lacks gives 403 where the token has not the scope.
func lacks(has ...models.Scope) func(string, models.Scope) int {
	return func(_ string, scope models.Scope) int {
		for _, h := range has {
			if h == scope {
				return 0
			}
		}
		return 403
	}
}

func (s staged) apiVisitors(t *testing.T) []apiVisitor {
	t.Helper()
	expired, revoked := s.token(s.owner, allScopes...), s.token(s.owner, allScopes...)
	for token, change := range map[string]string{expired: "expires_at = created_at", revoked: "revoked_at = created_at"} {
		if _, err := s.db().Exec("UPDATE api_tokens SET " + change + " WHERE start = '" + hosted.APITokenStart(token) + "'"); err != nil {
			t.Fatal(err)
		}
	}
	suspended := s.person("suspended@example.test")
	theirs := s.token(suspended, allScopes...)
	if err := s.store.SuspendAccount(t.Context(), suspended.account.ID, true); err != nil {
		t.Fatal(err)
	}
	unknown, err := hosted.NewAPIToken(strings.NewReader(strings.Repeat("x", 25)))
	if err != nil {
		t.Fatal(err)
	}
	stranger := func(route string, _ models.Scope) int {
		if accountWide(route) {
			return 0
		}
		return 404
	}
	return []apiVisitor{
		{"nobody", "", always(401)}, {"an unknown token", unknown, always(401)}, {"no token of ours", "abc", always(401)},
		{"an expired token", expired, always(401)}, {"a revoked token", revoked, always(401)},
		{"a suspended account", theirs, always(403)}, {anotherAccount, s.token(s.other, allScopes...), stranger},
		{"a token that reads", s.token(s.owner, models.ScopeRead), lacks(models.ScopeRead)},
		{"a token that brings", s.token(s.owner, models.ScopeIngest), lacks(models.ScopeIngest)},
		{"a token that writes", s.token(s.owner, models.ScopeWrite), lacks(models.ScopeWrite)},
	}
}

// TestEveryCallForEveryToken: who may not gets 401, 403 or 404, and no row of
// the owner's changes.
func TestEveryCallForEveryToken(t *testing.T) {
	t.Parallel()
	s := newStaged(t)
	operations, compiler := s.documented(t)
	visitors := s.apiVisitors(t)
	s.domain(s.other, "stranger.example")
	bodies := map[string]string{}
	for _, o := range operations {
		bodies[o.method+" "+o.path] = o.example(t, compiler)
	}
	seen := 0
	before := s.rows(t)
	for _, r := range s.handler.(*echo.Echo).Routes() {
		path, ours := strings.CutPrefix(r.Path, "/api/v1")
		if !ours || r.Method == "HEAD" {
			continue
		}
		scope, known := apiScopes[r.Method+" "+path]
		if !known {
			t.Errorf("%s %s is not in the table of scopes", r.Method, path)
		}
		if scope == "" {
			continue
		}
		seen++
		for _, v := range visitors {
			want := v.want(path, scope)
			if want != 0 || v.who == anotherAccount {
				s.checkSwapped(t, r.Method, path, v, want)
			}
			if want == 0 {
				continue
			}
			got := s.call(r.Method, s.path(r.Method, path), v.token, bodies[r.Method+" "+path])
			if got.StatusCode != want || got.problem(t) == "" {
				t.Errorf("%s %s for %s: %d, want %d: %s", r.Method, path, v.who, got.StatusCode, want, got.body)
			}
			if (want == 401) != (got.Header.Get("WWW-Authenticate") != "") {
				t.Errorf("%s %s for %s: WWW-Authenticate is %q", r.Method, path, v.who, got.Header.Get("WWW-Authenticate"))
			}
		}
	}
	if seen != len(apiScopes)-1 {
		t.Errorf("%d calls were made, the table has %d", seen, len(apiScopes)-1)
	}
	if after := s.rows(t); after != before {
		t.Errorf("rows have changed:\n%s\n%s", before, after)
	}
}

// checkSwapped makes a call with the ids of the owner's things in query, body
// and headers, and beneath a domain of the caller's own. want is the answer to a
// plain call, 0 when that may work: then nothing of the owner's is in it.
func (s staged) checkSwapped(t *testing.T, method, path string, v apiVisitor, want int) {
	t.Helper()
	headers := []string{"X-Account", s.owner.account.ID, "X-Account-Id", s.owner.account.ID, "X-User", s.owner.user.ID, "X-Forwarded-User", s.owner.user.Email, "X-Http-Method-Override", "DELETE", "X-Original-Url", "/api/v1/domains/example.com"}
	fields := `{"account":"` + s.owner.account.ID + `","account_id":"` + s.owner.account.ID + `","id":"` + s.ids["/reports/:id"] + `","domain":"example.com","member":"` + s.member.user.ID + `"}`
	real := s.path(method, path)
	beneath := real // something of the owner's beneath a domain of their own
	if strings.Contains(path, ":id") {
		beneath = strings.Replace(real, "example.com", "stranger.example", 1)
	}
	for _, c := range []struct{ path, body string }{
		{real, fields}, {beneath, fields}, {beneath, ""}, {real + "?account_id=" + s.owner.account.ID, ""}, {real + "?id=" + s.ids["/reports/:id"] + "&domain=example.com", ""},
	} {
		got := s.call(method, c.path, v.token, c.body, headers...)
		refused := got.StatusCode == 400 || got.StatusCode == 404 || got.StatusCode == 415 || got.StatusCode == want
		if want != 0 && !refused || want == 401 && got.StatusCode != 401 || want == 403 && got.StatusCode != 403 {
			t.Errorf("%s %s %s for %s: %d, plainly %d", method, c.path, c.body, v.who, got.StatusCode, want)
		}
		if v.who == anotherAccount && strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
			for _, theirs := range []string{"example.com", s.owner.account.ID, s.ids["/reports/:id"], s.owner.user.Email} {
				if strings.Contains(got.body, theirs) {
					t.Errorf("%s %s shows %s to another account", method, c.path, theirs)
				}
			}
		}
	}
}

// rows is everything that a call could change of the owner's account.
func (s staged) rows(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"domains", "deliveries", "reports", "share_links", "forwards", "memberships", "invitations", "audit_events", "accounts", "outgoing_mails", "api_replays", "mailboxes", "domain_transfers", "reporters"} {
		column := "account_id"
		if table == "accounts" {
			column = "id"
		}
		rows, err := s.db().Query("SELECT * FROM " + table + " WHERE " + column + " = '" + s.owner.account.ID + "' ORDER BY 1, 2")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		hash, n := sha256.New(), 0
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				fmt.Fprintf(hash, "%v|", *c.(*any))
			}
			n++
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		fmt.Fprintf(&all, "%s %d %s\n", table, n, hex.EncodeToString(hash.Sum(nil)[:4]))
	}
	return all.String()
}

// What is another account's looks like what is not there, whatever is put in
// place of an id (catalogue F7).
func TestSwappedIDs(t *testing.T) {
	t.Parallel()
	s := newStaged(t)
	stranger := s.token(s.other, allScopes...)
	missing := models.NewDeliveryID()
	without := func(a answer) string {
		return strings.Replace(a.body, a.Header.Get("X-Request-Id"), "", 1)
	}
	for call, scope := range apiScopes {
		method, route, _ := strings.Cut(call, " ")
		if scope == "" || accountWide(route) || method != "GET" {
			continue
		}
		theirs := s.call(method, s.path(method, route), stranger, "")
		for _, id := range []string{missing, strings.ToUpper(s.owner.account.ID), "0", "-1", "1e9", "9999999999999999999", "null", "%5B%5D", "%00", s.other.account.ID} {
			path := strings.NewReplacer(":name", "example.com", ":id", id).Replace(route)
			if !strings.Contains(route, ":id") {
				path = strings.Replace(route, ":name", id, 1)
			}
			got := s.call(method, path, stranger, "")
			if got.StatusCode != 404 || without(got) != without(theirs) {
				t.Errorf("%s %s: %d %s, but theirs is %d %s", method, path, got.StatusCode, got.body, theirs.StatusCode, theirs.body)
			}
		}
	}
}

// A call is the account's whose token it carries: no cookie, parameter, header
// or field says otherwise.
func TestNothingButTheTokenChoosesTheAccount(t *testing.T) {
	t.Parallel()
	s := newStaged(t)
	stranger := s.token(s.other, allScopes...)
	r := callRequest("GET", "/domains", "", "")
	r.AddCookie(s.owner.cookie)
	if got := s.do(r); got.StatusCode != 401 {
		t.Errorf("a cookie opens the API: %d", got.StatusCode)
	}
	r = callRequest("GET", "/domains", stranger, "", "X-Account", s.owner.account.ID)
	r.AddCookie(s.owner.cookie)
	if got := s.do(r); got.StatusCode != 200 || strings.Contains(got.body, "example.com") {
		t.Errorf("beside a cookie: %d %s", got.StatusCode, got.body)
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/domains?account_id=" + s.owner.account.ID, ""},
		{"GET", "/domains?token=" + s.token(s.owner, allScopes...), ""},
		{"POST", "/domains", `{"name":"example.net","account_id":"` + s.owner.account.ID + `"}`},
		{"POST", "/domains", `{"name":"example.net","verified_at":"2026-01-01T00:00:00Z"}`},
	} {
		if got := s.call(c.method, c.path, stranger, c.body); got.StatusCode != 400 {
			t.Errorf("%s %s %s: %d", c.method, c.path, c.body, got.StatusCode)
		}
	}
	if got := s.call("GET", "/domains", s.token(s.owner, allScopes...), "", "Authorization", "Basic "+stranger); got.StatusCode != 401 {
		t.Errorf("basic authentication: %d", got.StatusCode)
	}
}

// apiForCookies is what people who are logged in get from the API: nothing.
func apiForCookies(scope models.Scope) visits {
	if scope == "" {
		return visits{200, 200, 200}
	}
	return visits{401, 401, 401}
}
