package ledger

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A page is, all numbers as varints:
//
//	format, names (count, then length and bytes each), cells, policies, failures (counts)
//	for each cell: day within the page, reporter, successful, failed, reports,
//	arrived+1, policies and failures of it (counts)
//	for each policy: type, mode, successful, failed
//	for each failure: result type, MX, network, reason, sessions
const (
	format = 2
	// formatUnreasoned has failures without reasons.
	formatUnreasoned = 1
)

// ErrPage says that bytes are no page of a ledger.
var ErrPage = errors.New("no page of a ledger")

// Page writes the cells of one page; nil when it has none.
func (l *Ledger) Page(page int32) []byte {
	w := writer{index: map[name]uint64{}, ledger: l}
	for i := range l.cells {
		if PageOf(l.cells[i].day) == page {
			w.cell(&l.cells[i], page*PageDays)
		}
	}
	if w.cellCount == 0 {
		return nil
	}
	return w.bytes()
}

// writer gathers the parts of a page that stand behind its names.
type writer struct {
	ledger                                *Ledger
	index                                 map[name]uint64
	names                                 []string
	cells, policies, failures             []byte
	cellCount, policyCount, failureCounts uint64
}

func (w *writer) name(n name) uint64 {
	at, ok := w.index[n]
	if !ok {
		at = uint64(len(w.names))
		w.index[n] = at
		w.names = append(w.names, w.ledger.names[n])
	}
	return at
}

func (w *writer) cell(c *cell, first int32) {
	w.cellCount++
	w.cells = numbers(w.cells, uint64(c.day-first), w.name(c.reporter), uint64(c.successful), uint64(c.failed),
		uint64(c.reports), uint64(c.arrived+1), uint64(c.policies.n), uint64(c.failures.n))
	for _, p := range w.ledger.policiesOf(c) {
		w.policyCount++
		w.policies = numbers(w.policies, w.name(p.kind), w.name(p.mode), uint64(p.successful), uint64(p.failed))
	}
	for _, f := range w.ledger.failuresOf(c) {
		w.failureCounts++
		w.failures = numbers(w.failures, w.name(f.result), w.name(f.mx), w.name(f.network), w.name(f.reason), uint64(f.sessions))
	}
}

func (w *writer) bytes() []byte {
	out := numbers(nil, format, uint64(len(w.names)))
	for _, text := range w.names {
		out = append(numbers(out, uint64(len(text))), text...)
	}
	out = numbers(out, w.cellCount, w.policyCount, w.failureCounts)
	return append(append(append(out, w.cells...), w.policies...), w.failures...)
}

func numbers(b []byte, values ...uint64) []byte {
	for _, v := range values {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

// Read adds a page to the ledger. Pages must come in order. ErrPage when the
// bytes are no page; the ledger is then of no use.
func (l *Ledger) Read(page int32, data []byte) error {
	r := reader{data: data, ledger: l}
	written := r.number()
	if written != format && written != formatUnreasoned {
		return ErrPage
	}
	r.readNames()
	cells, policies, failures := r.count(8), r.count(4), r.count(4)
	pages := max(l.expected, 1)
	l.cells, l.policies, l.failures = slices.Grow(l.cells, cells*pages), slices.Grow(l.policies, policies*pages), slices.Grow(l.failures, failures*pages)
	l.expected = 0
	next := cell{policies: part{at: int32(len(l.policies))}, failures: part{at: int32(len(l.failures))}}
	for range cells {
		next = r.cell(page*PageDays, next)
		l.cells = append(l.cells, next)
	}
	if int(next.policies.at+next.policies.n) != len(l.policies)+policies || int(next.failures.at+next.failures.n) != len(l.failures)+failures {
		return ErrPage
	}
	for range policies {
		l.policies = append(l.policies, policy{r.name(), r.name(), r.sessions(), r.sessions()})
	}
	for range failures {
		l.failures = append(l.failures, r.failure(written))
	}
	if r.bad || r.at < len(r.data) {
		return ErrPage
	}
	return nil
}

type reader struct {
	ledger *Ledger
	data   []byte
	at     int // an index, since moving a slice on costs a write barrier for each number
	names  []name
	bad    bool
}

func (r *reader) number() uint64 {
	if r.at < len(r.data) && r.data[r.at] < 0x80 {
		r.at++
		return uint64(r.data[r.at-1])
	}
	return r.longNumber()
}

func (r *reader) longNumber() uint64 {
	v, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 {
		r.bad, r.at = true, len(r.data)
		return 0
	}
	r.at += n
	return v
}

// sessions is a number that sums can take.
func (r *reader) sessions() int64 {
	v := int64(r.number())
	if v < 0 {
		r.bad = true
		return 0
	}
	return v
}

// count is a number of things of at least so many bytes, which cannot be more
// than there are bytes for.
func (r *reader) count(least int) int {
	v := r.number()
	if v > uint64((len(r.data)-r.at)/least) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *reader) readNames() {
	n := r.count(1)
	r.names = make([]name, n)
	for i := range r.names {
		size := r.count(1)
		r.names[i] = r.ledger.name(string(r.data[r.at : r.at+size]))
		r.at += size
	}
}

func (r *reader) name() name {
	v := r.number()
	if v >= uint64(len(r.names)) {
		r.bad = true
		return 0
	}
	return r.names[v]
}

func (r *reader) failure(format uint64) failure {
	f := failure{result: r.name(), mx: r.name(), network: r.name()}
	if format == formatUnreasoned {
		f.reason = r.ledger.name("")
	} else {
		f.reason = r.name()
	}
	f.sessions = r.sessions()
	return f
}

// cell reads one whose policies and failures stand behind those of the last.
func (r *reader) cell(first int32, last cell) cell {
	day := r.number()
	if day >= PageDays {
		r.bad = true
	}
	c := cell{day: first + int32(day%PageDays), reporter: r.name(), successful: r.sessions(), failed: r.sessions(), reports: r.sessions()}
	c.arrived = int32(min(r.number(), 1<<20)) - 1
	c.policies = part{last.policies.at + last.policies.n, int32(r.count(1))}
	c.failures = part{last.failures.at + last.failures.n, int32(r.count(1))}
	return c
}
