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
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// largestUDP is the largest answer that is read, more than we ask for.
const largestUDP = 4096

// line is one connected UDP socket.
type line struct {
	net.Conn
	out  *ipv4.PacketConn // the same, for several packets at once (of either family)
	of   *lines
	quay *quay
	uses int       // these two belong to lines
	used time.Time // when the last question went out

	mu      sync.Mutex
	coming  int // questions that have picked this line and do not wait on it yet
	waiting []*sent
	retired bool // takes no new questions, and ends with the last that waits
	timer   *time.Timer
	wake    time.Time // when the timer runs, at the end of whoever waits the shortest or before; zero when it does not
}

// sent is one question under way.
type sent struct {
	packet
	until time.Time // when an answer is too late
	to    receiver
}

// receiver is told what came of a question.
type receiver interface {
	answered(*dns.Msg, error)
}

// convoy is room for the packets of questions that leave together.
type convoy struct {
	messages []ipv4.Message
	buffers  [][]byte
}

func newConvoy() *convoy {
	c := &convoy{messages: make([]ipv4.Message, mostTogether), buffers: make([][]byte, mostTogether)}
	for i := range c.messages {
		c.messages[i].Buffers = c.buffers[i : i+1]
	}
	return c
}

// errTimeout is the error of a question that got no answer in time.
var errTimeout = errors.New("no answer in time")

func newLine(of *lines, q *quay, conn net.Conn) *line {
	l := &line{Conn: conn, of: of, quay: q}
	if udp, ok := conn.(*net.UDPConn); ok {
		l.out = ipv4.NewPacketConn(udp)
	}
	return l
}

// reserve keeps a line open for questions that come.
func (l *line) reserve(n int, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming += n
	l.retired = l.retired || last
}

// add gives each question an id that no other one on this line has, and lays
// out their packets.
func (l *line) add(batch []*sent, now time.Time, c *convoy) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming -= len(batch)
	for i, s := range batch {
		for taken := true; taken; {
			binary.BigEndian.PutUint16(s.wire, uint16(rand.Uint32())) // #nosec G404 -- the runtime draws from ChaCha8 with a seed of the system
			taken = slices.ContainsFunc(l.waiting, func(o *sent) bool { return o.wire[0] == s.wire[0] && o.wire[1] == s.wire[1] })
		}
		c.buffers[i] = s.wire
		l.waiting = append(l.waiting, s)
		l.arm(s.until, now)
	}
}

// arm lets the timer run at until at the latest. One timer serves all that wait;
// answers that come leave it alone.
func (l *line) arm(until, now time.Time) {
	switch {
	case l.timer == nil:
		l.timer = time.AfterFunc(until.Sub(now), l.late)
	case l.wake.IsZero() || until.Before(l.wake):
		l.timer.Reset(until.Sub(now))
	default:
		return
	}
	l.wake = until
}

// late ends those whose time is over. A repetition goes through another port.
func (l *line) late() {
	over := l.takeLate(time.Now())
	if len(over) > 0 {
		l.of.retire(l)
	}
	for _, s := range over {
		s.to.answered(nil, errTimeout)
	}
}

func (l *line) takeLate(now time.Time) (over []*sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake = time.Time{}
	l.waiting = slices.DeleteFunc(l.waiting, func(s *sent) bool {
		if !s.until.After(now) {
			over = append(over, s)
			return true
		}
		l.arm(s.until, now)
		return false
	})
	l.closeIfDone()
	return over
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

// end closes a line as soon as nothing waits on it.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = true
	l.closeIfDone()
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
	s, more, err := l.match(got)
	switch {
	case s == nil:
	case err != nil:
		s.to.answered(nil, err)
	default:
		s.to.answered(s.read(got))
	}
	return more
}

func (l *line) match(got []byte) (s *sent, more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if err = w.answeredBy(got); err != errForeign {
			s = w
			l.drop(i)
			break
		}
	}
	return s, len(l.waiting) > 0, err
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
		s.to.answered(nil, err)
	}
}
