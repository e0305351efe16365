package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// visits are what each kind of visitor gets.
type visits struct{ anonymous, owner, other int }

// access says for every route what each kind of visitor gets. A route that is
// not in it fails the test. {name}, {report} and {delivery} are the owner's.
var access = map[string]visits{
	"GET /":           {200, 303, 303},
	"GET /signup":     {200, 200, 200},
	"POST /signup":    {400, 400, 400},
	"GET /login":      {200, 303, 303},
	"POST /login":     {401, 401, 401},
	"POST /logout":    {303, 303, 303},
	"GET /login/code": {303, 303, 303}, "POST /login/code": {401, 401, 401}, // nothing was begun
	"GET /login/sso": {404, 404, 404}, "GET /login/sso/callback": {404, 404, 404}, // none is configured
	"POST /login/passkey/begin": {200, 200, 200}, "POST /login/passkey": {401, 401, 401},
	"POST /settings/signing-in/passkeys": {303, 400, 400}, "POST /settings/signing-in/passkeys/begin": {303, 400, 400},
	"POST /settings/signing-in/passkeys/:id": {303, 400, 400}, "POST /settings/signing-in/passkeys/:id/remove": {303, 400, 400},
	"GET /settings/signing-in":     {303, 200, 200},
	"GET /settings/signing-in/app": {303, 303, 303}, "POST /settings/signing-in/app": {303, 303, 303}, // nothing is offered
	"POST /settings/signing-in/app/offer":  {303, 400, 400},
	"POST /settings/signing-in/app/remove": {303, 400, 400},
	"POST /settings/signing-in/codes":      {303, 400, 400},
	"POST /settings/members/two-factors":   {303, 303, 303},

	"POST /theme":  {303, 303, 303},
	"GET /static/": {404, 404, 404}, "GET /static/*": {404, 404, 404},
	"GET /tools/check":               {200, 200, 200},
	"GET /tools/generate":            {200, 200, 200},
	"GET /tools/analyze":             {200, 200, 200},
	"POST /tools/analyze":            {400, 400, 400},
	"GET /robots.txt":                {200, 200, 200},
	"GET /sitemap.xml":               {200, 200, 200},
	"GET /healthz":                   {200, 200, 200},
	"GET /readyz":                    {200, 200, 200},
	"POST /v1/tlsrpt/:secret":        {404, 404, 404},
	"GET /share/:token":              {404, 404, 404},
	"GET /share/:token/export/:file": {404, 404, 404},
	"GET /overview/export/:file":     {303, 200, 200},
	"GET /failures/export/:file":     {303, 404, 404}, // trend.csv is none of their files; see exports_test.go
	"GET /reports/export/:file":      {303, 404, 404},
	"GET /deliveries/export/:file":   {303, 404, 404},
	"GET /reporters/export/:file":    {303, 404, 404},
	"GET /domains/export/:file":      {303, 404, 404},
	"GET /reports/:id/export/:file":  {303, 404, 404},
	"GET /overview":                  {303, 200, 200},
	"GET /failures":                  {303, 200, 200},
	"GET /reports":                   {303, 200, 200},
	"POST /reports":                  {303, 400, 400},
	"GET /deliveries":                {303, 200, 200},
	"GET /quarantine":                {303, 200, 200},
	"GET /settings/account":          {303, 200, 200},
	"GET /domains":                   {303, 200, 200},
	"GET /domains/new":               {303, 200, 200},
	"POST /domains/new":              {303, 400, 400},
	"GET /domains/:name":             {303, 200, 404},
	"GET /domains/bulk":              {303, 200, 200},
	"POST /domains/bulk":             {303, 400, 400},
	"POST /domains/tags":             {303, 400, 400},
	"GET /domains/pending":           {303, 200, 200},
	"GET /reports/:id":               {303, 200, 404},
	"GET /reports/:id/raw":           {303, 200, 404},
	"POST /domains/:name/delete":     {303, 400, 404},

	"GET /reporters":                {303, 200, 200},
	"POST /reporters/block":         {303, 404, 404},
	"POST /reporters/unblock":       {303, 404, 404},
	"GET /deliveries/:id":           {303, 200, 404},
	"POST /deliveries/:id/accept":   {303, 409, 404}, // it counts already
	"POST /deliveries/:id/withdraw": {303, 409, 404},
	"POST /deliveries/:id/replay":   {303, 409, 404},
	"POST /deliveries/:id/delete":   {303, 409, 404},

	"POST /settings/account/password": {303, 400, 400},
	"GET /domains/:name/failures":     {303, 200, 404},
	"GET /domains/:name/reports":      {303, 200, 404},
	"POST /domains/:name/reports":     {303, 400, 404},
	"GET /domains/:name/setup":        {303, 200, 404},
	"GET /domains/:name/setup/panel":  {303, 303, 404},
	"POST /domains/:name/check":       {303, 303, 404},
	"GET /domains/:name/settings":     {303, 200, 404},
	"GET /forwards/:secret":           {404, 404, 404}, "POST /forwards/:secret": {404, 404, 404},
	"GET /domains/:name/self-test":            {303, 303, 404},
	"POST /domains/:name/self-test":           {303, 303, 404},
	"GET /domains/:name/forwards":             {303, 200, 404},
	"POST /domains/:name/forwards":            {303, 400, 404},
	"POST /domains/:name/forwards/:id/ask":    {303, 404, 404},
	"POST /domains/:name/forwards/:id/delete": {303, 404, 404},
	"POST /domains/:name/settings/tags":       {303, 303, 404},
	"POST /domains/:name/settings/secret":     {303, 400, 404},
	"GET /deliveries/:id/original":            {303, 200, 404},
	"GET /domains/:name/setup/history":        {303, 200, 404},
	"GET /domains/export/cnames.csv":          {303, 200, 200},
	"GET /domains/export/cnames.zone":         {303, 200, 200},
	"GET /domains/:name/days/:day":            {303, 200, 404},
	"GET /domains/:name/export/:file":         {303, 200, 404},
	"GET /domains/:name/shares":               {303, 200, 404},
	"POST /domains/:name/shares":              {303, 400, 404},

	"POST /domains/:name/shares/:id/delete": {303, 404, 404},
	"GET /settings/mailbox":                 {303, 200, 200},
	"GET /settings/mailbox/panel":           {303, 303, 303},
	"POST /settings/mailbox":                {303, 400, 400},
	"POST /settings/mailbox/state":          {303, 400, 400},
	"GET /settings/tokens":                  {303, 200, 200},
	"POST /settings/tokens":                 {303, 400, 400},
	"POST /settings/tokens/:id/revoke":      {303, 404, 404},
	"GET /settings/audit":                   {303, 200, 200},
	"GET /settings/audit/export/:file":      {303, 404, 404}, // trend.csv is none of its files
	"GET /reset":                            {200, 200, 200},
	"POST /reset":                           {403, 403, 403}, // no mail is sent
	"GET /signup/:secret":                   {404, 404, 404},
	"POST /signup/:secret":                  {404, 404, 404},
	"GET /reset/:secret":                    {404, 404, 404},
	"POST /reset/:secret":                   {404, 404, 404},
	"GET /email/:secret":                    {404, 404, 404},
	"POST /email/:secret":                   {404, 404, 404},
	"POST /settings/account/email":          {303, 400, 400},
	"POST /settings/sessions/end-others":    {303, 303, 303},
	"POST /settings/sessions/:id/end":       {303, 404, 404},
	"GET /accounts":                         {303, 200, 200},
	"POST /accounts":                        {303, 400, 400},
	"POST /accounts/open":                   {303, 404, 404},
	"GET /settings/members":                 {303, 200, 200},
	"POST /settings/members":                {303, 400, 400},
	"POST /settings/members/leave":          {303, 409, 409}, // the only owner stays
	"POST /settings/members/name":           {303, 400, 400},
	"GET /settings/closing":                 {303, 200, 200},
	"POST /settings/closing":                {303, 400, 400},
	"POST /settings/closing/take-back":      {303, 409, 409}, // it is not being deleted
	"POST /settings/members/:id":            {303, 404, 404},
	"GET /settings/members/:id/remove":      {303, 404, 404},
	"POST /settings/members/:id/remove":     {303, 404, 404},
	"POST /settings/invitations/:id/delete": {303, 404, 404},
	"POST /domains/:name/transfer":          {303, 400, 404},
	"POST /domains/:name/transfer/withdraw": {303, 404, 404},
	"GET /transfers/:secret":                {404, 404, 404},
	"POST /transfers/:secret":               {404, 404, 404},
	"GET /invitations/:secret":              {404, 404, 404},
	"POST /invitations/:secret":             {404, 404, 404},
}

