package handlers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func TestWhatIsWrongWithACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	token := w.token(p, allScopes...)
	huge := strings.Repeat("x", 300<<10)
	for _, c := range []struct {
		method, path, body string
		code               int
		kind, says         string
	}{
		{"GET", "/nowhere", "", 404, "not-found", "nothing at this address"},
		{"GET", "/domains/%2e%2e", "", 404, "not-found", ""},
		{"PUT", "/domains", "", 405, "method", "Allow"},
		{"OPTIONS", "/domains", "", 405, "method", ""},
		{"TRACE", "/domains", "", 405, "method", ""},
		{"GET", "/domains?form=json", "", 400, "parameter", `"form" is not known here; known are q, state, tag, limit, cursor`},
		{"GET", "/domains/example.com?x=1", "", 400, "parameter", "there is none"},
		{"GET", "/domains?q=a&q=b", "", 400, "parameter", "once only"},
		{"GET", "/domains?q=%zz", "", 400, "parameter", "could not be read"},
		{"GET", "/domains?id[]=1", "", 400, "parameter", "id[]"},
		{"GET", "/domains?state=open", "", 400, "parameter", `does not take "open"; known are pending`},
		{"GET", "/domains?limit=-1", "", 400, "parameter", "from 1 to 200"},
		{"GET", "/domains?limit=0", "", 400, "parameter", "from 1 to 200"},
		{"GET", "/domains?limit=1e9", "", 400, "parameter", "from 1 to 200"},
		{"GET", "/domains?limit=99999999999999999999", "", 400, "parameter", "from 1 to 200"},
		{"GET", "/domains?cursor=abc", "", 400, "parameter", "none of ours"},
		{"GET", "/domains?cursor=" + strings.Repeat("e", 601), "", 400, "parameter", "none of ours"},
		{"GET", "/domains/example.com/stats?group=DROP", "", 400, "parameter", "known are day"},
		{"GET", "/domains/example.com/stats?days=401", "", 400, "parameter", "from 1 to 400"},
		{"GET", "/domains/example.com/stats?days=x", "", 400, "parameter", "from 1 to 400"},
		{"GET", "/domains/example.com/stats?days=3&from=2026-01-01", "", 400, "parameter", "either"},
		{"GET", "/domains/example.com/stats?from=2026-02-30", "", 400, "parameter", "2026-01-31"},
		{"GET", "/domains/example.com/stats?to=2026-01-01", "", 400, "parameter", "beginning"},
		{"GET", "/domains/example.com/stats?from=2026-02-02&to=2026-02-01", "", 400, "parameter", "after the last"},
		{"GET", "/domains/example.com/stats?from=1026-02-02&to=2026-02-01", "", 400, "parameter", "at most"},
		{"GET", "/domains/example.com/stats?group=result&policy=sts", "", 400, "parameter", "cannot be combined"},
		{"GET", "/domains/example.com/reports?from=x", "", 400, "parameter", "2026-01-31"},
		{"POST", "/domains", "{", 400, "body", "not JSON"},
		{"POST", "/domains", `"example.net"`, 400, "body", "one JSON object"},
		{"POST", "/domains", "[]", 400, "body", "one JSON object"},
		{"POST", "/domains", "null", 400, "body", "one JSON object"},
		{"POST", "/domains", `{"name":"example.net"}{}`, 400, "body", "one JSON object"},
		{"POST", "/domains", `{}`, 400, "body", `"name" is missing`},
		{"POST", "/domains", `{"name":"example.net","name":"example.org"}`, 400, "body", "given twice"},
		{"POST", "/domains", `{"name":"example.net","role":"owner"}`, 400, "body", `"role" is not known here; known are name`},
		{"POST", "/domains", `{"Name":"example.net"}`, 400, "body", `"name" is missing`},
		{"POST", "/domains", `{"name":7}`, 400, "body", "must be a text"},
		{"POST", "/domains", `{"name":null}`, 400, "body", "must be a text"},
		{"POST", "/domains", "{\"name\":\"\xff\"}", 400, "body", "UTF-8"},
		{"POST", "/domains", `{"name":"` + huge + `"}`, 413, "too-large", "larger"},
		{"POST", "/domains", `{"name":"com"}`, 422, "name", "com"},
		{"POST", "/domains", `{"name":"example.com"}`, 409, "exists", "already"},
		{"POST", "/domains/bulk", `{"names":[]}`, 400, "body", "one to 500"},
		{"POST", "/domains/bulk", `{"names":"example.net"}`, 400, "body", "list of texts"},
		{"POST", "/domains/example.com/shares", `{"name":"x","days":3}`, 400, "body", "how long"},
		{"POST", "/domains/example.com/shares", `{"name":"x","days":"30"}`, 400, "body", "whole number"},
		{"POST", "/domains/example.com/forwards", `{"target":"a@b, c@d"}`, 400, "body", "Enter a mail address"},
		{"POST", "/domains/example.com/forwards", `{"target":"https://reports.example/","from_record":true}`, 400, "body", "does not name"},
		{"PATCH", "/members/" + p.user.ID, `{"role":"member"}`, 403, "forbidden", "owners are made"},
		{"PATCH", "/members/" + p.user.ID, `{"role":"king"}`, 400, "body", "must be manager"},
		{"DELETE", "/members/" + p.user.ID, "", 403, "forbidden", "owners are made"},
		{"POST", "/invitations", `{"email":"x","role":"member"}`, 400, "body", "e-mail address"},
		{"POST", "/invitations", `{"email":"b@example.org","role":"owner"}`, 403, "forbidden", "owners are made"},
		{"POST", "/invitations", `{"email":"a@example.test","role":"member"}`, 409, "exists", "member already"},
		{"POST", "/deliveries", "", 411, "length", "Content-Length"},
		{"GET", "/reports/" + models.NewDeliveryID(), "", 404, "not-found", ""},
	} {
		got := w.call(c.method, c.path, token, c.body)
		kind := got.problem(t)
		if got.StatusCode != c.code || kind != c.kind || !strings.Contains(fmt.Sprint(got.json(t)["detail"]), c.says) {
			t.Errorf("%s %s %.60s: %d %s", c.method, c.path, c.body, got.StatusCode, got.body)
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"} {
		if got := w.call("POST", "/domains", token, `{"name":"example.net"}`, "Content-Type", kind); got.StatusCode != 415 || got.problem(t) != "media-type" {
			t.Errorf("with the type %q: %d", kind, got.StatusCode)
		}
	}
}

