package dnscheck

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

const (
	// linesPerServer is how many sockets, each with a random port of its own,
	// take turns at one server. Whoever wants to forge an answer has to guess
	// the port, the id and the case of every letter (0x20).
	linesPerServer = 64
	// maxLines bounds the sockets that are kept for next questions, over all
	// servers; idleLine is how long one is kept, usesOfLine how often it is used,
	// so that ports do not become known.
	maxLines   = 512
	idleLine   = 10 * time.Second
	usesOfLine = 256
	// largestUDP is the largest answer that is read, more than we ask for.
	largestUDP = 4096
)

// lines are the sockets that questions go out by. Many questions may be under
// way on one of them, and a question costs no goroutine. The zero value is ready.
type lines struct {
	mu      sync.Mutex
	servers map[string][]*line // those that take new questions
	kept    int
	swept   time.Time
	buffers sync.Pool
}

// line is one connected UDP socket.
type line struct {
	net.Conn
	server string
	uses   int       // these two belong to lines
	used   time.Time // when the last question went out

	mu      sync.Mutex
	coming  int // questions that have picked this line and do not wait on it yet
	waiting []*sent
	retired bool // takes no new questions, and ends with the last that waits
}

// sent is one question under way.
type sent struct {
	packet
	timer *time.Timer
	done  func(*dns.Msg, error)
}

// errTimeout is the error of a question that got no answer in time.
var errTimeout = errors.New("no answer in time")

// send puts a question on its way and calls done exactly once, from another
// goroutine, which done must not hold up. fresh takes a socket that nobody has
// used before and nobody will use after.
func (ls *lines) send(server string, p packet, timeout time.Duration, fresh bool, done func(*dns.Msg, error)) {
	l, err := ls.pick(server, fresh)
	if err != nil {
		go done(nil, err)
		return
	}
	s := &sent{packet: p, done: done}
	l.add(s, func() {
		if l.take(s) {
			ls.retire(l) // a repetition goes through another port
			done(nil, errTimeout)
		}
	}, timeout)
	if _, err := l.Write(p.wire); err != nil && l.take(s) {
		s.timer.Stop()
		ls.retire(l)
		go done(nil, err)
	}
}

// add gives the question an id that no other one on this line has.
func (l *line) add(s *sent, late func(), timeout time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for taken := true; taken; {
		binary.BigEndian.PutUint16(s.wire, uint16(rand.Uint32()))
		taken = slices.ContainsFunc(l.waiting, func(o *sent) bool { return o.wire[0] == s.wire[0] && o.wire[1] == s.wire[1] })
	}
	l.coming--
	l.waiting = append(l.waiting, s)
	s.timer = time.AfterFunc(timeout, late)
}

// take removes a question from those that wait; false when another one did.
func (l *line) take(s *sent) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop(slices.Index(l.waiting, s))
}

func (l *line) drop(i int) bool {
	if i < 0 {
		return false
	}
	last := len(l.waiting) - 1
	l.waiting[i], l.waiting[last] = l.waiting[last], nil
	l.waiting = l.waiting[:last]
	l.closeIfDone()
	return true
}

// closeIfDone closes in a goroutine of its own, because Close waits for the
// reader, which may be the one that calls.
func (l *line) closeIfDone() {
	if l.retired && l.coming == 0 && len(l.waiting) == 0 {
		go l.Close()
	}
}

// pick gives a line to ask server by: a new one until there are enough to
// choose from, then any.
func (ls *lines) pick(server string, fresh bool) (*line, error) {
	now := time.Now()
	ls.mu.Lock()
	ls.sweep(now)
	open := ls.servers[server]
	if !fresh && (len(open) >= linesPerServer || len(open) > 0 && ls.kept >= maxLines) {
		l := open[rand.IntN(len(open))]
		l.uses++
		l.used = now
		if l.uses >= usesOfLine {
			ls.forget(l)
		}
		l.reserve(l.uses >= usesOfLine)
		ls.mu.Unlock()
		return l, nil
	}
	ls.mu.Unlock()
	return ls.open(server, fresh, now)
}

// reserve keeps a line open for a question that comes.
func (l *line) reserve(last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming++
	l.retired = l.retired || last
}

func (ls *lines) open(server string, fresh bool, now time.Time) (*line, error) {
	conn, err := net.Dial("udp", server)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: conn, server: server, uses: 1, used: now, coming: 1}
	ls.mu.Lock()
	if fresh || ls.kept >= maxLines {
		l.retired = true
	} else {
		if ls.servers == nil {
			ls.servers = map[string][]*line{}
		}
		ls.servers[server] = append(ls.servers[server], l)
		ls.kept++
	}
	ls.mu.Unlock()
	go ls.listen(l)
	return l, nil
}

// retire takes a line out of use.
func (ls *lines) retire(l *line) {
	ls.mu.Lock()
	ls.forget(l)
	ls.mu.Unlock()
	l.end()
}

func (ls *lines) forget(l *line) {
	open := ls.servers[l.server]
	i := slices.Index(open, l)
	if i < 0 {
		return
	}
	ls.kept--
	if open = slices.Delete(open, i, i+1); len(open) == 0 {
		delete(ls.servers, l.server)
		return
	}
	ls.servers[l.server] = open
}

// end closes a line as soon as nothing waits on it.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = true
	l.closeIfDone()
}

// sweep ends the lines that nobody has used for a while.
func (ls *lines) sweep(now time.Time) {
	if now.Sub(ls.swept) < idleLine {
		return
	}
	ls.swept = now
	for _, open := range ls.servers {
		for _, l := range slices.Clone(open) {
			if now.Sub(l.used) >= idleLine {
				ls.forget(l)
				defer l.end()
			}
		}
	}
}

// listen reads the answers that come in on a line until it is closed. A buffer
// is taken only while there is something to read.
func (ls *lines) listen(l *line) {
	defer ls.retire(l)
	raw, err := l.Conn.(*net.UDPConn).SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) (closed bool) { // its error is that the line is closed
		buf, ok := ls.buffers.Get().(*[largestUDP]byte)
		if !ok {
			buf = new([largestUDP]byte)
		}
		defer ls.buffers.Put(buf)
		for {
			n, err := unix.Read(int(fd), buf[:])
			switch {
			case err == unix.EAGAIN:
				return false
			case err == unix.EINTR:
			case err != nil:
				l.fail(err)
				return true
			case !l.receive(buf[:n]):
				return false // nothing waits: the next answer wakes us again
			}
		}
	})
}

// receive hands an answer to the question that it belongs to, and reports
// whether others wait. What answers none of them is passed over.
func (l *line) receive(got []byte) (more bool) {
	l.mu.Lock()
	var err error
	i := slices.IndexFunc(l.waiting, func(s *sent) bool {
		err = s.answeredBy(got)
		return !errors.Is(err, errForeign)
	})
	var s *sent
	if i >= 0 {
		s = l.waiting[i]
		l.drop(i)
	}
	more = len(l.waiting) > 0
	l.mu.Unlock()
	if s == nil {
		return more
	}
	s.timer.Stop()
	if err != nil {
		s.done(nil, err)
		return more
	}
	s.done(s.read(got))
	return more
}

// fail ends all that wait, because the system says that the server cannot be
// reached.
func (l *line) fail(err error) {
	l.mu.Lock()
	all := l.waiting
	l.waiting, l.retired = nil, true
	l.closeIfDone()
	l.mu.Unlock()
	for _, s := range all {
		s.timer.Stop()
		s.done(nil, err)
	}
}
