package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

func (w *world) audited(accountID string) []models.AuditEvent {
	w.t.Helper()
	events, total, err := w.store.AuditLog(w.ctx, accountID, models.AuditFilter{Limit: 100})
	w.must(err)
	if int(total) != len(events) {
		w.t.Errorf("%d of %d events are listed", len(events), total)
	}
	return events
}

func TestAuditTellsWhoWhatAndFromWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.join("b@example.test", models.Member)
	u1 := w.user("a@example.test").ID
	ctx := models.By(w.ctx, models.Actor{UserID: u1, Name: "a@example.test", Address: "192.0.2.7"})
	w.must(w.store.ChangeMember(ctx, w.account.ID, b.ID, models.Owner, models.Terms{Role: models.Manager}))
	w.must(w.store.RenameAccount(ctx, w.account.ID, "Acme"))
	_, err := w.store.AddForward(ctx, w.account.ID, "example.com", models.NewForward{Kind: models.ForwardHTTPS, Target: "https://c.example/s3cr3t", Secret: "challenge-s3cr3t"})
	w.must(err)
	w.must(w.store.RemoveDomain(ctx, w.account.ID, "example.com"))
	var got []string
	for _, e := range w.audited(w.account.ID) {
		got = append(got, fmt.Sprintf("%s %s [%s] %s: %s | %s | %s", e.Actor, e.ActorID, e.Address, e.Action, e.Object, e.Before, e.After))
	}
	token := w.domain.Token
	want := []string{
		`a@example.test ` + u1 + ` [192.0.2.7] domain deleted: example.com | {"state":"pending","token":"` + token + `"} | `,
		`a@example.test ` + u1 + ` [192.0.2.7] forward added: example.com |  | {"state":"unconfirmed","target":"https://c.example"}`,
		`a@example.test ` + u1 + ` [192.0.2.7] account renamed: Acme | {"name":"a@example.test","state":"active"} | {"name":"Acme","state":"active"}`,
		`a@example.test ` + u1 + ` [192.0.2.7] member changed: b@example.test | {"role":"member"} | {"role":"manager"}`,
		`sealpost  [] member joined: b@example.test |  | {"role":"member"}`,
		`sealpost  [] member invited: b@example.test |  | {"role":"member"}`,
		`sealpost  [] domain added: example.com |  | {"state":"pending","token":"` + token + `"}`,
		`sealpost  [] account made: a@example.test |  | `,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAuditLogIsAppendOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.Advance(time.Hour)
	w.must(w.store.RenameAccount(w.ctx, w.account.ID, "Acme"))
	for _, statement := range []string{
		"UPDATE audit_events SET actor = 'nobody'",
		"DELETE FROM audit_events",
		"DELETE FROM audit_events WHERE action = 'account renamed'",
	} {
		if err := w.store.WriteDB().Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if n := len(w.audited(w.account.ID)); n != 3 {
		t.Errorf("%d events are left", n)
	}
	done, err := w.store.RemoveOldAuditEvents(w.ctx, w.clock.Now().Add(-time.Minute))
	if err != nil || !done {
		t.Errorf("removing old events: %v, %v", done, err)
	}
	if events := w.audited(w.account.ID); len(events) != 1 || events[0].Action != models.AuditAccountRenamed {
		t.Errorf("after the retention: %+v", events)
	}
	if _, err := w.store.RemoveOldAuditEvents(w.ctx, w.clock.Now().Add(-24*time.Hour)); err != nil {
		t.Error(err)
	}
	if err := w.store.WriteDB().Exec("DELETE FROM audit_events").Error; err == nil {
		t.Error("a retention that goes back lets newer events go")
	}
}

func TestAuditLogIsFilteredAndOfOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, foreign, err := w.store.SignUp(w.ctx, "c@example.test", "hash")
	w.must(err)
	ctx := models.By(w.ctx, models.Actor{UserID: "u1", Name: "a\x00@example.test"})
	w.must(w.store.RenameAccount(ctx, w.account.ID, "Acme"))
	for _, c := range []struct {
		account string
		f       models.AuditFilter
		want    int
	}{
		{w.account.ID, models.AuditFilter{}, 3},
		{w.account.ID, models.AuditFilter{Actor: "a\uFFFD@example.test"}, 1},
		{w.account.ID, models.AuditFilter{Action: models.AuditDomainAdded}, 1},
		{w.account.ID, models.AuditFilter{Object: "example.com"}, 1},
		{w.account.ID, models.AuditFilter{Object: "example.com", Actor: "a"}, 0},
		{foreign.ID, models.AuditFilter{}, 1},
		{"", models.AuditFilter{}, 0},
	} {
		n := 0
		w.must(w.store.EachAuditEvent(w.ctx, c.account, c.f, func(models.AuditEvent) error { n++; return nil }))
		c.f.Limit = 10
		_, total, err := w.store.AuditLog(w.ctx, c.account, c.f)
		if err != nil || n != c.want || int(total) != c.want {
			t.Errorf("%+v: %d visited, %d counted, %v", c.f, n, total, err)
		}
	}
}

func TestPasswordChangeIsInTheLogOfAllAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.join("b@example.test", models.Member)
	w.must(w.store.SetPassword(w.ctx, b.ID, "secret hash", nil))
	accounts, err := w.store.AccountsOf(w.ctx, b.ID)
	w.must(err)
	for _, a := range accounts {
		if e := w.audited(a.ID)[0]; e.Action != models.AuditPassword || e.Object != "b@example.test" || strings.Contains(fmt.Sprint(e), "hash") {
			t.Errorf("in %s: %+v", a.Name, e)
		}
	}
}
