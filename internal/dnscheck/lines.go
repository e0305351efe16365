package dnscheck

import (
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"
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
	// mostTogether is how many questions leave by one socket at once.
	mostTogether = 16
)

// lines are the sockets that questions go out by. Many questions may be under
// way on one of them, and a question costs no goroutine. The zero value is ready.
type lines struct {
	mu      sync.Mutex
	servers map[string]*quay
	kept    int
	swept   time.Time
	buffers sync.Pool // of *[largestUDP]byte
	convoys sync.Pool // of *convoy
}

// quay is where questions to one server leave from.
type quay struct {
	server  string
	open    []*line // those that take new questions
	out     []*sent // questions that leave next
	leaving bool    // a goroutine sends them
}

// send puts a question on its way; s.to is told exactly once what came of it,
// from another goroutine, which it must not hold up. Questions to one server
// that are ready at the same time leave together.
func (ls *lines) send(server string, s *sent) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	q := ls.servers[server]
	if q == nil {
		if ls.servers == nil {
			ls.servers = map[string]*quay{}
		}
		q = &quay{server: server}
		ls.servers[server] = q
	}
	q.out = append(q.out, s)
	if !q.leaving {
		q.leaving = true
		go ls.leave(q)
	}
}

// leave sends what waits to leave, until nothing does.
func (ls *lines) leave(q *quay) {
	runtime.Gosched() // others may be about to ask the same server
	c, ok := ls.convoys.Get().(*convoy)
	if !ok {
		c = newConvoy()
	}
	defer ls.convoys.Put(c)
	var spare []*sent
	for {
		out := ls.take(q, spare)
		if len(out) == 0 {
			return
		}
		for at := 0; at < len(out); {
			n := together(out[at:])
			ls.sendBatch(q.server, out[at:at+n], c)
			at += n
		}
		clear(out)
		spare = out[:0]
	}
}

// take gives all that wait to leave, and spare as the place for next ones.
func (ls *lines) take(q *quay, spare []*sent) []*sent {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	out := q.out
	if q.out = spare; len(out) == 0 {
		q.leaving, q.out = false, nil
		ls.tidy(q)
	}
	return out
}

// together counts those that may leave by one socket. A question without 0x20
// gets one that nobody has used before and nobody will use after.
func together(out []*sent) int {
	for i, s := range out[:min(len(out), mostTogether)] {
		if s.lower {
			return max(i, 1)
		}
	}
	return min(len(out), mostTogether)
}

func (ls *lines) sendBatch(server string, batch []*sent, c *convoy) {
	now := time.Now()
	l, err := ls.pick(server, len(batch), batch[0].lower, now)
	if err != nil {
		for _, s := range batch {
			s.to.answered(nil, err)
		}
		return
	}
	l.add(batch, now, c)
	ls.write(l, batch, c)
}

// write sends a batch that has been added. What the system refuses is answered
// with its error.
func (ls *lines) write(l *line, batch []*sent, c *convoy) {
	for at := 0; at < len(batch); {
		n, err := l.out.WriteBatch(c.messages[at:len(batch)], 0)
		if at += max(n, 0); err == nil && n > 0 {
			continue
		}
		if at < len(batch) && l.take(batch[at]) {
			ls.retire(l)
			batch[at].to.answered(nil, err)
		}
		at++
	}
}

// pick gives a line for n questions: a new one until there are enough to choose
// from, then any.
func (ls *lines) pick(server string, n int, fresh bool, now time.Time) (*line, error) {
	ls.mu.Lock()
	ls.sweep(now)
	q := ls.servers[server]
	if fresh || len(q.open) < linesPerServer && (len(q.open) == 0 || ls.kept < maxLines) {
		ls.mu.Unlock()
		return ls.open(q, n, fresh, now)
	}
	l := q.open[rand.IntN(len(q.open))] // #nosec G404 -- the runtime draws from ChaCha8 with a seed of the system
	l.uses += n
	l.used = now
	if l.uses >= usesOfLine {
		ls.forget(l)
	}
	l.reserve(n, l.uses >= usesOfLine)
	ls.mu.Unlock()
	return l, nil
}

func (ls *lines) open(q *quay, n int, fresh bool, now time.Time) (*line, error) {
	conn, err := net.Dial("udp", q.server)
	if err != nil {
		return nil, err
	}
	l := newLine(ls, q, conn)
	l.uses, l.used, l.coming = n, now, n
	ls.mu.Lock()
	if fresh || ls.kept >= maxLines {
		l.retired = true
	} else {
		q.open = append(q.open, l)
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
	i := slices.Index(l.quay.open, l)
	if i < 0 {
		return
	}
	ls.kept--
	l.quay.open = slices.Delete(l.quay.open, i, i+1)
	ls.tidy(l.quay)
}

// tidy forgets a server that has neither sockets nor questions.
func (ls *lines) tidy(q *quay) {
	if len(q.open) == 0 && !q.leaving {
		delete(ls.servers, q.server)
	}
}

// sweep ends the lines that nobody has used for a while.
func (ls *lines) sweep(now time.Time) {
	if now.Sub(ls.swept) < idleLine {
		return
	}
	ls.swept = now
	for _, q := range ls.servers {
		for _, l := range slices.Clone(q.open) {
			if now.Sub(l.used) >= idleLine {
				ls.forget(l)
				defer l.end()
			}
		}
	}
}
