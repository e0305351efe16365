package smtpd

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

var (
	errLineTooLong = errors.New("smtpd: command line too long")
	errBareLF      = errors.New("smtpd: command line ended by a bare LF")
	errNotSMTP     = errors.New("smtpd: another protocol is spoken")
	errStopping    = errors.New("smtpd: the server stops")
)

// pace says until when the client's next bytes are waited for.
type pace struct {
	start time.Time
	grace time.Duration
	rate  int       // bytes a second that move the deadline on; 0: it stands
	end   time.Time // never later than this
	got   int
}

func (p *pace) due(now time.Time) time.Time {
	due := p.start.Add(p.grace)
	if p.rate > 0 {
		due = due.Add(time.Duration(p.got) * time.Second / time.Duration(p.rate))
		due = earlier(due, now.Add(p.grace))
	}
	return earlier(due, p.end)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// wire is the connection as a session uses it. Replies are sent when the client's next bytes are
// needed, so that a pipelined group is answered in one go (RFC 2920 §3.2).
type wire struct {
	conn         net.Conn
	in           *bufio.Reader
	out          *bufio.Writer
	pace         pace
	writeTimeout time.Duration
	stopped      atomic.Bool
}

func newWire(conn net.Conn, writeTimeout time.Duration) *wire {
	w := &wire{conn: conn, writeTimeout: writeTimeout}
	w.in = bufio.NewReaderSize(w, 4096)
	w.out = bufio.NewWriterSize(conn, 1024)
	return w
}

// Read fills the input buffer.
func (w *wire) Read(p []byte) (int, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	if err := w.conn.SetReadDeadline(w.pace.due(time.Now())); err != nil {
		return 0, err
	}
	if w.stopped.Load() {
		return 0, errStopping
	}
	n, err := w.conn.Read(p)
	w.pace.got += n
	return n, err
}

// stop ends a wait for the client, now or later. The flag is set first: Read looks at it after it has
// set its own deadline, so one of the two is always seen.
func (w *wire) stop() {
	w.stopped.Store(true)
	w.conn.SetReadDeadline(time.Unix(1, 0))
}

func (w *wire) say(r reply) {
	// A failed write shows at the next read; what the client sent until then still counts.
	w.conn.SetWriteDeadline(time.Now().Add(w.writeTimeout))
	w.out.WriteString(r.String())
}

func (w *wire) flush() error {
	if w.out.Buffered() == 0 {
		return nil
	}
	return w.out.Flush()
}

// readLine returns one command line without its CRLF.
func (w *wire) readLine(limit int) (string, error) {
	first, err := w.in.Peek(1)
	if err != nil {
		return "", err
	}
	// A TLS ClientHello or binary noise may never contain a line end.
	if c := first[0]; (c < ' ' && c != '\r' && c != '\n') || c > '~' {
		return "", errNotSMTP
	}
	var line []byte
	for {
		part, err := w.in.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return "", errLineTooLong
		}
		line = append(line, part...)
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
	}
	line, ended := bytes.CutSuffix(line, []byte("\r\n"))
	if !ended {
		return "", errBareLF
	}
	return string(line), nil
}

// next returns the bytes that have arrived, waiting for some when there are none. They are valid until
// the next use of the wire; the caller discards from w.in what it has taken.
func (w *wire) next() ([]byte, error) {
	if _, err := w.in.Peek(1); err != nil {
		return nil, err
	}
	return w.in.Peek(w.in.Buffered())
}