// furnished is a world with an owner of a domain that has one report, and
// somebody else.
type furnished struct {
	*world
	owner, other *person
	report       models.Report
}

func newFurnished(t *testing.T) furnished {
	t.Helper()
	f := furnished{world: newWorld(t)}
	f.owner, f.other = f.person("owner@example.test"), f.person("other@example.test")
	f.domain(f.owner, "example.com")
	f.upload("/domains/example.com/reports", f.owner, file{"r.json", report("example.com", "2026-06-14", "one", "90", "10")})
	rows, _, err := f.store.ListReports(context.Background(), f.owner.account.ID, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 10}})
	if err != nil || len(rows) != 1 {
		t.Fatalf("the report was not counted: %v, %v", rows, err)
	}
	f.report = rows[0].Report
	return f
}

func (f furnished) path(route string) string {
	id := f.report.ID
	if strings.HasPrefix(route, "/deliveries/") {
		id = f.report.DeliveryID
	}
	return strings.NewReplacer(":name", "example.com", ":id", id, ":day", "2026-06-14", ":file", "trend.csv", ":token", strings.Repeat("A", 43), ":secret", strings.Repeat("0", 26), "*", "x.css").Replace(route)
}

// visit asks for a route in a session of its own, as some of them end sessions.
func (f furnished) visit(method, route string, p *person) answer {
	if p != nil {
		p = &person{p.user, p.account, f.session(p.user, p.account)}
	}
	if method == http.MethodPost {
		return f.post(f.path(route), p)
	}
	return f.do(request(method, f.path(route), p, nil))
}

