package handlers

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How slowly a client may send a body and take an answer. They are the limits
// of mail (smtpd.Limits), so that neither way in is the easier one to hold.
const (
	paceGrace   = 30 * time.Second // longest silence, and head start before paceRate counts
	paceRate    = 500              // bytes a second
	bodyLongest = 15 * time.Minute // for a body, however steadily it comes
	paceRest    = 5 * time.Second  // for what a handler has left unread
)

// Paced bounds how long a request may take by how much of it moves: a body that
// trickles is given up, and so is a client that does not take its answer. What
// moves may last, such as the export of a million rows. A server that has it
// needs no ReadTimeout, which would end a request that is still being answered.
func Paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			body := &pacedBody{ReadCloser: r.Body, control: control, start: time.Now()}
			defer body.leave()
			body.wait()
			r.Body = body
		}
		out := &pacedWriter{ResponseWriter: w, control: control}
		defer out.wait(0) // what is buffered goes out after this
		next.ServeHTTP(out, r)
	})
}

// pacedBody moves the deadline of the connection on with what comes. A read
// that comes too late fails with os.ErrDeadlineExceeded.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	start   time.Time
	got     int64
	ended   bool
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.wait()
	n, err := b.ReadCloser.Read(p)
	b.got += int64(n)
	if errors.Is(err, io.EOF) && !b.ended {
		// A deadline that passed while the request is answered would end it.
		b.control.SetReadDeadline(time.Time{})
	}
	b.ended = b.ended || err != nil
	return n, err
}

// wait sets until when the next bytes are waited for. A connection that knows
// no deadlines is one of a test.
func (b *pacedBody) wait() {
	if b.ended {
		return
	}
	now := time.Now()
	due := b.start.Add(paceGrace + time.Duration(b.got)*time.Second/paceRate)
	for _, bound := range []time.Time{now.Add(paceGrace), b.start.Add(bodyLongest)} {
		if bound.Before(due) {
			due = bound
		}
	}
	b.control.SetReadDeadline(due)
}

// leave bounds how long the server goes on reading what nobody wanted.
func (b *pacedBody) leave() {
	if !b.ended {
		b.control.SetReadDeadline(time.Now().Add(paceRest))
	}
}

// pacedWriter gives the client time for each piece of the answer by its size.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements io.Writer.
func (w *pacedWriter) Write(p []byte) (int, error) {
	w.wait(len(p))
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) wait(bytes int) {
	w.control.SetWriteDeadline(time.Now().Add(paceGrace + time.Duration(bytes)*time.Second/paceRate))
}