// The catalogue of names against the API.
func TestNamesInTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.APICalls = 1000 })
	for _, n := range testkit.Names(zone.Name) {
		p := w.person(strings.ToLower(n.ID) + models.NewDeliveryID() + "@example.test")
		got := w.call("POST", "/domains", w.token(p, models.ScopeWrite), `{"name":`+jsonText(t, n.Typed)+`}`)
		if n.Says == "" {
			if name := got.json(t)["name"]; got.StatusCode != 201 || name != n.Want || !strings.HasSuffix(got.location(), "/api/v1/domains/"+n.Want) {
				t.Errorf("%s %q: %d %v at %s", n.ID, n.Typed, got.StatusCode, name, got.location())
			}
			continue
		}
		if got.problem(t) != "name" || got.StatusCode != 422 || !strings.Contains(fmt.Sprint(got.json(t)["detail"]), n.Says) {
			t.Errorf("%s %q: %d %s; want %q", n.ID, n.Typed, got.StatusCode, got.body, n.Says)
		}
	}
}

// Pages follow each other without a gap or a double, whatever arrives.
func TestPagesOfALongList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	token := w.token(p, allScopes...)
	for i := range 7 {
		w.domain(p, fmt.Sprintf("d%d.example", i))
	}
	for i := range 7 {
		day := fmt.Sprintf("2026-06-%02d", 8+i/2)
		if got := w.call("POST", "/deliveries", token, string(report("d0.example", day, fmt.Sprint("r", i), "9", "1"))); got.json(t)["state"] != "counted" {
			t.Fatalf("%d %s", got.StatusCode, got.body)
		}
	}
	for _, c := range []struct{ path, list, key string }{
		{"/domains?limit=3", "domains", "name"}, {"/reports?limit=3", "reports", "id"}, {"/domains/d0.example/reports?limit=3", "reports", "id"},
		{"/domains/d0.example/reports?from=2026-06-01&to=2026-06-14&reporter=sender.example&limit=3", "reports", "id"}, {"/deliveries?state=counted&limit=3", "deliveries", "id"},
	} {
		seen := map[any]bool{}
		pages := 0
		for next := c.path; next != ""; pages++ {
			got := w.call("GET", next, token, "")
			page := got.json(t)
			for _, row := range page[c.list].([]any) {
				key := row.(map[string]any)[c.key]
				if seen[key] {
					t.Errorf("%s gives %v twice", c.path, key)
				}
				seen[key] = true
			}
			next = strings.TrimPrefix(strings.TrimSuffix(got.Header.Get("Link"), `>; rel="next"`), "<http://sealpost.test/api/v1")
			if cursor, more := page["next_cursor"].(string); more != (next != "") || more && !strings.Contains(next, cursor) {
				t.Errorf("%s: next_cursor %v, Link %q", c.path, page["next_cursor"], next)
			}
			if pages == 0 {
				w.newcomers(p, token)
			}
			if pages > 10 {
				t.Fatalf("%s never ends", c.path)
			}
		}
		if len(seen) < 7 || pages < 3 {
			t.Errorf("%s gives %d rows on %d pages", c.path, len(seen), pages)
		}
	}
}

