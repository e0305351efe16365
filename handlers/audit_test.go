package handlers_test

import (
	"context"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

// auditedBy says of every route that writes which change the audit log tells
// of, or why there is none to tell. A route that is missing fails the test.
var auditedBy = map[string]models.AuditAction{
	"POST /reports": models.AuditReportsUploaded, "POST /domains/:name/reports": models.AuditReportsUploaded,
	"POST /reporters/block": models.AuditReporterBlocked, "POST /reporters/unblock": models.AuditReporterFree,
	"POST /settings/account/password": models.AuditPassword, "POST /settings/account/email": models.AuditEmail,
	"POST /settings/sessions/end-others": models.AuditSessions, "POST /settings/sessions/:id/end": models.AuditSessions,
	"POST /settings/members": models.AuditMemberInvited, "POST /settings/members/leave": models.AuditMemberRemoved,
	"POST /settings/closing": models.AuditAccountState, "POST /settings/closing/take-back": models.AuditAccountState,
	"POST /settings/members/name": models.AuditAccountRenamed, "POST /settings/members/:id": models.AuditMemberChanged,
	"POST /settings/members/:id/remove": models.AuditMemberRemoved, "POST /settings/invitations/:id/delete": models.AuditInvitationGone,
	"POST /settings/mailbox": models.AuditMailboxConnected, "POST /settings/mailbox/state": models.AuditMailboxState,
	"POST /settings/tokens": models.AuditTokenMade, "POST /settings/tokens/:id/revoke": models.AuditTokenRevoked,
	"POST /accounts": models.AuditAccountMade, "POST /signup": models.AuditAccountMade, "POST /signup/:secret": models.AuditAccountMade,
	"POST /reset/:secret": models.AuditReset, "POST /email/:secret": models.AuditEmail, "POST /invitations/:secret": models.AuditMemberJoined,
	"POST /domains/new": models.AuditDomainAdded, "POST /domains/bulk": models.AuditDomainAdded, "POST /domains/:name/delete": models.AuditDomainRemoved,
	"POST /domains/:name/transfer": models.AuditTransferOffered, "POST /domains/:name/transfer/withdraw": models.AuditTransferWithdrawn,
	"POST /transfers/:secret": models.AuditDomainTaken,
	"POST /domains/tags":      models.AuditDomainTagged, "POST /domains/:name/settings/tags": models.AuditDomainTagged,
	"POST /domains/:name/settings/secret": models.AuditSecretRenewed, "POST /domains/:name/self-test": models.AuditSelfTest,
	"POST /domains/:name/forwards": models.AuditForwardAdded, "POST /domains/:name/forwards/:id/ask": models.AuditForwardAsked,
	"POST /domains/:name/forwards/:id/delete": models.AuditForwardRemoved, "POST /forwards/:secret": models.AuditForwardConfirmed,
	"POST /domains/:name/shares": models.AuditLinkMade, "POST /domains/:name/shares/:id/delete": models.AuditLinkTakenBack,
	"POST /deliveries/:id/accept": models.AuditDeliveryAccepted, "POST /deliveries/:id/withdraw": models.AuditDeliveryUndone,
	"POST /deliveries/:id/replay": models.AuditDeliveryReplayed, "POST /deliveries/:id/delete": models.AuditDeliveryRemoved,

	"POST /settings/signing-in/app": models.AuditSecondStepOn, "POST /settings/signing-in/app/remove": models.AuditSecondStepOff,
	"POST /settings/signing-in/codes": models.AuditRecoveryCodes, "POST /login/code": models.AuditRecoveryUsed,
	"POST /settings/members/two-factors": models.AuditTwoFactors,
	"POST /settings/signing-in/passkeys": models.AuditPasskeyAdded, "POST /settings/signing-in/passkeys/:id": models.AuditPasskeyNamed,
	"POST /settings/signing-in/passkeys/:id/remove": models.AuditPasskeyRemoved,
	"POST /login/passkey":                           "", "POST /login/passkey/begin": "", "POST /settings/signing-in/passkeys/begin": "",
	"POST /settings/signing-in/app/offer": "",                                                                   // nothing counts before the first code
	"POST /login":                         "", "POST /logout": "", "POST /accounts/open": "", "POST /reset": "", // no change of an account
	"POST /theme": "", "POST /tools/analyze": "", "POST /v1/tlsrpt/:secret": "",
	"POST /domains/:name/check": "", // brings a check forward that would come by itself
}

func TestEveryWriteHasItsPlaceInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range w.handler.(*echo.Echo).Routes() {
		if r.Method == "GET" || r.Method == "HEAD" || strings.HasPrefix(r.Path, "/api/") {
			continue // the API calls the same methods of the store
		}
		if _, known := auditedBy[r.Method+" "+r.Path]; !known {
			t.Errorf("%s %s is not in the table of what is audited", r.Method, r.Path)
		}
	}
}

