package handlers_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
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
	w, issuer := withIssuer(t, sendsMail)
	const email, newPassword, mailboxPassword, target = "ada@example.com", "another long password", "s3cr3t of the mailbox", "hook-s3cr3t"
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
	link := must("a read-only link", w.post("/domains/example.com/shares", p, "name", "Auditors", "days", "30"))
	_, secrets["a read-only link"], _ = strings.Cut(strings.TrimSpace(link.find(t, "share-url")), "/share/")
	must("the page behind it", w.get("/share/"+secrets["a read-only link"], nil))
	must("a mailbox", w.post("/settings/mailbox", p, "host", "imap.example.com", "port", "993", "security", "tls", "username", "u", "password", mailboxPassword, "folder", "INBOX", "done_folder", "done", "failed_folder", "failed"))
	token := must("an API token", w.post("/settings/tokens", p, "name", "CI", "scope", "read", "scopes", "read", "days", "30", "life", "30", "expires", "30"))
	secrets["an API token"] = apiToken.FindString(token.body)
	must("an invitation", w.post("/settings/members", p, "email", "eve@example.test", "role", "member"))
	secrets["an invitation"] = w.secretOf("eve@example.test")
	maps.Copy(secrets, w.passkeySecrets(p, newPassword))
	maps.Copy(secrets, issuer.secrets(w))
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
	if n := strings.Count(log, "\n"); n < 17 {
		t.Errorf("only %d events: %s", n, log)
	}
	for what, secret := range secrets {
		if secret == "" {
			t.Errorf("%s is not known", what)
			continue
		}
		for _, form := range append(spellings([]byte(secret)), secret, strings.ReplaceAll(secret, "-", "")) {
			if strings.Contains(log, form) || strings.Contains(w.log.String(), form) {
				t.Errorf("%s is in the audit log, or in the server's: %s", what, form)
			}
		}
	}
	stored := w.storedBytes()
	for _, raw := range stored {
		for _, form := range spellings(raw) {
			if strings.Contains(log, form) {
				t.Errorf("what is stored as %s is in the audit log", form)
			}
		}
	}
	if len(stored) < 10 {
		t.Errorf("only %d secrets are stored", len(stored))
	}
	for _, deed := range []string{"passkey added", "passkey renamed", "passkey removed", "single sign-on linked", "read-only link made"} {
		if !strings.Contains(log, deed) {
			t.Errorf("the log does not tell of %q: %s", deed, log)
		}
	}
	if strings.Contains(log, "argon2") || strings.Contains(log, "/reset/") || strings.Contains(log, "/share/") {
		t.Errorf("a hash or a link is in the log: %s", log)
	}
}

func spellings(raw []byte) []string {
	return []string{hex.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)}
}

// storedBytes is what the database keeps as bytes and not as words: hashes,
// keys and what is sealed, but for the chain of the audit log itself.
func (w *world) storedBytes() (out [][]byte) {
	w.t.Helper()
	db := w.db()
	for _, table := range tables(w.t, db) {
		if strings.HasPrefix(table, "audit_") {
			continue
		}
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			w.t.Fatal(err)
		}
		columns, err := rows.Columns()
		for err == nil && rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			err = rows.Scan(cells...)
			for _, cell := range cells {
				if raw, ok := (*cell.(*any)).([]byte); ok && len(raw) >= 16 {
					out = append(out, raw)
				}
			}
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

// passkeySecrets adds a passkey, logs in with it, renames and removes it, and
// gives what has gone over the wire then.
func (w *world) passkeySecrets(p *person, password string) map[string]string {
	w.t.Helper()
	device := newAuthenticator(w.t)
	asked := w.post("/settings/signing-in/passkeys/begin", p, "name", "Laptop", "current_password", password)
	made := device.register(asked.body)
	if got := w.postWith("/settings/signing-in/passkeys", p, asked.Cookies(), "name", "Laptop", "credential", made); got.StatusCode != 200 {
		w.t.Fatalf("adding a passkey: %d %s", got.StatusCode, got.body)
	}
	question := w.post("/login/passkey/begin", nil)
	proof := device.prove(question.body)
	entered := w.postWith("/login/passkey", nil, question.Cookies(), "credential", proof)
	if entered.StatusCode != 200 || entered.setCookie("sealpost") == nil {
		w.t.Fatalf("logging in with the passkey: %d %s", entered.StatusCode, entered.body)
	}
	row := w.get("/settings/signing-in", p).doc(w.t).Find(`[data-testid="passkey-row"] form[action$="/remove"]`).AttrOr("action", "")
	if got := w.post(strings.TrimSuffix(row, "/remove"), p, "name", "Old laptop"); got.StatusCode != 303 {
		w.t.Fatalf("renaming the passkey: %d", got.StatusCode)
	}
	if got := w.post(row, p, "current_password", password); got.StatusCode != 303 {
		w.t.Fatalf("removing the passkey: %d", got.StatusCode)
	}
	return map[string]string{
		"the id of a passkey": unpadded(device.id), "the bytes of that id": string(device.id),
		"a question for a new passkey": device.read(asked.body).PublicKey.Challenge, "a question for a passkey": device.read(question.body).PublicKey.Challenge,
		"what was begun with a passkey": asked.setCookie("begun").Value, "what a passkey has proven": proof, "the session of a passkey": entered.setCookie("sealpost").Value,
	}
}

// secrets signs on at the issuer and gives what has gone over the wire then.
func (i *issuer) secrets(w *world) map[string]string {
	i.t.Helper()
	cookies := i.visit(w)
	got := w.comeBack(cookies, "code=the-code&state="+i.asked.Get("state"))
	if got.StatusCode != 303 {
		i.t.Fatalf("signing on: %d %s", got.StatusCode, got.find(i.t, "error"))
	}
	return map[string]string{
		"the secret of the issuer": "s3cr3t", "the code of the issuer": "the-code", "the issuer's token": "access-s3cr3t", "the issuer's proof": i.given,
		"the state of a visit": i.asked.Get("state"), "the nonce of a visit": i.asked.Get("nonce"), "the challenge of a visit": i.asked.Get("code_challenge"),
		"the cookie of a visit": cookies[0].Value, "the session of a visit": got.setCookie("sealpost").Value,
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
