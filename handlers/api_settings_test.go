package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// The mailbox by calls: its password goes in, and comes out nowhere.
func TestTheMailboxByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	token := w.token(p, allScopes...)
	const secret = "correct-horse-battery"
	body := func(more string) string {
		return `{"host":"IMAP.example.net.","username":"box","password":"` + secret + `"` + more + `}`
	}
	var said strings.Builder
	for _, c := range []struct {
		method, body string
		code         int
		says         string
	}{
		{"GET", "", 404, "not-found"},
		{"PATCH", `{"state":"running"}`, 404, "not-found"},
		{"DELETE", "", 404, "not-found"},
		{"PUT", `{"host":"imap.example.net","username":"box"}`, 400, `password`},
		{"PUT", `{"host":"imap.example.net","username":"box","password":""}`, 400, "user name and the password"},
		{"PUT", strings.Replace(body(""), "IMAP.example.net.", "https://imap", 1), 400, "name of the IMAP server"},
		{"PUT", body(`,"port":65536`), 400, "Enter a port"},
		{"PUT", body(`,"port":-1`), 400, "Enter a port"},
		{"PUT", body(`,"security":"ssl"`), 400, "how the server is spoken to"},
		{"PUT", body(`,"done_folder":"INBOX"`), 400, "another folder"},
		{"PUT", body(`,"folder":"a\r\nb"`), 400, "Name the folder"},
		{"PUT", body(`,"account_id":"x"`), 400, "not known here"},
		{"PUT", body(""), 200, `"host":"imap.example.net","port":993,"security":"tls","username":"box","folder":"INBOX"`},
		{"GET", "", 200, `"state":"testing","error":null`},
		{"PATCH", `{"state":"stopped"}`, 400, "testing, running or paused"},
		{"PATCH", `{"state":"running"}`, 200, `"state":"running"`},
		{"PUT", body(`,"port":143,"security":"starttls","folder":"Reports"`), 200, `"port":143,"security":"starttls","username":"box","folder":"Reports"`},
		{"PATCH", `{"state":"paused"}`, 200, `"state":"paused"`},
	} {
		got := w.call(c.method, "/mailbox", token, c.body)
		plain := strings.ReplaceAll(got.body, `\"`, "")
		if got.StatusCode != c.code || !strings.Contains(plain, c.says) {
			t.Errorf("%s %.90s: %d %s", c.method, c.body, got.StatusCode, got.body)
		}
		said.WriteString(got.body)
	}
	m, err := w.store.Mailbox(t.Context(), p.account.ID)
	if err != nil {
		t.Fatal(err)
	}
	if password, err := w.store.MailboxPassword(m); err != nil || password != secret {
		t.Errorf("the job would use %q, %v", password, err)
	}
	said.WriteString(w.call("GET", "/audit-events", token, "").body)
	if text := said.String() + w.log.String(); strings.Contains(text, secret) || !strings.Contains(text, "mailbox connected") {
		t.Error("the password stands in an answer or in the log, or nothing in the audit log")
	}
	if got := w.call("DELETE", "/mailbox", token, ""); got.StatusCode != 204 || w.call("GET", "/mailbox", token, "").StatusCode != 404 {
		t.Errorf("disconnecting: %d", got.StatusCode)
	}
}

// What is blocked by a call ceases to count, and counts again.
func TestReportersByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	token := w.token(p, allScopes...)
	w.call("POST", "/deliveries", token, string(report("example.com", "2026-06-14", "one", "90", "10")))
	const evil = `<b>"x"/../?é`
	hostile := strings.NewReplacer("Example Sender", `<B>\"x\"/../?É`, "tls@sender.example", "nobody").Replace(string(report("example.com", "2026-06-13", "two", "5", "0")))
	w.call("POST", "/deliveries", token, hostile)
	counts := func() string {
		totals := w.call("GET", "/domains/example.com/stats?days=3", token, "").json(t)["totals"].(map[string]any)
		return fmt.Sprint(totals["successful"], totals["failed"])
	}
	for _, c := range []struct {
		act, identity string
		code          int
		counts        string
	}{
		{"block", "nobody.example", 404, "95 10"},
		{"block", "sender.example\x00", 404, "95 10"},
		{"block", "sender.example", 200, "5 0"},
		{"block", evil, 200, "0 0"},
		{"block", evil, 200, "0 0"},
		{"unblock", "sender.example", 200, "90 10"},
		{"unblock", evil, 200, "95 10"},
	} {
		got := w.call("POST", "/reporters/"+c.act, token, `{"identity":`+jsonText(t, c.identity)+`}`)
		if got.StatusCode != c.code || counts() != c.counts {
			t.Errorf("%s %q: %d, counts %s: %s", c.act, c.identity, got.StatusCode, counts(), got.body)
		}
		if r := got.json(t); got.StatusCode == 200 && (r["identity"] != c.identity || (r["blocked_at"] != nil) != (c.act == "block") || r["settling"] != false) {
			t.Errorf("%s %q gives %s", c.act, c.identity, got.body)
		}
	}
	first := w.call("GET", "/reporters?limit=1", token, "").json(t)
	second := w.call("GET", "/reporters?limit=1&cursor="+first["next_cursor"].(string), token, "").json(t)
	a, b := first["reporters"].([]any)[0].(map[string]any), second["reporters"].([]any)[0].(map[string]any)
	if a["identity"] != evil || b["identity"] != "sender.example" || b["successful"] != 90.0 || b["new"] != true || second["next_cursor"] != nil {
		t.Errorf("%v, then %v", first, second)
	}
}