// What a person does in a day stands in the log, with who and from where, and
// no secret does.
func TestPagesWriteTheAuditLog(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	f.joined("member@example.test", models.Member)
	member, err := f.store.UserByEmail(context.Background(), "member@example.test")
	if err != nil {
		t.Fatal(err)
	}
	row := "/settings/members/" + member.ID
	for _, c := range []struct {
		route, path string
		fields      []string
	}{
		{"POST /domains/new", "", []string{"name", "second.example"}},
		{"POST /domains/bulk", "", []string{"names", "third.example"}},
		{"POST /domains/:name/self-test", "/domains/example.com/self-test", nil},
		{"POST /domains/:name/transfer", "/domains/example.com/transfer", []string{"email", "other@example.test"}},
		{"POST /domains/:name/transfer/withdraw", "/domains/example.com/transfer/withdraw", nil},
		{"POST /domains/tags", "", []string{"domain", "second.example", "domain", "third.example", "tags", "customer-a", "do", "add"}},
		{"POST /domains/:name/settings/tags", "/domains/example.com/settings/tags", []string{"tags", "customer-b, prod"}},
		{"POST /domains/:name/settings/secret", "/domains/example.com/settings/secret", []string{"confirm", "yes"}},
		{"POST /domains/:name/forwards", "/domains/example.com/forwards", []string{"target", "https://c.example/s3cr3t"}},
		{"POST /domains/:name/shares", "/domains/example.com/shares", []string{"name", "Auditors", "days", "30"}},
		{"POST /settings/tokens", "", []string{"name", "CI", "scope", "read", "scopes", "read", "days", "30", "life", "30", "expires", "30"}},
		{"POST /settings/members", "", []string{"email", "x@example.test", "role", "member"}},
		{"POST /settings/members/:id", row, []string{"role", "manager"}},
		{"POST /settings/members/:id/remove", row + "/remove", nil},
		{"POST /settings/members/name", "", []string{"name", "Acme"}},
		{"POST /settings/mailbox", "", []string{"host", "imap.example.com", "port", "993", "security", "tls", "username", "u", "password", "s3cr3t-password", "folder", "INBOX", "done_folder", "done", "failed_folder", "failed"}},
		{"POST /settings/mailbox/state", "", []string{"do", "start"}},
		{"POST /settings/sessions/end-others", "", nil},
		{"POST /domains/:name/delete", "/domains/example.com/delete", []string{"confirm", "example.com"}},
	} {
		if c.path == "" {
			c.path = strings.TrimPrefix(c.route, "POST ")
		}
		before := f.auditEvents()
		got := f.post(c.path, f.owner, c.fields...)
		after := f.auditEvents()
		want := auditedBy[c.route]
		if got.StatusCode >= 400 || len(after) <= len(before) || after[0].Action != want || after[0].Actor != "owner@example.test" || after[0].Address != "192.0.2.1" {
			t.Errorf("%s gives %d and %d events, want %q: %+v", c.route, got.StatusCode, len(after)-len(before), want, after[:1])
		}
	}
	for _, e := range f.auditEvents() {
		if text := e.Object + e.Before + e.After; strings.Contains(text, "s3cr3t") || strings.Contains(text, "hash") {
			t.Errorf("a secret is in the log: %+v", e)
		}
	}
	page := f.get("/settings/audit?object=Acme", f.owner)
	if rows := page.doc(t).Find(`[data-testid="audit-row"]`); rows.Length() != 1 || !strings.Contains(rows.Text(), "account renamed") || !strings.Contains(rows.Find("ins").Text(), "Acme") {
		t.Errorf("the page shows %s", rows.Text())
	}
	csv := f.get("/settings/audit/export/audit.csv?action=account+renamed", f.owner)
	if lines := strings.Split(strings.TrimSpace(csv.body), "\r\n"); len(lines) != 2 || !strings.Contains(lines[1], "owner@example.test,192.0.2.1,account renamed,Acme") {
		t.Errorf("the file says %q", csv.body)
	}
	if got := f.get("/settings/audit/export/audit.json", f.owner); got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
		t.Errorf("as JSON: %d", got.StatusCode)
	}
}

func (f furnished) auditEvents() []models.AuditEvent {
	f.t.Helper()
	events, _, err := f.store.AuditLog(context.Background(), f.owner.account.ID, models.AuditFilter{Limit: 200})
	if err != nil {
		f.t.Fatal(err)
	}
	return events
}
