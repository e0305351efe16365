package dnscheck

import (
	"context"
	"slices"
	"sync"
	"time"
)

// politeness keeps the questions to each server under a rate and a number in
// flight, over all checks of a Checker. The zero value is ready.
type politeness struct {
	mu      sync.Mutex
	servers map[string]*pace
}

// pace is the recent past of one server, and who waits to ask it.
type pace struct {
	flight, most int
	// sent is a ring of the times of the last questions: the one about to be
	// overwritten must be a second old. It is empty where no rate is kept.
	sent  []time.Time
	next  int
	last  time.Time
	queue []*turn
	woken bool // a timer will look at the queue
}

// turn is somebody who waits to ask.
type turn struct {
	who  asker
	stop func()
}

// asker asks when it is its turn.
type asker interface {
	send(*pace)
}

// manyServers is the size from which idle entries are swept out.
const manyServers = 4096

// enter calls who.send as soon as server may be asked once more, in the order of
// arrival; whoever has the answer calls leave with what it was given. That is
// nil when ctx or the time until end was over first. A negative perSecond is no
// bound. send must not block.
func (p *politeness) enter(ctx context.Context, end time.Time, server string, perSecond, inFlight int, who asker) {
	now := time.Now()
	p.mu.Lock()
	s := p.server(server, perSecond, inFlight, now)
	if len(s.queue) == 0 && s.free(now) {
		s.book(now)
		p.mu.Unlock()
		who.send(s)
		return
	}
	t := &turn{who: who}
	s.queue = append(s.queue, t)
	ctx, cancel := context.WithDeadline(ctx, end)
	stop := context.AfterFunc(ctx, func() { p.giveUp(s, t) })
	t.stop = func() {
		stop()
		cancel()
	}
	p.wake(s, now)
	p.mu.Unlock()
}

// leave says that a question that was let through is over.
func (p *politeness) leave(s *pace) {
	p.mu.Lock()
	s.flight--
	p.admit(s)
}

// admit lets through whom it may; it unlocks p.
func (p *politeness) admit(s *pace) {
	now := time.Now()
	n := 0
	for n < len(s.queue) && s.free(now) {
		s.book(now)
		n++
	}
	next := slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	p.wake(s, now)
	p.mu.Unlock()
	for _, t := range next {
		t.stop()
		t.who.send(s)
	}
}

// wake sets a timer when it is only the rate that the first in the queue waits for.
func (p *politeness) wake(s *pace, now time.Time) {
	if s.woken || len(s.queue) == 0 || s.flight >= s.most || len(s.sent) == 0 {
		return
	}
	s.woken = true
	time.AfterFunc(s.sent[s.next].Add(time.Second).Sub(now), func() {
		p.mu.Lock()
		s.woken = false
		p.admit(s)
	})
}

func (p *politeness) giveUp(s *pace, t *turn) {
	p.mu.Lock()
	i := slices.Index(s.queue, t)
	if i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		t.stop()
		t.who.send(nil)
	}
}

func (s *pace) free(now time.Time) bool {
	return s.flight < s.most && (len(s.sent) == 0 || now.Sub(s.sent[s.next]) >= time.Second)
}

func (s *pace) book(now time.Time) {
	s.flight++
	s.last = now
	if len(s.sent) > 0 {
		s.sent[s.next] = now
		s.next = (s.next + 1) % len(s.sent)
	}
}

func (p *politeness) server(name string, perSecond, inFlight int, now time.Time) *pace {
	if s := p.servers[name]; s != nil {
		return s
	}
	if p.servers == nil {
		p.servers = map[string]*pace{}
	}
	if len(p.servers) >= manyServers {
		p.sweep(now)
	}
	s := &pace{most: inFlight, sent: make([]time.Time, max(perSecond, 0)), last: now}
	p.servers[name] = s
	return s
}

func (p *politeness) sweep(now time.Time) {
	for name, s := range p.servers {
		if s.flight == 0 && len(s.queue) == 0 && now.Sub(s.last) > time.Second {
			delete(p.servers, name)
		}
	}
}