// The audit log by calls: newest first, without a gap or a double while things happen.
func TestTheAuditLogByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person("a@example.test"), w.person("b@example.test")
	token := w.token(p, allScopes...)
	w.domain(other, "other.example")
	for i := range 5 {
		w.call("POST", "/domains", token, fmt.Sprintf(`{"name":"d%d.example"}`, i))
	}
	var objects []string
	cursor := ""
	for range 10 {
		page := w.call("GET", "/audit-events?action=domain+added&limit=2"+cursor, token, "").json(t)
		for _, e := range page["events"].([]any) {
			event := e.(map[string]any)
			objects = append(objects, event["object"].(string))
			if event["actor"] != "API token CI" || event["address"] != "192.0.2.1" {
				t.Errorf("by %v from %v", event["actor"], event["address"])
			}
		}
		w.call("POST", "/domains", token, fmt.Sprintf(`{"name":"late%d.example"}`, len(objects)))
		next, more := page["next_cursor"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	if got := strings.Join(objects, " "); got != "d4.example d3.example d2.example d1.example d0.example" {
		t.Errorf("the pages gave %s", got)
	}
	if got := w.call("GET", "/audit-events?object=other.example", token, ""); strings.Contains(got.body, "other.example") {
		t.Errorf("another account's: %s", got.body)
	}
	w.call("PATCH", "/account", token, `{"name":"New name"}`)
	if got := w.call("GET", "/audit-events?action=account+renamed", token, ""); !strings.Contains(got.body, `{"name":"name","before":"a@example.test","after":"New name"}`) {
		t.Errorf("%s", got.body)
	}
}

// A token that somebody else than an owner has made does not rename the account.
func TestTokensOfOwnersRenameTheAccount(t *testing.T) {
	t.Parallel()
	s := newStaged(t)
	theirs := &person{s.member.user, s.owner.account, nil}
	token := s.token(theirs, models.ScopeWrite, models.ScopeRead)
	rename := func(name string) answer { return s.call("PATCH", "/account", token, `{"name":`+jsonText(t, name)+`}`) }
	for _, c := range []struct {
		role models.Role
		want int
	}{{models.Member, 403}, {models.Manager, 403}, {models.Owner, 200}, {models.Manager, 403}} {
		if err := s.store.ChangeMember(t.Context(), s.owner.account.ID, s.member.user.ID, models.Owner, models.Terms{Role: c.role}); err != nil {
			t.Fatal(err)
		}
		if got := rename("By a " + string(c.role)); got.StatusCode != c.want {
			t.Errorf("made by one who is %s: %d %s", c.role, got.StatusCode, got.body)
		}
	}
	token = s.token(s.owner, allScopes...)
	for _, bad := range []string{"", "  ", "a\nb", strings.Repeat("n", 81)} {
		if got := rename(bad); got.StatusCode != 400 || got.problem(t) != "body" {
			t.Errorf("the name %q: %d", bad, got.StatusCode)
		}
	}
	if got := s.call("GET", "/account", token, "").json(t); got["name"] != "By a owner" || got["two_factors_demanded"] != false {
		t.Errorf("it is %v", got)
	}
	if got := s.call("PATCH", "/account", token, `{"name":"x","two_factors_demanded":false}`); got.StatusCode != 400 {
		t.Errorf("second factors by a token: %d", got.StatusCode)
	}
}

// Two programs hand a domain over.
func TestDomainsChangeHandsByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	giver, taker := w.person("giver@example.test"), w.person("taker@example.test")
	d := w.domain(giver, "example.com")
	gives, takes := w.token(giver, allScopes...), w.token(taker, allScopes...)
	accept := func(token, secret string, headers ...string) answer {
		return w.call("POST", "/transfers/accept", token, `{"secret":`+jsonText(t, secret)+`}`, headers...)
	}
	if got := w.call("POST", "/domains/example.com/transfer", gives, `{"email":"nobody"}`); got.StatusCode != 400 || got.problem(t) != "body" {
		t.Errorf("to no address: %d %s", got.StatusCode, got.body)
	}
	offer := func() string {
		made := w.call("POST", "/domains/example.com/transfer", gives, `{"email":"taker@example.test"}`)
		link, _ := made.json(t)["link"].(string)
		_, secret, _ := strings.Cut(link, "/transfers/")
		if made.StatusCode != 201 || made.location() != "http://sealpost.test/api/v1/transfers" || made.Header.Get("Etag") != "" {
			t.Fatalf("%d %s", made.StatusCode, made.body)
		}
		return secret
	}
	old, secret := offer(), offer()
	list := w.call("GET", "/transfers", gives, "")
	if rows := list.json(t)["transfers"].([]any); len(rows) != 1 || strings.Contains(list.body, secret) || rows[0].(map[string]any)["domain"] != "example.com" {
		t.Errorf("%s", list.body)
	}
	if got := w.call("GET", "/transfers", takes, ""); len(got.json(t)["transfers"].([]any)) != 0 {
		t.Errorf("another account's offers: %s", got.body)
	}
	for _, c := range []struct {
		token, secret string
		want          int
	}{{takes, "x", 400}, {takes, strings.Repeat("0", 26), 404}, {takes, old, 404}, {gives, secret, 409}, {w.token(taker, models.ScopeRead), secret, 403}} {
		if got := accept(c.token, c.secret); got.StatusCode != c.want {
			t.Errorf("accepting %q: %d, want %d: %s", c.secret, got.StatusCode, c.want, got.body)
		}
	}
	mails, err := w.store.RecentMails(t.Context(), 1)
	if err != nil || !strings.HasPrefix(mails[0].Text, "A program offers") {
		t.Errorf("%+v, %v", mails, err)
	}
	for range 2 { // the second is the first answer again
		got := accept(takes, secret, "Idempotency-Key", "take")
		if got.StatusCode != 201 || got.json(t)["name"] != "example.com" || !strings.Contains(got.body, d.Token) || got.location() != "http://sealpost.test/api/v1/domains/example.com" {
			t.Errorf("accepting: %d %s", got.StatusCode, got.body)
		}
	}
	for token, want := range map[string]int{gives: 404, takes: 200} {
		if got := w.call("GET", "/domains/example.com", token, ""); got.StatusCode != want {
			t.Errorf("afterwards: %d, want %d", got.StatusCode, want)
		}
	}
	if got := accept(gives, secret); got.StatusCode != 404 {
		t.Errorf("a used link: %d", got.StatusCode)
	}
	w.domain(giver, "example.net")
	late := w.call("POST", "/domains/example.net/transfer", gives, `{"email":"taker@example.test"}`)
	if got := w.call("DELETE", "/domains/example.net/transfer", gives, ""); got.StatusCode != 204 {
		t.Errorf("taking it back: %d %s", got.StatusCode, late.body)
	}
	if got := w.call("DELETE", "/domains/example.net/transfer", gives, ""); got.StatusCode != 404 {
		t.Errorf("a second time: %d", got.StatusCode)
	}
	w.call("POST", "/domains/example.net/transfer", gives, `{"email":"taker@example.test"}`)
	w.clock.Advance(models.TransferLife + time.Second)
	if got := w.call("GET", "/transfers", gives, ""); len(got.json(t)["transfers"].([]any)) != 0 {
		t.Errorf("an offer that is over: %s", got.body)
	}
}

