package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// mailboxFields is a form that is right, changed by name and value in turn.
func mailboxFields(change ...string) []string {
	fields := []string{
		"host", "imap.example.com", "port", "993", "security", "tls", "username", "reports@example.com", "password", "correct horse",
		"folder", "INBOX", "done_folder", "done", "failed_folder", "failed",
	}
	for i := 0; i+1 < len(change); i += 2 {
		for k := 0; k < len(fields); k += 2 {
			if fields[k] == change[i] {
				fields[k+1] = change[i+1]
			}
		}
	}
	return fields
}

func TestMailboxForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	for _, c := range []struct{ field, value, says string }{
		{"host", "", "name of the IMAP server"},
		{"host", "imap.example.com/x", "name of the IMAP server"},
		{"host", "imap example", "name of the IMAP server"},
		{"host", strings.Repeat("a.", 130) + "test", "name of the IMAP server"},
		{"port", "", "Enter a port"},
		{"port", "0", "Enter a port"},
		{"port", "65536", "Enter a port"},
		{"port", "-1", "Enter a port"},
		{"security", "ssl2", "how the server is spoken to"},
		{"username", "", "user name and the password"},
		{"username", "a\r\nb LOGOUT", "user name and the password"},
		{"password", "", "user name and the password"},
		{"password", strings.Repeat("x", 256), "user name and the password"},
		{"folder", "", "Name the folder"},
		{"done_folder", "a\x00b", "Name the folder"},
		{"failed_folder", "INBOX", "another folder"},
	} {
		got := w.post("/settings/mailbox", p, mailboxFields(c.field, c.value)...)
		if got.StatusCode != 400 || !strings.Contains(got.body, c.says) || strings.Contains(got.body, "correct horse") {
			t.Errorf("%s %q: got %d", c.field, c.value, got.StatusCode)
		}
	}
	if _, err := w.store.Mailbox(context.Background(), p.account.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a wrong form was stored: %v", err)
	}
	for host, want := range map[string]string{
		"IMAP.Example.com.": "imap.example.com", "localhost": "localhost", "[2001:db8::1]": "2001:db8::1", "192.0.2.1": "192.0.2.1", "b\u00fccher.example": "xn--bcher-kva.example",
	} {
		got := w.post("/settings/mailbox", p, mailboxFields("host", host)...)
		m, err := w.store.Mailbox(context.Background(), p.account.ID)
		if got.StatusCode != 303 || err != nil || m.Host != want {
			t.Errorf("%s: got %d, stored %q, %v", host, got.StatusCode, m.Host, err)
		}
	}
}

func TestMailboxLife(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	p, other := w.person("a@example.test"), w.person("b@example.test")
	if got := w.post("/settings/mailbox/state", p, "do", "start"); got.StatusCode != 404 {
		t.Errorf("without a mailbox: %d", got.StatusCode)
	}
	look := func(state, says string) {
		t.Helper()
		page := w.get("/settings/mailbox", p)
		panel := page.doc(t).Find(`[data-testid="mailbox"]`)
		if panel.AttrOr("data-state", "") != state || !strings.Contains(page.find(t, "mailbox-status"), says) {
			t.Errorf("the page shows %s: %q", panel.AttrOr("data-state", ""), page.find(t, "mailbox-status"))
		}
		if strings.Contains(page.body, "correct horse") {
			t.Error("the page shows the password")
		}
	}
	visit := func(v models.MailboxVisit) {
		t.Helper()
		if got, err := w.store.ClaimDueMailboxes(ctx, "node", 1, time.Hour); err != nil || len(got) != 1 {
			t.Fatalf("claimed %v, %v", got, err)
		}
		next := w.clock.Now()
		v.NextPollAt = &next
		if err := w.store.SaveMailboxVisit(ctx, "node", p.account.ID, v); err != nil {
			t.Fatal(err)
		}
	}
	do := func(what string) {
		t.Helper()
		if got := w.post("/settings/mailbox/state", p, "do", what); got.StatusCode != 303 {
			t.Fatalf("%s: got %d", what, got.StatusCode)
		}
	}
	w.post("/settings/mailbox", p, mailboxFields()...)
	look("testing", "Connecting to imap.example.com")
	visit(models.MailboxVisit{Error: "imap.example.com refuses this user name and password."})
	look("paused", "refuses this user name")
	do("test")
	visit(models.MailboxVisit{Messages: 12})
	look("paused", "Connected, 12 messages in INBOX")
	do("start")
	visit(models.MailboxVisit{Messages: 0, Taken: 11, PutAside: 1})
	look("running", "Connected, 0 messages in INBOX")
	if got := w.htmx("GET", "/settings/mailbox/panel", p); got.StatusCode != 200 || strings.Contains(got.body, "<html") || !strings.Contains(got.body, "11") {
		t.Errorf("the fragment: %d", got.StatusCode)
	}
	do("pause")
	look("paused", "Paused")
	if got := w.get("/settings/mailbox", other); strings.Contains(got.body, "imap.example.com at") || got.doc(t).Find(`[data-testid="mailbox"]`).Length() != 0 {
		t.Error("another account is shown the mailbox")
	}
	if got := w.post("/settings/mailbox/state", other, "do", "disconnect"); got.StatusCode != 404 {
		t.Errorf("another account disconnects: %d", got.StatusCode)
	}
	if got := w.post("/settings/mailbox/state", p, "do", "explode"); got.StatusCode != 400 {
		t.Errorf("something else: %d", got.StatusCode)
	}
	w.setRole(p, models.Member)
	if n := w.get("/settings/mailbox", p).doc(t).Find("main form").Length(); n != 0 {
		t.Errorf("a member who may not manage is shown %d forms", n)
	}
	w.setRole(p, models.Owner)
	do("disconnect")
	if _, err := w.store.Mailbox(ctx, p.account.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after disconnecting: %v", err)
	}
	if strings.Contains(w.log.String(), "correct horse") {
		t.Error("the password stands in the log")
	}
}
