package handlers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	var broken error
	w := newWorld(t, func(d *handlers.Deps) { d.Health = func(context.Context) error { return broken } })
	if got := w.get("/readyz", nil); got.StatusCode != 200 || got.body != "ready\n" {
		t.Errorf("ready: %d %q", got.StatusCode, got.body)
	}
	broken = errors.New("database: password of admin is wrong")
	if got := w.get("/readyz", nil); got.StatusCode != 503 || strings.Contains(got.body, "admin") || !strings.Contains(w.log.String(), "admin") {
		t.Errorf("not ready: %d %q", got.StatusCode, got.body)
	}
	if got := w.get("/healthz", nil); got.StatusCode != 200 || got.body != "ok\n" {
		t.Errorf("alive: %d %q", got.StatusCode, got.body)
	}
}

func TestAPanicIsAnErrorOfOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.ZoneChanged = func() { panic("secret detail") } })
	p := w.person("a@example.test")
	got := w.post("/domains/new", p, "name", "example.com")
	if got.StatusCode != 500 || strings.Contains(got.body, "secret detail") || got.find(t, "error") == "" {
		t.Errorf("got %d", got.StatusCode)
	}
	if log := w.log.String(); !strings.Contains(log, "secret detail") || !strings.Contains(log, got.Header.Get("X-Request-Id")) {
		t.Error("the log does not tell what happened")
	}
	if got := w.get("/overview", p); got.StatusCode != 200 {
		t.Errorf("the next request: %d", got.StatusCode)
	}
}

func TestABrokenDatabaseShowsNothingOfItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Intake = &fakeIntake{} })
	p := w.person("a@example.test")
	w.store.Close()
	for _, path := range []string{"/overview", "/domains/example.com", "/nowhere"} {
		got := w.get(path, p)
		if got.StatusCode < 404 || strings.Contains(got.body, "sql") || got.find(t, "error") == "" {
			t.Errorf("%s: got %d", path, got.StatusCode)
		}
	}
	if got := w.post("/login", nil, "email", "a@example.com", "password", "a long password"); got.StatusCode != 500 {
		t.Errorf("login: %d", got.StatusCode)
	}
	if got := w.get("/login", nil); got.StatusCode != 200 {
		t.Errorf("a page that needs no database: %d", got.StatusCode)
	}
}

func TestTheLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedUp("a@example.com")
	w.post("/login", nil, "email", "a@example.com", "password", "wrong "+password)
	w.get("/login?next=/overview&password="+urlEscape(password), nil)
	w.get("/overview", p)
	log := w.log.String()
	for _, secret := range []string{password, p.cookie.Value, "a@example.com"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
	if strings.Count(log, "msg=request") != 4 {
		t.Errorf("the log has not one line for each request:\n%s", log)
	}
}

func TestStaticFilesAreImmutable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	href, _ := w.get("/login", nil).doc(t).Find(`link[rel="stylesheet"]`).First().Attr("href")
	got := w.get(href, nil)
	if got.StatusCode != 200 || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || len(got.Cookies()) != 0 {
		t.Errorf("%s: %d, %v", href, got.StatusCode, got.Header)
	}
}