// A cursor leads on in the list that it is of, and nowhere else.
func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person("a@example.test"), w.person("b@example.test")
	token, theirs := w.token(p, allScopes...), w.token(other, allScopes...)
	for _, name := range []string{"one.example", "two.example"} {
		w.domain(p, name)
		w.domain(other, name)
		w.call("POST", "/deliveries", token, string(report(name, "2026-06-14", name, "90", "10")))
		w.call("POST", "/deliveries", token, string(report("one.example", "2026-06-13", name, "90", "10")))
	}
	lists := []string{"/domains", "/audit-events", "/deliveries", "/reports", "/domains/one.example/reports", "/domains/two.example/reports", "/reporters"}
	for _, from := range lists {
		cursor, ok := w.call("GET", from+"?limit=1", token, "").json(t)["next_cursor"].(string)
		if !ok && from != "/reporters" && from != "/domains/two.example/reports" {
			t.Errorf("%s has no second page", from)
		}
		for _, to := range lists {
			want := 400
			if to == from {
				want = 200
			}
			if got := w.call("GET", to+"?limit=1&cursor="+cursor, token, ""); ok && got.StatusCode != want {
				t.Errorf("the cursor of %s in %s: %d", from, to, got.StatusCode)
			}
		}
		if got := w.call("GET", from+"?limit=1&cursor="+cursor, theirs, ""); ok && got.StatusCode != 400 {
			t.Errorf("the cursor of %s for another account: %d", from, got.StatusCode)
		}
	}
}
