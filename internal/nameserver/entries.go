package nameserver

import (
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

// shardCount balances what a change copies: the list of the shards and one of them. At a million names
// both are some 20 KB.
const shardCount = 2048

// entries holds the TXT records of the zone. It is immutable and shared between zones: a change
// copies the shards it touches and no others.
//
// Names are grouped by their label next to the origin, which is the customer's token, and sorted
// within the group from the root down. Empty non-terminals are not stored: a name exists when it is
// a prefix of an owner, so they appear and vanish with the owners beneath them.
type entries struct {
	shards [shardCount]map[string][]record
	count  int
}

// record is one owner with its prepared TXT record.
type record struct {
	name string // labels below the origin, from the root down
	wire string
}

// group is the part of a reversed name that entries are grouped by: its first label.
func group(name string) string {
	if name == "" {
		return ""
	}
	return name[:1+int(name[0])]
}

// shardOf is FNV-1a, reduced to a shard number.
func shardOf[T string | []byte](group T) int {
	h := uint32(2166136261)
	for i := range len(group) {
		h = (h ^ uint32(group[i])) * 16777619
	}
	return int((h ^ h>>8 ^ h>>16) % shardCount)
}

// find looks for a reversed name: its TXT record if it owns one, and whether the name exists, as
// owner or as empty non-terminal. It does not allocate.
func (e *entries) find(name, group []byte) (wire string, exists bool) {
	records := e.shards[shardOf(group)][string(group)]
	low, high := 0, len(records)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if records[mid].name < string(name) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(records) {
		return "", false
	}
	r := &records[low]
	if len(r.name) < len(name) || r.name[:len(name)] != string(name) {
		return "", false
	}
	if len(r.name) == len(name) {
		wire = r.wire
	}
	return wire, true
}

// newEntries builds from records in any order; of two with one name the later counts.
func newEntries(all iter.Seq[record]) *entries {
	e := &entries{}
	var octets packer
	for r := range all {
		r = octets.pack(r)
		shard := &e.shards[shardOf(group(r.name))]
		if *shard == nil {
			*shard = make(map[string][]record)
		}
		(*shard)[group(r.name)] = append((*shard)[group(r.name)], r)
	}
	for _, shard := range e.shards {
		for g, records := range shard {
			if len(records) > 1 {
				records = lastOfEach(records)
				shard[g] = records
			}
			e.count += len(records)
		}
	}
	return e
}

// lastOfEach sorts by name and keeps the last record of each name.
func lastOfEach(records []record) []record {
	slices.Reverse(records)
	slices.SortStableFunc(records, byName)
	return slices.CompactFunc(records, func(a, b record) bool { return a.name == b.name })
}

// put adds or replaces: only for a shard that nobody reads yet.
func (e *entries) put(r record) {
	g := group(r.name)
	shard := &e.shards[shardOf(g)]
	if *shard == nil {
		*shard = make(map[string][]record)
	}
	records, added := inserted((*shard)[g], r)
	(*shard)[g] = records
	e.count += added
}

// remove takes a name out: only for a shard that nobody reads yet.
func (e *entries) remove(name string) {
	g := group(name)
	shard := e.shards[shardOf(g)]
	records := shard[g]
	i, found := position(records, name)
	if !found {
		return
	}
	e.count--
	if len(records) == 1 {
		delete(shard, g)
		return
	}
	shard[g] = slices.Concat(records[:i], records[i+1:])
}

// with copies the shards that the changes touch and applies the changes to the copies, in order. A
// record without wire removes its name.
func (e *entries) with(changes []record) *entries {
	next := *e
	var copied [shardCount]bool
	for _, r := range changes {
		i := shardOf(group(r.name))
		if !copied[i] {
			next.shards[i] = maps.Clone(e.shards[i])
			copied[i] = true
		}
		if r.wire == "" {
			next.remove(r.name)
		} else {
			next.put(r)
		}
	}
	return &next
}

// sorted gives all records in the order of the zone's tree.
func (e *entries) sorted() []record {
	all := make([]record, 0, e.count)
	for _, shard := range e.shards {
		for _, records := range shard {
			all = append(all, records...)
		}
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b record) int { return strings.Compare(a.name, b.name) }

func position(records []record, name string) (int, bool) {
	i := sort.Search(len(records), func(i int) bool { return records[i].name >= name })
	return i, i < len(records) && records[i].name == name
}

// inserted gives a new slice with the record in its place, and how many names it has more.
func inserted(records []record, r record) ([]record, int) {
	i, found := position(records, r.name)
	if found {
		out := slices.Clone(records)
		out[i] = r
		return out, 0
	}
	return slices.Concat(records[:i], []record{r}, records[i:]), 1
}