// newcomers arrive while somebody turns the pages.
func (w *world) newcomers(p *person, token string) {
	w.t.Helper()
	w.clock.Advance(time.Second)
	id := models.NewDeliveryID()
	w.domain(p, "a"+id+".example")
	w.call("POST", "/deliveries", token, string(report("d0.example", "2026-06-14", id, "9", "1")))
}

func TestStatsCountAsThePagesDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	token := w.token(p, allScopes...)
	w.call("POST", "/deliveries", token, string(report("example.com", "2026-06-14", "one", "90", "10")))
	for _, c := range []struct{ query, want string }{
		{"from=2026-06-13&to=2026-06-14", `{"domain":"example.com","from":"2026-06-13","to":"2026-06-14","group":"day","totals":{"successful":90,"failed":10,"reports":1},"rows":[{"day":"2026-06-13","successful":null,"failed":null},{"day":"2026-06-14","successful":90,"failed":10}]}`},
		{"days=2&group=reporter", `"rows":[{"reporter":"sender.example","successful":90,"failed":10}]}`},
		{"days=2&group=result", `"rows":[{"result_type":"certificate-expired","successful":null,"failed":10}]}`},
		{"days=2&group=mx", `"rows":[{"receiving_mx":"mx.example.com","successful":null,"failed":10}]}`},
		{"days=2&group=ip", `"rows":[{"sending_network":"192.0.2.0/24","successful":null,"failed":10}]}`},
		{"days=2&group=policy", `"rows":[{"policy_type":"sts","mode":"enforce","successful":90,"failed":10}]}`},
		{"days=2&mx=mx.example.com", `"totals":{"successful":null,"failed":10,"reports":1},"rows":[{"day":"2026-06-14","successful":null,"failed":10}`},
		{"days=2&reporter=nobody", `"totals":{"successful":0,"failed":0,"reports":0}`},
	} {
		if got := w.call("GET", "/domains/example.com/stats?"+c.query, token, ""); got.StatusCode != 200 || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %d %s\nwant %s", c.query, got.StatusCode, got.body, c.want)
		}
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	token := w.token(p, allScopes...)
	add := func(key, body string) answer { return w.call("POST", "/domains", token, body, "Idempotency-Key", key) }
	one, again := add("k", `{"name":"one.example"}`), add("k", `{"name":"one.example"}`)
	if one.StatusCode != 201 || again.StatusCode != 201 || one.body != again.body || one.location() != again.location() ||
		again.Header.Get("Idempotency-Replayed") != "true" || one.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("%d %s, then %d %s", one.StatusCode, one.body, again.StatusCode, again.body)
	}
	if got := add("k", `{"name":"two.example"}`); got.StatusCode != 422 || got.problem(t) != "idempotency-reuse" {
		t.Errorf("another body: %d %s", got.StatusCode, got.body)
	}
	if got := add("f", `{"name":"com"}`); got.StatusCode != 422 {
		t.Errorf("a refused name: %d", got.StatusCode)
	}
	if got := add("f", `{"name":"two.example"}`); got.StatusCode != 201 {
		t.Errorf("a key whose call has failed: %d %s", got.StatusCode, got.body)
	}
	for _, bad := range []string{"", strings.Repeat("k", 256), "ä"} {
		if got := add(bad, `{"name":"three.example"}`); bad != "" && got.StatusCode != 400 {
			t.Errorf("the key %q: %d", bad, got.StatusCode)
		}
	}
	link := `{"name":"team","days":30}`
	first := w.call("POST", "/domains/one.example/shares", token, link, "Idempotency-Key", "s")
	second := w.call("POST", "/domains/one.example/shares", token, link, "Idempotency-Key", "s")
	if first.StatusCode != 201 || first.body != second.body || second.Header.Get("Etag") != "" {
		t.Errorf("a link: %s, then %s", first.body, second.body)
	}
	w.clock.Advance(models.APIReplayLife)
	if got := add("k", `{"name":"one.example"}`); got.StatusCode != 409 || got.problem(t) != "exists" {
		t.Errorf("a day later: %d %s", got.StatusCode, got.body)
	}
}

