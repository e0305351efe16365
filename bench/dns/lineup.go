package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// contestant is a server of a run before it is started.
type contestant struct {
	name    string
	kind    kind
	names   int
	changes int // of the zone in a second; ours only
}

// sweepFrom is the size that a larger zone is compared with.
const sweepFrom = 1000

// lineup gives the servers of a run. All are compared with the first.
func (p *plan) lineup() []contestant {
	ours := kinds[len(kinds)-1]
	switch {
	case p.sweep:
		return []contestant{
			{name: fmt.Sprintf("ours, %d names", sweepFrom), kind: ours, names: sweepFrom},
			{name: fmt.Sprintf("ours, %d names", p.names), kind: ours, names: p.names},
		}
	case p.changes > 0:
		return []contestant{
			{name: "ours", kind: ours, names: p.names},
			{name: fmt.Sprintf("ours, %d changes/s", p.changes), kind: ours, names: p.names, changes: p.changes},
		}
	}
	var all []contestant
	for _, k := range kinds {
		if p.only == "" || strings.Contains(","+p.only+",", ","+k.name+",") {
			all = append(all, contestant{name: k.name, kind: k, names: p.names})
		}
	}
	return all
}

// corpus writes zone and queries of a size, unless an earlier contestant has.
func (p *plan) corpus(dir string, names int, written map[int]bool) (zone, queries string, err error) {
	zone, queries = filepath.Join(dir, "zone"+strconv.Itoa(names)), filepath.Join(dir, "queries"+strconv.Itoa(names))
	if written[names] {
		return zone, queries, nil
	}
	written[names] = true
	return zone, queries, writeCorpus(zone, queries, names, p.unknown)
}
