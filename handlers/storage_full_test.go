package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
)

// unread is a body that nobody may look at.
type unread struct{}

func (unread) Read([]byte) (int, error) { return 0, errors.New("the body was read") }

// G4, G41: who cannot be served is told before the body is read, and when to
// come back; the pages say why nothing arrives.
func TestNotReady(t *testing.T) {
	t.Parallel()
	intake := &fakeIntake{}
	w := newWorld(t, func(d *handlers.Deps) { d.Intake = intake })
	owner := w.person("a@example.test")
	secret := w.store.ReportSecret(w.domain(owner, "example.com"))
	banner := func(p *person) int {
		return w.do(request("GET", "/nowhere", p, nil)).doc(t).Find(`[data-testid="storage-full"]`).Length()
	}
	if banner(owner) != 0 {
		t.Error("the banner shows although there is room")
	}
	for _, err := range []error{ingest.ErrFull, ingest.ErrBusy, ingest.ErrStopped} {
		intake.notReady = err
		seen := map[string]bool{}
		for range 20 {
			r := request("POST", hosted.ReportPath+secret, nil, io.NopCloser(unread{}))
			r.Header.Set("Content-Length", "2")
			got := w.do(r)
			retry, _ := strconv.Atoi(got.Header.Get("Retry-After"))
			if got.StatusCode != http.StatusServiceUnavailable || retry < 60 || retry > 900 {
				t.Fatalf("%v: %d, Retry-After %q", err, got.StatusCode, got.Header.Get("Retry-After"))
			}
			seen[got.Header.Get("Retry-After")] = true
		}
		if len(seen) == 1 {
			t.Errorf("%v: all senders are told to come back at the same time", err)
		}
	}
	intake.notReady = ingest.ErrFull
	if banner(owner) != 1 || banner(nil) != 0 {
		t.Error("the banner does not show to members, or shows to strangers")
	}
}
