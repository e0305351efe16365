// Command checks measures delegation checks beside a plain client that dials
// for every question, in one run: go run ./bench/checks. It starts a scripted
// authoritative server as a process of its own and, where it is installed, an
// Unbound, so that their time is not counted as ours.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

func main() {
	serve := flag.Bool("serve", false, "be the scripted server (started by the program itself)")
	rounds := flag.Int("rounds", 3, "interleaved rounds")
	length := flag.Duration("length", 2*time.Second, "length of one measurement")
	flight := flag.Int("flight", 256, "checks in flight")
	many := flag.Int("many", 10000, "domains that are checked at once")
	due := flag.Int("due", 100000, "domains that are due at once in the database; 0 leaves this out")
	clear := flag.Int("clear", 2000, "how many of them are checked; 0 only registers them")
	database := flag.String("database", "", "a PostgreSQL database for the domains that are due, empty or filled by an earlier run; without it SQLite on disk")
	only := flag.String("only", "c1,c2,c3", "what to measure, of c1, c2, c3 and sweep")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file: of the small checks alone, or of what -only names without c1")
	flag.Parse()
	if *serve {
		fail(serveScript())
		return
	}
	m := measurement{rounds: *rounds, length: *length, flight: *flight, many: *many, due: *due, clear: *clear, database: *database, only: *only}
	if *profile == "" {
		fail(m.run())
		return
	}
	fail(profiled(*profile, m.runProfiled))
}

// measurement is what is to be measured, and how long.
type measurement struct {
	rounds           int
	length           time.Duration
	flight           int
	many, due, clear int
	database, only   string
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "checks:", err)
		os.Exit(1)
	}
}

func profiled(file string, work func() error) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}

func (m measurement) runProfiled() error {
	if !strings.Contains(m.only, "c1") {
		return m.run()
	}
	s, err := startStage()
	if err != nil {
		return err
	}
	defer s.stop()
	runtime.GOMAXPROCS(1)
	fmt.Println(run(m.length, m.flight, s.glance(s.server)))
	return nil
}

func (m measurement) run() error {
	s, err := startStage()
	if err != nil {
		return err
	}
	defer s.stop()
	if strings.Contains(m.only, "c1") {
		m.smallChecks(s)
	}
	if strings.Contains(m.only, "c2") {
		fmt.Printf("C2: %d domains x 3 servers, without politeness\n  one in a hundred silent:\n", m.many)
		s.silentOnes(m.many, func(i int) bool { return i%100 == 0 })
		fmt.Println("  all silent, so that all are in flight at once:")
		s.silentOnes(m.many, func(int) bool { return true })
	}
	if strings.Contains(m.only, "sweep") {
		if err := s.sweep(m.rounds, 100, 4000); err != nil {
			return err
		}
	}
	if strings.Contains(m.only, "c3") {
		return s.backlog(m.database, m.due, m.clear)
	}
	return nil
}

// smallChecks is C1: all clients on one core.
func (m measurement) smallChecks(s *stage) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	fmt.Printf("C1: checks on one core, %d in flight, %d interleaved rounds of %s, medians\n", m.flight, m.rounds, m.length)
	s.compare("one question and its comparison, at the authoritative server", m.rounds, m.length, m.flight, s.glance(s.server), s.dialing(s.server))
	if s.unbound != "" {
		s.compare("one question and its comparison, at Unbound", m.rounds, m.length, m.flight, s.glance(s.unbound), s.dialing(s.unbound))
	}
	s.whole(m.rounds, m.length, m.flight)
}