func checkHeaders(t *testing.T, what string, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":              "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
		"Strict-Transport-Security":    "",
	} {
		if got := a.Header.Get(name); got != want && !strings.HasPrefix(got, want+"; sandbox") {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	if a.Header.Get("Permissions-Policy") == "" || len(a.Header.Get("X-Request-Id")) != 16 {
		t.Errorf("%s lacks a Permissions-Policy or a request id", what)
	}
}

func TestWhatIsNotYoursLooksLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	id, delivery := f.report.ID, f.report.DeliveryID
	missing := models.NewDeliveryID()
	stripped := func(a answer) string {
		doc := a.doc(t)
		doc.Find("code, input[name=next]").Remove() // the request id and the path that was asked for
		text, _ := doc.Html()
		return text
	}
	for _, c := range []struct{ theirs, none string }{
		{"/reports/" + id, "/reports/" + missing},
		{"/reports/" + id + "/raw", "/reports/" + missing + "/raw"},
		{"/deliveries/" + delivery + "/original", "/deliveries/" + missing + "/original"},
		{"/domains/example.com", "/domains/example.net"},
		{"/domains/example.com/settings", "/domains/example.net/settings"},
		{"/reports/" + id, "/reports/" + strings.ToUpper(id)},
		{"/reports/" + id, "/reports/0"},
		{"/reports/" + id, "/reports/-1"},
		{"/reports/" + id, "/reports/9999999999999999999"},
		{"/reports/" + id, "/reports/null"},
		{"/reports/" + id, "/reports/%00"},
		{"/domains/example.com", "/domains/%00"},
		{"/domains/example.com", "/domains/%ff.com"},
		{"/domains/example.com", "/domains/EXAMPLE.com"},
		{"/domains/example.com", "/domains/" + strings.Repeat("a", 4000)},
	} {
		theirs, none := f.get(c.theirs, f.other), f.get(c.none, f.other)
		if theirs.StatusCode != 404 || none.StatusCode != 404 {
			t.Errorf("%s gives %d, %s gives %d", c.theirs, theirs.StatusCode, c.none, none.StatusCode)
		}
		if stripped(theirs) != stripped(none) {
			t.Errorf("%s and %s give different pages", c.theirs, c.none)
		}
	}
}

