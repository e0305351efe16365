package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sweepLap is how many checks one measurement of the sweep clears.
const sweepLap = 1000

// sweep compares the cost of a check in a small and in a large installation,
// each with a database on disk of its own. All domains have been checked
// before, so that both save the same: that nothing has changed. The scripted
// server stands for the resolver, whose cache would hold the few names only.
func (s *stage) sweep(rounds, small, large int) error {
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	direct := &stage{server: s.server}
	var few, many *fleet
	for _, f := range []struct {
		to   **fleet
		size int
	}{{&few, small}, {&many, large}} {
		if *f.to, err = direct.newFleet("sqlite:"+filepath.Join(dir, fmt.Sprint(f.size, ".db")), f.size); err != nil {
			return err
		}
		defer (*f.to).store.Close() // both stay open until the end
		if err := (*f.to).clear(f.size); err != nil {
			return err
		}
	}
	var a, b []rate
	for range rounds {
		a, b, err = alternate(few, many, a, b)
		if err != nil {
			return err
		}
	}
	x, y := median(a), median(b)
	fmt.Printf("C3: %d domains: %.0f checks a second, %s of CPU each; %d domains: %.0f, %s; a check costs %.2f times the time, %.2f times the CPU\n",
		small, x.perSecond, x.cpu.Round(time.Microsecond), large, y.perSecond, y.cpu.Round(time.Microsecond), x.perSecond/y.perSecond, float64(y.cpu)/float64(max(x.cpu, 1)))
	return nil
}

func alternate(few, many *fleet, a, b []rate) ([]rate, []rate, error) {
	x, err := few.lap()
	if err != nil {
		return nil, nil, err
	}
	y, err := many.lap()
	return append(a, x), append(b, y), err
}

// lap clears sweepLap checks, of the small fleet several times round.
func (f *fleet) lap() (rate, error) {
	start, cpu, before := time.Now(), cpuTime(), f.done.Load()
	if err := f.clear(sweepLap); err != nil {
		return rate{}, err
	}
	n := f.done.Load() - before
	return rate{float64(n) / time.Since(start).Seconds(), (cpuTime() - cpu) / time.Duration(n)}, nil
}
