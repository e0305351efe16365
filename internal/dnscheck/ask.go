package dnscheck

import (
	"context"
	"errors"
	"time"

	"github.com/miekg/dns"
)

// asking is one question to one server on its way to a reply: twice when the
// first is lost, without EDNS when the server does not know it, over TCP when
// the answer is too long. It holds no goroutine while it waits.
type asking struct {
	r      *round
	server string
	q      query
	then   func(reply)

	sent
	pace  *pace
	begun time.Time
	long  bool // this try may take the longer part of the time
	cut   bool // the check's end leaves this try less than its time
}

// ask puts one question to one server and waits for the reply.
func (r *round) ask(server string, q query) reply {
	select {
	case r.flight <- struct{}{}:
		defer func() { <-r.flight }()
	case <-r.ctx.Done():
		return reply{err: ErrBudget}
	}
	got := make(chan reply, 1)
	r.start(server, q, func(a reply) { got <- a })
	return <-got
}

// start puts one question to one server and calls then with the reply, once and
// maybe at once. then must not block.
func (r *round) start(server string, q query, then func(reply)) {
	a := &asking{r: r, server: server, q: q, then: then}
	a.try()
}

func (a *asking) try() {
	if a.r.left.Add(-1) < 0 || a.r.ctx.Err() != nil || a.cut {
		a.then(reply{err: ErrBudget})
		return
	}
	a.r.c.polite.enter(a.r.ctx, a.r.end, a.server, a.r.c.perSecond(), a.r.c.inFlight(), a)
}

// send puts the question on its way, as it is its turn.
func (a *asking) send(p *pace) {
	if p == nil {
		a.then(reply{err: ErrBudget})
		return
	}
	a.pace, a.begun = p, time.Now()
	var err error
	if a.packet, err = a.q.packet(); err != nil {
		a.answered(nil, err)
		return
	}
	if a.q.tcp {
		go func() { a.answered(a.overTCP()) }()
		return
	}
	a.until, a.to = a.begun.Add(a.timeout()), a
	a.r.c.lines.send(a.server, &a.sent)
}

// timeout shares the time for a question between its first and its second try.
func (a *asking) timeout() time.Duration {
	d := a.r.c.timeout() * 2 / 5
	if a.long {
		d = a.r.c.timeout() * 3 / 5
	}
	if left := a.r.end.Sub(a.begun); left < d {
		d, a.cut = left, true
	}
	return d
}

func (a *asking) overTCP() (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(a.r.ctx, a.timeout())
	defer cancel()
	return overTCP(ctx, a.server, a.packet)
}

// answered takes what came of a try.
func (a *asking) answered(m *dns.Msg, err error) {
	a.r.c.polite.leave(a.pace)
	got := reply{msg: m, rtt: time.Since(a.begun)}
	if err != nil {
		got.err = errorWord(err)
	}
	switch {
	case got.err == ErrTimeout && (a.cut || a.r.ctx.Err() != nil):
		got.err = ErrBudget // the check ended before the server's time was up
	case a.q.tcp && err != nil:
		got.err = ErrTCP
	case a.again(got):
		a.try()
		return
	}
	a.then(got)
}

// again reports whether a reply is worth another try, and changes the question
// for it. Each change is made once.
func (a *asking) again(got reply) bool {
	switch {
	case got.err == wrongCase && !a.q.lower:
		a.q.lower, a.long = true, false
	case got.err == ErrTimeout && !a.long:
		a.long = true
	case got.err == "" && !a.q.plain && chokesOnEDNS(got.msg):
		a.q.plain, a.long = true, false
	case got.err == "" && !a.q.tcp && got.msg.Truncated:
		a.q.tcp, a.long = true, true
	default:
		return false
	}
	return true
}

func chokesOnEDNS(m *dns.Msg) bool {
	return m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeNotImplemented || m.Rcode == dns.RcodeBadVers
}

// isTimeout reports whether an error is silence.
func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, errTimeout) || errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout()
}
