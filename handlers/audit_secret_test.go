package handlers_test

import (
	"context"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

var linkSecret = regexp.MustCompile(`/[a-z]+/([0-9a-z]{26})`)

// secretOf is what stands in the link of the newest mail to an address.
func (w *world) secretOf(to string) string {
	w.t.Helper()
	found := linkSecret.FindStringSubmatch(w.mailed(to).Text)
	if found == nil {
		w.t.Fatalf("no link in %q", w.mailed(to).Text)
	}
	return found[1]
}

// Every way by which a secret comes in or goes out is gone once; then no row of
// the audit log has one of them, nor a hash that one is stored by.
func TestNoSecretIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sendsMail)
	const email, newPassword, mailboxPassword, target = "ada@example.test", "another long password", "s3cr3t of the mailbox", "hook-s3cr3t"
	secrets := map[string]string{"the first password": password, "a new password": newPassword, "a mailbox's password": mailboxPassword, "the path of a forward": target}
	must := func(what string, got answer) answer {
		t.Helper()
		if got.StatusCode >= 400 {
			t.Errorf("%s: %d %s", what, got.StatusCode, got.find(t, "error"))
		}
		return got
	}

	must("signing up", w.post("/signup", nil, "email", email))
	secrets["a link to sign up"] = w.secretOf(email)
	p := &person{cookie: must("choosing a password", w.post("/signup/"+w.secretOf(email), nil, "password", password)).setCookie("sealpost")}
	secrets["a session"] = p.cookie.Value
	must("asking for a reset", w.post("/reset", nil, "email", email))
	secrets["a link to reset"] = w.secretOf(email)
	w.clock.Advance(10 * time.Minute)
	must("changing the password", w.post("/settings/account/password", p, "current_password", password, "password", newPassword))

	must("a domain", w.post("/domains/new", p, "name", "example.com"))
	account := w.accountOf(email)
	d, err := w.store.Domain(context.Background(), account.ID, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	secrets["the report URL"] = w.store.ReportSecret(d)
	must("a new report URL", w.post("/domains/example.com/settings/secret", p, "confirm", "yes"))
	d, _ = w.store.Domain(context.Background(), account.ID, "example.com")
	secrets["the next report URL"] = w.store.ReportSecret(d)
	must("a forward by HTTPS", w.post("/domains/example.com/forwards", p, "target", "https://hooks.example/"+target))
	must("a forward by mail", w.post("/domains/example.com/forwards", p, "target", "fwd@example.net"))
	secrets["the link of a forward"] = w.secretOf("fwd@example.net")
	must("a read-only link", w.post("/domains/example.com/shares", p, "name", "Auditors", "days", "30"))
	must("a mailbox", w.post("/settings/mailbox", p, "host", "imap.example.com", "port", "993", "security", "tls", "username", "u", "password", mailboxPassword, "folder", "INBOX", "done_folder", "done", "failed_folder", "failed"))
	token := must("an API token", w.post("/settings/tokens", p, "name", "CI", "scope", "read", "scopes", "read", "days", "30", "life", "30", "expires", "30"))
	secrets["an API token"] = apiToken.FindString(token.body)
	must("an invitation", w.post("/settings/members", p, "email", "eve@example.test", "role", "member"))
	secrets["an invitation"] = w.secretOf("eve@example.test")
	must("an offer", w.post("/domains/example.com/transfer", p, "email", "mallory@example.test"))
	secrets["an offer"] = w.secretOf("mallory@example.test")
	must("another address", w.post("/settings/account/email", p, "current_password", newPassword, "email", "ada2@example.test"))
	secrets["the link of an address"] = w.secretOf("ada2@example.test")
	must("an app is offered", w.post("/settings/signing-in/app/offer", p, "current_password", newPassword))
	secrets["the secret of an app"] = strings.ReplaceAll(w.get("/settings/signing-in/app", p).find(t, "secret"), " ", "")
	codes := must("an app", w.post("/settings/signing-in/app", p, "code", w.code(secrets["the secret of an app"])))
	secrets["a recovery code"] = codes.doc(t).Find(".codes li").First().Text()
	must("the account is deleted", w.post("/settings/closing", p, "confirm", account.Name, "current_password", newPassword, "code", secrets["a recovery code"]))

	log := strings.Join(w.auditRows(), "\n")
	if n := strings.Count(log, "\n"); n < 13 {
		t.Errorf("only %d events: %s", n, log)
	}
	for what, secret := range secrets {
		if secret == "" {
			t.Errorf("%s is not known", what)
			continue
		}
		for _, form := range []string{secret, strings.ReplaceAll(secret, "-", ""), hex.EncodeToString([]byte(secret))} {
			if strings.Contains(log, form) {
				t.Errorf("%s is in the log: %s", what, form)
			}
		}
	}
	if strings.Contains(log, "argon2") || strings.Contains(log, "/reset/") || strings.Contains(log, "/share/") {
		t.Errorf("a hash or a link is in the log: %s", log)
	}
}

var apiToken = regexp.MustCompile(`sealpost_[0-9A-Za-z_-]{20,}`)

func (w *world) auditRows() []string {
	w.t.Helper()
	rows, err := w.db().Query("SELECT actor, address, action, object, before, after FROM audit_events")
	if err != nil {
		w.t.Fatal(err)
	}
	return textOf(w.t, rows)
}

// What a terminal or a page would act on is spelled out wherever the log is shown.
func TestAuditLogIsSpelledOut(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	const hostile = "a\r\nb\x1b[31mc\u202ed\u2028e<script>"
	ctx := models.By(context.Background(), models.Actor{UserID: f.owner.user.ID, Name: hostile, Address: "192.0.2.1"})
	if err := f.store.Audit(ctx, f.owner.account.ID, models.AuditReportsUploaded, hostile, models.Facts{hostile: hostile}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/settings/audit", "/settings/audit/export/audit.csv", "/settings/audit/export/audit.json"} {
		got := f.get(path, f.owner)
		if got.StatusCode != 200 || !strings.Contains(got.body, `\u001b[31mc\u202e`) && !strings.Contains(got.body, "\\u001b[31mc\u202e") {
			t.Errorf("%s: %d, without what was done", path, got.StatusCode)
		}
		if strings.ContainsAny(got.body, "\x1b\x00") || strings.Contains(got.body, "a\r\nb") || strings.Contains(got.body, "a\nb") || path != "/settings/audit/export/audit.csv" && strings.Contains(got.body, "e<script>") {
			t.Errorf("%s shows it raw", path)
		}
	}
	row := f.get("/settings/audit", f.owner).doc(t).Find(`[data-testid="audit-row"]`).First()
	if hash := row.Find(`[data-testid="audit-hash"]`).AttrOr("data-hash", ""); len(hash) != 64 || !strings.Contains(f.get("/settings/audit/export/audit.csv", f.owner).body, hash) {
		t.Errorf("the hash on the page is %q, and not that of the file", hash)
	}
}