// A member limited to tags does not learn by its key what others were answered
// about what is out of sight, even with a token that could ask for it before.
func TestIdempotencyKeysOfWhoSeesAPart(t *testing.T) {
	t.Parallel()
	l := newLimited(t)
	l.limit()
	link := `{"name":"team","days":30}`
	share := func(key string) answer {
		return l.call("POST", "/domains/example.com/shares", l.token, link, "Idempotency-Key", key)
	}
	if got := share("k"); got.StatusCode != 201 {
		t.Fatalf("without a limit: %d %s", got.StatusCode, got.body)
	}
	l.limit("net")
	for key, want := range map[string]int{"k": 422, "another": 404} {
		if got := share(key); got.StatusCode != want || strings.Contains(got.body, "/shared/") {
			t.Errorf("the key %q: %d %s", key, got.StatusCode, got.body)
		}
	}
}

// Of many calls with one key at once, one makes something.
func TestIdempotencyKeysInARace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "one.example")
	token := w.token(p, allScopes...)
	codes := make(chan int, 10)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			codes <- w.call("POST", "/domains/one.example/shares", token, `{"name":"team","days":30}`, "Idempotency-Key", "k").StatusCode
		})
	}
	wg.Wait()
	close(codes)
	for code := range codes {
		if code != 201 && code != 409 {
			t.Errorf("got %d", code)
		}
	}
	if links, err := w.store.ShareLinks(t.Context(), d); err != nil || len(links) != 1 {
		t.Errorf("%d links were made, %v", len(links), err)
	}
}

func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.APICalls = 3 })
	p := w.person("a@example.test")
	token, other := w.token(p, models.ScopeRead), w.token(p, models.ScopeRead)
	for _, left := range []string{"2", "1", "0"} {
		got := w.call("GET", "/account", token, "")
		if got.StatusCode != 200 || got.Header.Get("RateLimit") != `"token";r=`+left+`;t=60` || got.Header.Get("RateLimit-Policy") != `"token";q=3;w=60` {
			t.Errorf("%d, %s, %s", got.StatusCode, got.Header.Get("RateLimit"), got.Header.Get("RateLimit-Policy"))
		}
	}
	w.clock.Advance(20 * time.Second)
	got := w.call("GET", "/account", token, "")
	if got.StatusCode != 429 || got.Header.Get("Retry-After") != "40" || got.problem(t) != "too-often" || got.Header.Get("RateLimit") != `"token";r=0;t=40` {
		t.Errorf("beyond it: %d, Retry-After %s, %s", got.StatusCode, got.Header.Get("Retry-After"), got.body)
	}
	if got := w.call("GET", "/account", other, ""); got.StatusCode != 200 {
		t.Errorf("another token: %d", got.StatusCode)
	}
	w.clock.Advance(40 * time.Second)
	if got := w.call("GET", "/account", token, ""); got.StatusCode != 200 {
		t.Errorf("in the next minute: %d", got.StatusCode)
	}
}

// Whoever tries tokens is slowed down with their network; a program that was
// there before goes on.
func TestWrongTokensAreThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.WrongTokens = 3 })
	p := w.person("a@example.test")
	known, fresh := w.token(p, models.ScopeRead), w.token(p, models.ScopeRead)
	if got := w.call("GET", "/account", known, ""); got.StatusCode != 200 {
		t.Fatalf("%d", got.StatusCode)
	}
	wrong := w.token(p, models.ScopeRead)
	if _, err := w.db().Exec("DELETE FROM api_tokens WHERE id NOT IN (SELECT id FROM api_tokens ORDER BY created_at, id LIMIT 2)"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{401, 401, 401, 429, 429} {
		got := w.call("GET", "/account", wrong, "")
		if got.StatusCode != want || (want == 429) != (got.Header.Get("Retry-After") != "") {
			t.Errorf("try %d: %d", i, got.StatusCode)
		}
	}
	elsewhere := callRequest("GET", "/account", fresh, "")
	elsewhere.RemoteAddr = "198.51.100.7:1234"
	if got := w.do(elsewhere); got.StatusCode != 200 {
		t.Errorf("from another network: %d", got.StatusCode)
	}
	if got := w.call("GET", "/account", known, ""); got.StatusCode != 200 {
		t.Errorf("a token that was used before: %d", got.StatusCode)
	}
	w.clock.Advance(5 * time.Second)
	if got := w.call("GET", "/account", wrong, ""); got.StatusCode != 401 {
		t.Errorf("after the pause: %d", got.StatusCode)
	}
}

