package demo

import "github.com/sealpost/sealpost/models"

// ledger is what was meant: how many deliveries of each state, and which
// counts each domain and day must have. It is kept apart from the database, so
// that the two can be compared.
type ledger struct {
	states map[models.DeliveryState]int
	counts map[string]map[models.Day]tally // by the name of the domain
	keys   map[string]tally                // the revision that counts, by report
}

func newLedger() *ledger {
	return &ledger{states: map[models.DeliveryState]int{}, counts: map[string]map[models.Day]tally{}, keys: map[string]tally{}}
}

// note enters a delivery that has arrived.
func (l *ledger) note(p *parcel) {
	l.states[p.state]++
	if p.state != models.DeliveryCounted {
		return
	}
	for _, c := range p.counted {
		old := l.keys[c.key]
		if old.successful+old.failed > c.successful+c.failed {
			continue
		}
		l.keys[c.key] = c.tally
		l.add(c.domain, c.day, tally{c.successful - old.successful, c.failed - old.failed})
	}
}

func (l *ledger) add(domain string, on models.Day, t tally) {
	if l.counts[domain] == nil {
		l.counts[domain] = map[models.Day]tally{}
	}
	sum := l.counts[domain][on]
	l.counts[domain][on] = tally{sum.successful + t.successful, sum.failed + t.failed}
}

func (l *ledger) deliveries() int {
	n := 0
	for _, count := range l.states {
		n += count
	}
	return n
}
