package handlers_test

import (
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// callOf is, for every write of the pages, the call of the API that does the
// same, or in brackets why there is none. A page that writes and is not in it
// fails the test.
var callOf = map[string]string{
	"POST /reports":                           "POST /deliveries",
	"POST /domains/:name/reports":             "POST /deliveries",
	"POST /reporters/block":                   "POST /reporters/block",
	"POST /reporters/unblock":                 "POST /reporters/unblock",
	"POST /settings/members":                  "POST /invitations",
	"POST /settings/members/name":             "PATCH /account",
	"POST /settings/members/:id":              "PATCH /members/:id",
	"POST /settings/members/:id/remove":       "DELETE /members/:id",
	"POST /settings/invitations/:id/delete":   "DELETE /invitations/:id",
	"POST /settings/mailbox":                  "PUT /mailbox",
	"POST /settings/mailbox/state":            "PATCH /mailbox",
	"POST /domains/new":                       "POST /domains",
	"POST /domains/bulk":                      "POST /domains/bulk",
	"POST /domains/tags":                      "PUT /domains/:name/tags",
	"POST /domains/:name/settings/tags":       "PUT /domains/:name/tags",
	"POST /domains/:name/settings/secret":     "POST /domains/:name/secret",
	"POST /domains/:name/transfer":            "POST /domains/:name/transfer",
	"POST /domains/:name/transfer/withdraw":   "DELETE /domains/:name/transfer",
	"POST /transfers/:secret":                 "POST /transfers/accept",
	"POST /domains/:name/delete":              "DELETE /domains/:name",
	"POST /domains/:name/check":               "POST /domains/:name/check",
	"POST /domains/:name/self-test":           "POST /domains/:name/self-test",
	"POST /domains/:name/shares":              "POST /domains/:name/shares",
	"POST /domains/:name/shares/:id/delete":   "DELETE /domains/:name/shares/:id",
	"POST /domains/:name/forwards":            "POST /domains/:name/forwards",
	"POST /domains/:name/forwards/:id/ask":    "POST /domains/:name/forwards/:id/ask",
	"POST /domains/:name/forwards/:id/delete": "DELETE /domains/:name/forwards/:id",
	"POST /deliveries/:id/accept":             "POST /deliveries/:id/accept",
	"POST /deliveries/:id/withdraw":           "POST /deliveries/:id/withdraw",
	"POST /deliveries/:id/replay":             "POST /deliveries/:id/replay",
	"POST /deliveries/:id/delete":             "DELETE /deliveries/:id",

	"POST /settings/members/two-factors": "(two factors are demanded by who has them)",
	"POST /settings/closing":             "(by a person who types the password)",
	"POST /settings/closing/take-back":   "(by an owner)",
	"POST /settings/members/leave":       "(a token is no member)",
	"POST /settings/tokens":              "(a token must not make others)",
	"POST /settings/tokens/:id/revoke":   "(nor end them)",
	"POST /forwards/:secret":             "(of the target)",
	"POST /v1/tlsrpt/:secret":            "(of the reporter)",
	"POST /tools/analyze":                "(of no account)",
	"POST /theme":                        "(of a browser)",
}

// ofAPerson are the writes by which a person proves or changes who they are,
// or goes from account to account. A token is no person.
func ofAPerson(route string) bool {
	for _, start := range []string{"/signup", "/login", "/logout", "/reset", "/email/", "/invitations/", "/accounts", "/settings/account", "/settings/signing-in", "/settings/sessions"} {
		if strings.HasPrefix(route, start) {
			return true
		}
	}
	return false
}

func TestEveryWriteOfThePagesHasACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	written := 0
	for _, r := range w.handler.(*echo.Echo).Routes() {
		if r.Method == "GET" || r.Method == "HEAD" || strings.HasPrefix(r.Path, "/api/") || ofAPerson(r.Path) {
			continue
		}
		written++
		call, ok := callOf[r.Method+" "+r.Path]
		if _, is := apiScopes[call]; !ok || !is && !strings.HasPrefix(call, "(") {
			t.Errorf("%s %s has no call of the API: %q", r.Method, r.Path, call)
		}
	}
	if written != len(callOf) {
		t.Errorf("the table has %d writes, the pages %d", len(callOf), written)
	}
	said, err := os.ReadFile("../docs/api.md")
	if err != nil || !strings.Contains(string(said), "**What is for people only.**") {
		t.Errorf("docs/api.md does not say what has no calls: %v", err)
	}
}
