package handlers_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// token makes a token of a person's account with the given scopes.
func (w *world) token(p *person, scopes ...models.Scope) string {
	w.t.Helper()
	token, err := hosted.NewAPIToken(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	end := w.clock.Now().Add(90 * 24 * time.Hour)
	_, err = w.store.AddAPIToken(context.Background(), models.APIToken{
		AccountID: p.account.ID, Name: "CI", Start: hosted.APITokenStart(token), TokenHash: hosted.HashAPIToken(token), Scopes: scopes, ExpiresAt: &end, CreatedBy: p.user.ID,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

var allScopes = []models.Scope{models.ScopeRead, models.ScopeWrite, models.ScopeIngest}

// call asks the API. headers are names and values in turn.
func (w *world) call(method, path, token, body string, headers ...string) answer {
	w.t.Helper()
	return w.do(callRequest(method, path, token, body, headers...))
}

func callRequest(method, path, token, body string, headers ...string) *http.Request {
	r := request(method, "/api/v1"+path, nil, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// json reads the body of an answer.
func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %q: %v", a.StatusCode, a.body, err)
	}
	return v
}

// problem is the word for what was wrong, "" when the answer is no problem.
func (a answer) problem(t *testing.T) string {
	t.Helper()
	if a.Header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	p := a.json(t)
	if p["status"] != float64(a.StatusCode) || p["request_id"] != a.Header.Get("X-Request-Id") || p["title"] == "" || p["detail"] == "" {
		t.Errorf("the problem is %v, the status %d", p, a.StatusCode)
	}
	return strings.TrimPrefix(p["type"].(string), "urn:sealpost:problem:")
}

// staged is a world in which every call of the API has something to act on.
type staged struct {
	*world
	owner, other, member *person
	// ids are what stands for :id in a path, by the path; "" is any other.
	ids map[string]string
}

func newStaged(t *testing.T) staged {
	t.Helper()
	s := staged{world: newWorld(t, func(d *handlers.Deps) { d.Limits.APICalls, d.Limits.WrongTokens = 100_000, 100_000 }), ids: map[string]string{}}
	s.owner, s.other, s.member = s.person("owner@example.test"), s.person("other@example.test"), s.person("member@example.test")
	d := s.domain(s.owner, "example.com")
	s.upload("/domains/example.com/reports", s.owner, file{"r.json", report("example.com", "2026-06-14", "one", "90", "10")})
	reports, _, err := s.store.ListReports(t.Context(), s.owner.account.ID, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 10}})
	if err != nil || len(reports) != 1 {
		t.Fatalf("%v, %v", reports, err)
	}
	s.ids["/reports/:id"], s.ids["/reports/:id/original"] = reports[0].ID, reports[0].ID
	s.ids["/deliveries/:id"], s.ids["/deliveries/:id/original"] = reports[0].DeliveryID, reports[0].DeliveryID
	s.ids["DELETE /deliveries/:id"] = s.bring(d, models.ViaUpload, "no report")
	s.ids["/deliveries/:id/replay"] = s.bring(d, models.ViaUpload, "no report either")
	s.ids["/deliveries/:id/accept"] = s.bring(d, models.ViaMail, unsigned("two"))
	s.ids["/deliveries/:id/withdraw"] = s.bring(d, models.ViaMail, unsigned("three"))
	if err := s.store.AcceptDelivery(t.Context(), s.owner.account.ID, s.ids["/deliveries/:id/withdraw"], "owner"); err != nil {
		t.Fatal(err)
	}
	s.settle(s.ids["/deliveries/:id/withdraw"])
	if _, err := s.store.StartSelfTest(t.Context(), s.owner.account.ID, d.Name); err != nil {
		t.Fatal(err)
	}
	link, err := s.store.AddShareLink(t.Context(), d, "team", s.owner.user.ID, []byte("hash"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s.ids["/domains/:name/shares/:id"] = link.ID
	s.ids["/domains/:name/forwards/:id/ask"] = s.forward(d, "https://one.example.org/")
	s.ids["/domains/:name/forwards/:id"] = s.forward(d, "https://two.example.org/")
	s.join(s.member, s.owner.account, models.Member)
	s.ids["/invitations/:id"] = s.invite("asked@example.test")
	s.ids["/members/:id"] = s.member.user.ID
	s.offer(d, "the link of example.com")
	s.offer(s.domain(s.person("giver@example.test"), "given.example"), offeredSecret)
	if err := s.store.ConnectMailbox(t.Context(), models.Mailbox{AccountID: d.AccountID, Host: "imap.example.org", Port: 993, Security: models.MailboxTLS, Username: "box"}, "secret of the box"); err != nil {
		t.Fatal(err)
	}
	return s
}

// offeredSecret is the one that the document gives as its example.
const offeredSecret = "0123456789abcdefghjkmnpqrs"

func (s staged) offer(d models.Domain, secret string) {
	s.t.Helper()
	_, err := s.store.OfferTransfer(s.t.Context(), d, models.NewTransfer{Email: "taker@example.test", Token: secret, Mail: models.NewMail{AccountID: d.AccountID, Recipient: "taker@example.test"}})
	if err != nil {
		s.t.Fatal(err)
	}
}

func unsigned(id string) string {
	return "From: a@sender.example\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + string(report("example.com", "2026-06-13", id, "9", "1"))
}

func (s staged) bring(d models.Domain, via models.Via, raw string) string {
	s.t.Helper()
	n := ingest.Delivery{Via: via, AccountID: d.AccountID, Raw: []byte(raw)}
	if via == models.ViaMail {
		n.DomainID = d.ID
	}
	receipt, err := s.intake.Accept(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	s.settle(receipt.ID)
	return receipt.ID
}

func (s staged) settle(delivery string) {
	s.t.Helper()
	s.intake.Wake()
	if d, err := s.intake.Outcome(s.t.Context(), s.owner.account.ID, delivery, 10*time.Second); err != nil || d.State == models.DeliveryPending {
		s.t.Fatalf("%s is %s, %v", delivery, d.State, err)
	}
}

func (s staged) forward(d models.Domain, target string) string {
	s.t.Helper()
	f, err := s.store.AddForward(s.t.Context(), d.AccountID, d.Name, models.NewForward{Kind: models.ForwardHTTPS, Target: target, Origin: models.ForwardAdded, Secret: "s"})
	if err != nil {
		s.t.Fatal(err)
	}
	return f.ID
}

func (s staged) invite(email string) string {
	s.t.Helper()
	inv, err := s.store.Invite(s.t.Context(), s.owner.account.ID, models.NewInvitation{
		Email: email, Token: email, Role: models.Member, By: models.Owner, Mail: models.NewMail{AccountID: s.owner.account.ID, Recipient: email},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return inv.ID
}

// join makes a person a member of an account.
func (s staged) join(p *person, a models.Account, role models.Role) {
	s.t.Helper()
	_, err := s.db().Exec("INSERT INTO memberships (account_id, user_id, role, created_at) SELECT '" + a.ID + "', user_id, '" + string(role) +
		"', created_at FROM memberships WHERE user_id = '" + p.user.ID + "'")
	if err != nil {
		s.t.Fatal(err)
	}
}

// path fills in the names and ids of a route.
func (s staged) path(method, route string) string {
	id, ok := s.ids[method+" "+route]
	if !ok {
		id = s.ids[route]
	}
	return strings.NewReplacer(":name", "example.com", ":id", id).Replace(route)
}

func jsonText(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