func TestRolesBoundWhatAMemberMayDo(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	d := f.path("/domains/:name")
	for _, c := range []struct {
		role models.Role
		path string
		want int
	}{
		{models.ReadOnly, d + "/check", 403},
		{models.ReadOnly, d + "/reports", 403},
		{models.ReadOnly, "/reports", 403},
		{models.Member, "/settings/mailbox", 403},
		{models.Member, "/settings/mailbox/state", 403},
		{models.ReadOnly, d + "/delete", 403},
		{models.ReadOnly, "/domains/new", 403},
		{models.Member, d + "/check", 303},
		{models.Member, d + "/settings/secret", 403},
		{models.Manager, d + "/settings/secret", 400},
		{models.Manager, "/domains/new", 400},
		{models.Role("surprise"), d + "/check", 403},
	} {
		f.setRole(f.owner, c.role)
		if got := f.post(c.path, f.owner); got.StatusCode != c.want {
			t.Errorf("%s posts to %s: got %d, want %d", c.role, c.path, got.StatusCode, c.want)
		}
	}
	f.setRole(f.owner, models.ReadOnly)
	settings := f.get(d+"/settings", f.owner).doc(t)
	if n := settings.Find(`main form[method="post"]`).Length(); n != 0 {
		t.Errorf("a read-only member is shown %d forms", n)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	for _, c := range []struct {
		method, path string
		who          *person
		want         int
		allow        string
	}{
		{"GET", "/nowhere", nil, 404, ""},
		{"GET", "/nowhere", p, 404, ""},
		{"GET", "/domains/example.com/nowhere", p, 404, ""},
		{"OPTIONS", "/nowhere", nil, 404, ""},
		{"GET", "/logout", p, 405, "POST"},
		{"OPTIONS", "/logout", nil, 405, "POST"},
		{"TRACE", "/", nil, 405, "GET, HEAD"},
		{"DELETE", "/domains", nil, 405, "GET, HEAD"},
		{"FOO", "/login", nil, 405, "GET, HEAD, POST"},
	} {
		r := request(c.method, c.path, c.who, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		got := w.do(r)
		allow := strings.TrimPrefix(got.Header.Get("Allow"), "OPTIONS, ")
		if got.StatusCode != c.want || allow != c.allow && !sameSet(allow, c.allow) {
			t.Errorf("%s %s: got %d, Allow %q", c.method, c.path, got.StatusCode, got.Header.Get("Allow"))
		}
		if got.find(t, "error") == "" || !strings.Contains(got.body, got.Header.Get("X-Request-Id")) {
			t.Errorf("%s %s: no error page with its request id", c.method, c.path)
		}
	}
}

func sameSet(a, b string) bool {
	seen := map[string]bool{}
	for _, m := range strings.Split(a, ", ") {
		seen[m] = true
	}
	parts := strings.Split(b, ", ")
	for _, m := range parts {
		if !seen[m] {
			return false
		}
	}
	return len(parts) == len(seen)
}
