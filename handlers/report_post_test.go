package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

func TestReportPost(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) {
		d.Intake = intake
		d.Limits.Report.Message = 1000
	})
	owner := w.person("a@example.test")
	d := w.domain(owner, "example.com")
	secret := w.store.ReportSecret(d)
	other := "0" + secret[1:]
	if other == secret {
		other = "1" + secret[1:]
	}
	full, over := strings.Repeat("x", 1000), strings.Repeat("x", 1001)
	for _, c := range []struct {
		what, method, path, body string
		err                      error
		duplicate                bool
		want                     int
	}{
		{what: "stored", body: "{}", want: 201},
		{what: "no report at all", body: "hello", want: 201},
		{what: "as large as may be", body: full, want: 201},
		{what: "stored already", body: "{}", duplicate: true, want: 200},
		{what: "too large", body: over, want: 413},
		{what: "busy", body: "{}", err: ingest.ErrBusy, want: 503},
		{what: "disk full", body: "{}", err: ingest.ErrFull, want: 503},
		{what: "stopping", body: "{}", err: ingest.ErrStopped, want: 503},
		{what: "database broken", body: "{}", err: errors.New("no such table"), want: 503},
		{what: "over quota", body: "{}", err: ingest.ErrOverQuota, want: 429},
		{what: "unknown secret", path: other, body: "{}", want: 404},
		{what: "upper case", path: strings.ToUpper(secret), body: "{}", want: 404},
		{what: "no secret", path: "", body: "{}", want: 404},
		{what: "too short", path: secret[:25], body: "{}", want: 404},
		{what: "with a slash", path: secret + "/", body: "{}", want: 404},
		{what: "with a parameter", path: secret + ";x=1", body: "{}", want: 404},
		{what: "with NUL", path: secret + "%00", body: "{}", want: 404},
		{what: "from a folder", path: "x/../" + secret, body: "{}", want: 404},
		{what: "with a slash before", path: "../..//v1/tlsrpt/" + secret, body: "{}", want: 404},
		{what: "in the query", path: "?" + secret, body: "{}", want: 404},
		{what: "GET", method: "GET", want: 405},
		{what: "HEAD", method: "HEAD", want: 405},
		{what: "PUT", method: "PUT", body: "{}", want: 405},
		{what: "PATCH", method: "PATCH", body: "{}", want: 405},
		{what: "OPTIONS", method: "OPTIONS", want: 405},
		{what: "TRACE", method: "TRACE", want: 405},
		{what: "FOO", method: "FOO", want: 405},
	} {
		intake.err, intake.duplicate = c.err, c.duplicate
		path := hosted.ReportPath + c.path
		if c.path == "" && c.what != "no secret" {
			path += secret
		}
		method := c.method
		if method == "" {
			method = "POST"
		}
		r := request(method, path, owner, strings.NewReader(c.body)) // a cookie, which must not matter
		r.Header.Set("Content-Length", strconv.Itoa(len(c.body)))
		r.Header.Set("Origin", "https://evil.example")
		got := w.do(r)
		if got.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", c.what, got.StatusCode, c.want)
		}
		if retry, _ := strconv.Atoi(got.Header.Get("Retry-After")); (c.want == 503 || c.want == 429) != (retry >= 60 && retry <= 900) {
			t.Errorf("%s: Retry-After %q", c.what, got.Header.Get("Retry-After"))
		}
		if allow := got.Header.Get("Allow"); c.want == 405 && strings.TrimPrefix(allow, "OPTIONS, ") != "POST" {
			t.Errorf("%s: Allow %q", c.what, allow)
		}
		if len(got.Cookies()) != 0 || strings.Contains(got.body, "<") {
			t.Errorf("%s: a machine got a cookie or a page: %.80s", c.what, got.body)
		}
	}
	for _, took := range intake.took {
		if took.Via != models.ViaPost || took.AccountID != owner.account.ID || took.DomainID != d.ID || took.RemoteAddr != "192.0.2.1" {
			t.Errorf("the intake was given %+v", took)
		}
	}
	if log := w.log.String(); strings.Contains(log, secret) || strings.Contains(log, strings.ToUpper(secret)) || !strings.Contains(log, "/v1/tlsrpt/[secret]") {
		t.Error("the secret stands in the log, or the request does not")
	}
}

