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
	p, ok := l.tables(r.data[r.at:], written)
	if r.bad || !ok {
		return ErrPage
	}
	pages := max(l.expected, 1)
	l.cells = slices.Grow(l.cells, len(p.cells)/cellNumbers*pages)
	l.policies = slices.Grow(l.policies, len(p.policies)/policyNumbers*pages)
	l.failures = slices.Grow(l.failures, len(p.failures)/p.failureNumbers*pages)
	l.expected = 0
	if !r.readCells(page*PageDays, p) {
		return ErrPage
	}
	for v := p.policies; len(v) > 0; v = v[policyNumbers:] {
		l.policies = append(l.policies, policy{r.name(v[0]), r.name(v[1]), r.sessions(v[2]), r.sessions(v[3])})
	}
	for v := p.failures; len(v) > 0; v = v[p.failureNumbers:] {
		f := failure{result: r.name(v[0]), mx: r.name(v[1]), network: r.name(v[2]), reason: p.unreasoned, sessions: r.sessions(v[p.failureNumbers-1])}
		if written == format {
			f.reason = r.name(v[3])
		}
		l.failures = append(l.failures, f)
	}
	if r.bad {
		return ErrPage
	}
	return nil
}

// How many numbers stand for each thing on a page.
const (
	cellNumbers    = 8
	policyNumbers  = 4
	failureNumbers = 5 // with a reason
)

// tables are the numbers that stand behind the names of a page.
type tables struct {
	cells, policies, failures []uint64
	failureNumbers            int
	unreasoned                name // the reason of failures without any
}

// tables takes the numbers of a page apart, all at once: that is several times
// faster than asking for one after the other. They are good until it is called again.
func (l *Ledger) tables(data []byte, written uint64) (tables, bool) {
	t := tables{failureNumbers: failureNumbers}
	if written == formatUnreasoned {
		t.failureNumbers, t.unreasoned = failureNumbers-1, l.name("")
	}
	var ok bool
	if l.scratch, ok = unpacked(l.scratch, data); !ok || len(l.scratch) < 3 {
		return t, false
	}
	counts, v := l.scratch[:3], l.scratch[3:]
	most := uint64(len(v))
	if counts[0] > most || counts[1] > most || counts[2] > most ||
		counts[0]*cellNumbers+counts[1]*policyNumbers+counts[2]*uint64(t.failureNumbers) != most { // each fits in 32 bits
		return t, false
	}
	cells, policies := int(counts[0])*cellNumbers, int(counts[1])*policyNumbers
	t.cells, t.policies, t.failures = v[:cells], v[cells:cells+policies], v[cells+policies:]
	return t, true
}

// unpacked reads varints into the memory of a slice, until the last.
func unpacked(into []uint64, data []byte) ([]uint64, bool) {
	into = slices.Grow(into[:0], len(data))[:len(data)]
	n := 0
	for at := 0; at < len(data); n++ {
		b := data[at]
		at++
		if b < 0x80 {
			into[n] = uint64(b)
			continue
		}
		if at < len(data) && data[at] < 0x80 {
			into[n] = uint64(b&0x7f) | uint64(data[at])<<7
			at++
			continue
		}
		v, size := binary.Uvarint(data[at-1:])
		if size <= 0 {
			return into[:0], false
		}
		into[n] = v
		at += size - 1
	}
	return into[:n], true
}

// reader reads what stands for texts, and tells what cannot be.
type reader struct {
	ledger *Ledger
	data   []byte
	at     int
	names  []name
	bad    bool
}

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 {
		r.bad, r.at = true, len(r.data)
		return 0
	}
	r.at += n
	return v
}

// count is a number of things of at least a byte each, which cannot be more than
// there are bytes for.
func (r *reader) count() int {
	v := r.number()
	if v > uint64(len(r.data)-r.at) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *reader) readNames() {
	n := r.count()
	r.names = slices.Grow(r.ledger.pageNames[:0], n)[:n]
	r.ledger.pageNames = r.names
	for i := range r.names {
		size := r.count()
		r.names[i] = r.ledger.named(r.data[r.at : r.at+size])
		r.at += size
	}
}

// sessions is a number that sums can take.
func (r *reader) sessions(v uint64) int64 {
	if int64(v) < 0 {
		r.bad = true
		return 0
	}
	return int64(v)
}

func (r *reader) name(v uint64) name {
	if v >= uint64(len(r.names)) {
		r.bad = true
		return 0
	}
	return r.names[v]
}

// readCells reads the cells of a page, whose policies and failures stand one
// behind the other. It is false when those are more or fewer than there are.
func (r *reader) readCells(first int32, t tables) bool {
	l := r.ledger
	policies, failures := uint64(len(l.policies)), uint64(len(l.failures))
	lastPolicy, lastFailure := policies+uint64(len(t.policies)/policyNumbers), failures+uint64(len(t.failures)/t.failureNumbers)
	for v := t.cells; len(v) > 0; v = v[cellNumbers:] {
		if v[0] >= PageDays || v[6] > lastPolicy-policies || v[7] > lastFailure-failures {
			return false
		}
		l.cells = append(l.cells, cell{
			day: first + int32(v[0]), reporter: r.name(v[1]), successful: r.sessions(v[2]), failed: r.sessions(v[3]), reports: r.sessions(v[4]),
			arrived: int32(min(v[5], 1<<20)) - 1, policies: part{int32(policies), int32(v[6])}, failures: part{int32(failures), int32(v[7])},
		})
		policies, failures = policies+v[6], failures+v[7]
	}
	return policies == lastPolicy && failures == lastFailure
}
