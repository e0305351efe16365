package handlers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	passwordpolicy "github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/static"
)

// world is a site with a database, a clock and an intake of its own.
type world struct {
	t       testing.TB
	url     string
	store   *models.Store
	clock   *testkit.Clock
	handler http.Handler
	log     *lockedBuffer
	intake  handlers.Intake
	zone    int // how often the zone was said to have changed
}

var zone = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}

// newWorld starts a site; change adapts it before.
func newWorld(t *testing.T, change ...func(*handlers.Deps)) *world {
	t.Helper()
	return newWorldAt(t, testkit.DatabaseURL(t), change...)
}

// newWorldAt starts a site on a database that may be there already.
func newWorldAt(t testing.TB, url string, change ...func(*handlers.Deps)) *world {
	t.Helper()
	w := &world{t: t, url: url, clock: testkit.NewClock(), log: &lockedBuffer{}}
	w.store = testkit.OpenStore(t, w.url, w.clock)
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := passwordpolicy.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	d := handlers.Deps{
		Store: w.store, Zone: zone, Assets: assets, BaseURL: mustURL(t, "http://sealpost.test"),
		Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, nil)), Random: rand.Reader,
		Signup: handlers.SignupOpen, Limits: handlers.DefaultLimits(),
		Health:      func(context.Context) error { return nil },
		ZoneChanged: func() { w.zone++ },
		Passwords:   passwords,
	}
	for _, f := range change {
		f(&d)
	}
	if d.Intake == nil {
		d.Intake = patientIntake{w.realIntake()}
	}
	w.intake = d.Intake
	w.handler = handlers.New(d)
	return w
}

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// patientIntake waits for an outcome longer than a person would be let wait: how
// soon it comes depends on what else the machine has to do.
type patientIntake struct{ *ingest.Ingest }

func (p patientIntake) Outcome(ctx context.Context, accountID, id string, wait time.Duration) (models.Delivery, error) {
	return p.Ingest.Outcome(ctx, accountID, id, 30*wait)
}

// realIntake runs ingest until the test ends.
func (w *world) realIntake() *ingest.Ingest {
	in := ingest.New(ingest.Config{
		Store: w.store, Zone: zone, Limits: tlsrpt.DefaultLimits(), Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Holder: "test",
		LookupTXT: func(context.Context, string) ([]string, error) { return nil, errors.New("no DNS in this test") },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		<-done
	})
	return in
}

// lockedBuffer is a log that handlers write and tests read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// person is somebody who is logged in; nil is nobody.
type person struct {
	user    models.User
	account models.Account
	cookie  *http.Cookie
}

// person signs somebody up without the cost of a password.
func (w *world) person(email string) *person {
	w.t.Helper()
	user, account, err := w.store.SignUp(context.Background(), email, "no password fits this")
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{user, account, w.session(user, account)}
}

func (w *world) session(user models.User, account models.Account) *http.Cookie {
	w.t.Helper()
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(token))
	if err := w.store.AddSession(context.Background(), models.NewSession{TokenHash: sum[:], UserID: user.ID, AccountID: account.ID, Life: 30 * 24 * time.Hour}); err != nil {
		w.t.Fatal(err)
	}
	return &http.Cookie{Name: "sealpost", Value: token}
}

func (w *world) domain(p *person, name string) models.Domain {
	w.t.Helper()
	return testkit.Domain(w.t, w.store, p.account, name)
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

func (a answer) doc(t testing.TB) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// find is the text of what carries a test id.
func (a answer) find(t testing.TB, testID string) string {
	t.Helper()
	return strings.TrimSpace(a.doc(t).Find(`[data-testid="` + testID + `"]`).Text())
}

func (a answer) location() string { return a.Header.Get("Location") }

func (a answer) setCookie(name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func request(method, path string, p *person, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, path, body)
	r.Host = "sealpost.test"
	if p != nil {
		r.AddCookie(p.cookie)
	}
	return r
}

func (w *world) get(path string, p *person) answer {
	w.t.Helper()
	return w.do(request(http.MethodGet, path, p, nil))
}

// htmx asks for a fragment.
func (w *world) htmx(method, path string, p *person) answer {
	w.t.Helper()
	r := request(method, path, p, nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

// post sends a form as a browser does. fields are names and values in turn.
func (w *world) post(path string, p *person, fields ...string) answer {
	w.t.Helper()
	return w.do(formRequest(path, p, fields...))
}

func formRequest(path string, p *person, fields ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := request(http.MethodPost, path, p, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// file is a file in an upload.
type file struct {
	name string
	body []byte
}

func (w *world) upload(path string, p *person, files ...file) answer {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range files {
		part, err := form.CreateFormFile("files", f.name)
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = part.Write(f.body)
	}
	form.Close()
	r := request(http.MethodPost, path, p, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

// report is a small report in JSON about a domain and a day.
func report(domain, day, id string, successful, failed string) []byte {
	return []byte(`{"organization-name":"Example Sender","contact-info":"tls@sender.example","report-id":"` + id + `",
"date-range":{"start-datetime":"` + day + `T00:00:00Z","end-datetime":"` + day + `T23:59:59Z"},
"policies":[{"policy":{"policy-type":"sts","policy-domain":"` + domain + `","policy-string":["version: STSv1","mode: enforce"],"mx-host":["mx.` + domain + `"]},
"summary":{"total-successful-session-count":` + successful + `,"total-failure-session-count":` + failed + `},
"failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.7","receiving-mx-hostname":"mx.` + domain + `","failed-session-count":` + failed + `,"failure-reason-code":"X509_V_ERR_CERT_HAS_EXPIRED"}]}]}`)
}

// fakeIntake answers as it is told and remembers what it was given.
type fakeIntake struct {
	notReady  error
	err       error
	duplicate bool

	mu   sync.Mutex
	took []ingest.Delivery
}

func (f *fakeIntake) Ready() error      { return f.notReady }
func (f *fakeIntake) StorageFull() bool { return errors.Is(f.notReady, ingest.ErrFull) }

func (f *fakeIntake) Accept(_ context.Context, d ingest.Delivery) (ingest.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.took = append(f.took, d)
	if f.err != nil {
		return ingest.Receipt{}, f.err
	}
	return ingest.Receipt{ID: models.NewDeliveryID(), Duplicate: f.duplicate}, nil
}

func (f *fakeIntake) Outcome(_ context.Context, _, id string, _ time.Duration) (models.Delivery, error) {
	return models.Delivery{ID: id, State: models.DeliveryPending}, nil
}

func (f *fakeIntake) Wake() {}

// setRole changes what a person may do in their own account. No page does
// that yet, so it is written into the database.
func (w *world) setRole(p *person, role models.Role) {
	w.t.Helper()
	if _, err := w.db().Exec("UPDATE memberships SET role = '" + string(role) + "' WHERE user_id = '" + p.user.ID + "'"); err != nil {
		w.t.Fatal(err)
	}
}

// query reads a row as no page shows it.
func (w *world) query(text string) *sql.Row {
	w.t.Helper()
	return w.db().QueryRow(text)
}

func (w *world) db() *sql.DB {
	w.t.Helper()
	driver, source := "pgx", w.url
	if path, ok := strings.CutPrefix(w.url, "sqlite:"); ok {
		driver, source = "sqlite3", "file:"+path+"?_busy_timeout=10000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	return db
}

func urlEscape(s string) string { return url.QueryEscape(s) }

func jsonRequest(path string, p *person, body string) *http.Request {
	r := request(http.MethodPost, path, p, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}
