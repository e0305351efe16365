package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/hosted"
)

// hanging begins a request whose body stops in the middle, and is over when the
// rest is called. Its beginning has been read, or it has been answered already.
func (w *world) hanging(path, contentType, begin string, size int64) (rest func()) {
	w.t.Helper()
	in, out := io.Pipe()
	r := request("POST", path, nil, in)
	r.Header.Set("Content-Type", contentType)
	r.ContentLength = size
	done, read := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); w.do(r) }()
	go func() { defer close(read); _, _ = io.WriteString(out, begin) }()
	select {
	case <-read:
	case <-done:
	}
	return func() { out.CloseWithError(io.ErrUnexpectedEOF); <-done }
}

// TestStrangersLeaveRoomForReports: whoever sends bodies that never end, to the
// analyzer or with the secret of a domain of their own, keeps no report of
// anybody else out.
func TestStrangersLeaveRoomForReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *handlers.Deps) { d.Intake, d.Limits.Memory, d.Limits.Upload = &fakeIntake{}, 8<<20, 8<<20 })
	victim, attacker := w.person("a@example.test"), w.person("eve@example.test")
	mine, theirs := w.domain(victim, "example.com"), w.domain(attacker, "example.net")
	post := func(body io.Reader) int {
		return w.do(request("POST", hosted.ReportPath+w.store.ReportSecret(mine), nil, body)).StatusCode
	}
	form := "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"x\"\r\n\r\n"
	for _, c := range []struct{ what, path, contentType, begin string }{
		{"the analyzer", "/tools/analyze", "multipart/form-data; boundary=b", form + strings.Repeat("x", 1<<20)},
		{"a secret", hosted.ReportPath + w.store.ReportSecret(theirs), "application/json", strings.Repeat("x", 1<<20)},
	} {
		var rests []func()
		for range 10 {
			rests = append(rests, w.hanging(c.path, c.contentType, c.begin, 8<<20))
		}
		if code := post(bytes.NewReader(make([]byte, 100_000))); code != http.StatusCreated {
			t.Errorf("%s: a report of somebody else is answered %d", c.what, code)
		}
		for _, rest := range rests {
			rest()
		}
	}
	if code := post(io.LimitReader(strings.NewReader(strings.Repeat("x", 1<<20)), 1<<20)); code != http.StatusCreated {
		t.Errorf("when all is over, a report is answered %d", code)
	}
}