func TestBringingReportsByTheAPI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code int
	}{{ingest.ErrOverQuota, 429}, {ingest.ErrFull, 503}, {ingest.ErrBusy, 503}} {
		w := newWorld(t, func(d *handlers.Deps) { d.Intake = &fakeIntake{err: c.err} })
		got := w.call("POST", "/deliveries", w.token(w.person("a@example.test"), models.ScopeIngest), "{}")
		if got.StatusCode != c.code || got.Header.Get("Retry-After") == "" || got.problem(t) == "" {
			t.Errorf("%v: %d", c.err, got.StatusCode)
		}
	}
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.Report.Message = 1000 })
	p := w.person("a@example.test")
	token := w.token(p, models.ScopeIngest)
	for _, c := range []struct {
		body string
		code int
	}{{"no report", 201}, {strings.Repeat("x", 1000), 201}, {strings.Repeat("x", 1001), 413}} {
		if got := w.call("POST", "/deliveries?file_name=..%2f%0d%0ax", token, c.body); got.StatusCode != c.code {
			t.Errorf("%d bytes: %d %s", len(c.body), got.StatusCode, got.body)
		}
	}
}

// Names and texts from outside stay what they are in JSON, and do nothing.
func TestHostileTextsInTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	token := w.token(p, allScopes...)
	evil := `<script>alert(1)</script>=HYPERLINK("x")`
	made := w.call("POST", "/domains/example.com/shares", token, `{"name":`+jsonText(t, evil)+`,"days":7}`)
	if made.json(t)["share"].(map[string]any)["name"] != evil || strings.Contains(made.body, "<script") {
		t.Errorf("%s", made.body)
	}
	w.call("POST", "/deliveries", token, strings.Replace(string(report("example.com", "2026-06-14", "one", "9", "1")), "Example Sender", `<img src=x>\u0000\ud800`, 1))
	for _, path := range []string{"/reports", "/domains/example.com/reports"} {
		if got := w.call("GET", path, token, ""); got.StatusCode != 200 || strings.Contains(got.body, "<img") || !strings.Contains(got.body, "img src=x") {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	if log := w.log.String(); strings.Contains(log, token) || strings.Contains(log, "script") {
		t.Error("the log has the token or a text from outside")
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	for i := range 10 {
		w.domain(p, fmt.Sprintf("d%d.example", i))
	}
	got := w.call("GET", "/domains", w.token(p, models.ScopeRead), "", "Accept-Encoding", "gzip")
	if got.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.Header.Get("Vary"), "Accept-Encoding") || !strings.HasPrefix(got.Header.Get("Etag"), "W/") {
		t.Errorf("%v", got.Header)
	}
}

func TestTheLastUseIsShownOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.call("GET", "/account", w.token(p, models.ScopeRead), "")
	if row := w.get("/settings/tokens", p).doc(t).Find(`[data-testid="token-row"]`); row.Find(`time[datetime="2026-06-15"]`).Length() != 2 {
		t.Errorf("the list says %q", row.Text())
	}
}

// The name of a token is free text: no stranger gets it by mail from us.
func TestInvitationsByTheAPIShowNoFreeText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.SendsMail = true })
	got := w.call("POST", "/invitations", w.token(w.person("a@example.test"), models.ScopeWrite), `{"email":"b@example.org","role":"member"}`)
	if got.StatusCode != 201 || got.json(t)["link"] != nil {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	mails, err := w.store.RecentMails(t.Context(), 10)
	if err != nil || len(mails) != 1 || !strings.HasPrefix(mails[0].Text, "A program invites you") || strings.Contains(mails[0].Text, "CI") {
		t.Errorf("%+v, %v", mails, err)
	}
}
