package dnscheck

import (
	"context"
	"sync"
	"time"
)

// politeness keeps the questions to each server under a rate and a number in
// flight, over all checks of a Checker. The zero value is ready.
type politeness struct {
	mu      sync.Mutex
	servers map[string]*pace
}

// pace is the recent past of one server.
type pace struct {
	slots chan struct{}
	// sent is a ring of the times of the last questions: the one about to be
	// overwritten must be a second old.
	sent []time.Time
	next int
	last time.Time
}

// manyServers is the size from which idle entries are swept out.
const manyServers = 4096

// wait blocks until server may be asked once more, and gives the func to call
// when its answer is in. False when ctx ended first.
func (p *politeness) wait(ctx context.Context, server string, perSecond, inFlight int) (func(), bool) {
	s := p.server(server, perSecond, inFlight)
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	if !sleepUntil(ctx, p.reserve(s)) {
		<-s.slots
		return nil, false
	}
	return func() { <-s.slots }, true
}

func (p *politeness) server(name string, perSecond, inFlight int) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.servers[name]; s != nil {
		return s
	}
	if p.servers == nil {
		p.servers = map[string]*pace{}
	}
	if len(p.servers) >= manyServers {
		p.sweep()
	}
	s := &pace{slots: make(chan struct{}, inFlight), sent: make([]time.Time, perSecond), last: time.Now()}
	p.servers[name] = s
	return s
}

func (p *politeness) sweep() {
	for name, s := range p.servers {
		if len(s.slots) == 0 && time.Since(s.last) > time.Second {
			delete(p.servers, name)
		}
	}
}

// reserve books the next free moment.
func (p *politeness) reserve(s *pace) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now()
	if free := s.sent[s.next].Add(time.Second); free.After(at) {
		at = free
	}
	s.sent[s.next] = at
	s.next = (s.next + 1) % len(s.sent)
	s.last = at
	return at
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	d := time.Until(at)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