// TestReportPostOverTheWire speaks HTTP/1.1 itself: what a client library
// would put right must be met here.
func TestReportPostOverTheWire(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) {
		d.Intake = intake
		d.Limits.Report.Message = 1000
	})
	secret := w.store.ReportSecret(w.domain(w.person("a@example.test"), "example.com"))
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	head := "POST /v1/tlsrpt/" + secret + " HTTP/1.1\r\nHost: sealpost.test\r\nConnection: close\r\n"
	for _, c := range []struct {
		what, rest string
		want       int
	}{
		{"no type", "Content-Length: 2\r\n\r\n{}", 201},
		{"a strange type", "Content-Type: text/json; charset=x\r\nContent-Length: 2\r\n\r\n{}", 201},
		{"no length", "\r\n", 411},
		{"empty", "Content-Length: 0\r\n\r\n", 201},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 201},
		{"chunked, too large", "Transfer-Encoding: chunked\r\n\r\n400\r\n" + strings.Repeat("x", 1024) + "\r\n0\r\n\r\n", 413},
		{"announced too large", "Content-Length: 99999999999\r\n\r\n", 413},
		{"gzip passed on as it is", "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", 201},
	} {
		if got := wire(t, server.Listener.Addr().String(), head+c.rest); got.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", c.what, got.StatusCode, c.want)
		}
	}
	if last := intake.took[len(intake.took)-1].Raw; !bytes.Equal(last, []byte("\x1f\x8b\x08\x00")) {
		t.Errorf("the gzip body arrived as %x", last)
	}
}

func wire(t *testing.T, addr, text string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestReportPostIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.person("a@example.test")
	d := w.domain(owner, "example.com")
	path := hosted.ReportPath + w.store.ReportSecret(d)
	body := report("example.com", "2026-06-14", "one", "7", "3")
	post := func() int {
		r := request("POST", path, nil, bytes.NewReader(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return w.do(r).StatusCode
	}
	if got := post(); got != 201 {
		t.Fatalf("the first time: %d", got)
	}
	if got := post(); got != 200 {
		t.Errorf("the second time: %d", got)
	}
	// A body packed twice: by the sender, and once more on the way (Z14).
	body = gzipped(t, gzipped(t, report("example.com", "2026-06-15", "two", "7", "3")))
	r := request("POST", path, nil, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/tlsrpt+gzip")
	r.Header.Set("Content-Encoding", "gzip")
	if got := w.do(r); got.StatusCode != 201 {
		t.Errorf("packed twice: %d", got.StatusCode)
	}
	w.settled(owner, 2)
	deliveries, n, err := w.store.Deliveries(context.Background(), owner.account.ID, models.DeliveryFilter{Limit: 10})
	if err != nil || n != 2 {
		t.Fatalf("%d stored, %v", n, err)
	}
	for _, got := range deliveries {
		if got.State != models.DeliveryCounted || got.Via != models.ViaPost || *got.DomainID != d.ID {
			t.Errorf("stored: %+v", got)
		}
	}
}

// settled waits until n deliveries of an account have been read.
func (w *world) settled(p *person, n int) {
	w.t.Helper()
	deliveries, _, err := w.store.Deliveries(context.Background(), p.account.ID, models.DeliveryFilter{Limit: 100})
	if err != nil || len(deliveries) != n {
		w.t.Fatalf("%d deliveries, want %d: %v", len(deliveries), n, err)
	}
	for _, d := range deliveries {
		if _, err := w.intake.Outcome(context.Background(), p.account.ID, d.ID, time.Minute); err != nil {
			w.t.Fatal(err)
		}
	}
}

// late is a body that the server has waited for in vain.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestReportPostThatComesTooSlowly(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) { d.Intake = intake })
	d := w.domain(w.person("a@example.test"), "example.com")
	r := request("POST", hosted.ReportPath+w.store.ReportSecret(d), nil, io.MultiReader(strings.NewReader("{"), late{}))
	if got := w.do(r); got.StatusCode != 408 || len(intake.took) != 0 {
		t.Errorf("got %d, and %d deliveries", got.StatusCode, len(intake.took))
	}
}

// onRead is a body during which something happens.
type onRead func()

func (f onRead) Read([]byte) (int, error) { f(); return 0, io.EOF }

// A body may take minutes. Who holds a secret that is renewed meanwhile has had
// their last chance before.
func TestReportPostWhoseSecretIsRenewedMeanwhile(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) { d.Intake = intake })
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	renew := onRead(func() {
		if err := w.store.RenewSecret(t.Context(), p.account.ID, d.Name); err != nil {
			t.Error(err)
		}
	})
	r := request("POST", hosted.ReportPath+w.store.ReportSecret(d), nil, io.MultiReader(strings.NewReader("{}"), renew))
	if got := w.do(r); got.StatusCode != 404 || len(intake.took) != 0 {
		t.Errorf("got %d, and %d deliveries", got.StatusCode, len(intake.took))
	}
}

func TestTooManyBodiesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Limits.Memory = 100 })
	d := w.domain(w.person("a@example.test"), "example.com")
	r := request("POST", hosted.ReportPath+w.store.ReportSecret(d), nil, strings.NewReader(strings.Repeat("x", 101)))
	if got := w.do(r); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("got %d", got.StatusCode)
	}
}
