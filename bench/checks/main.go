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
	"time"
)

func main() {
	serve := flag.Bool("serve", false, "be the scripted server (started by the program itself)")
	rounds := flag.Int("rounds", 3, "interleaved rounds")
	length := flag.Duration("length", 2*time.Second, "length of one measurement")
	flight := flag.Int("flight", 256, "checks in flight")
	many := flag.Int("many", 10000, "domains that are checked at once")
	due := flag.Int("due", 100000, "domains that are due at once in the database; 0 leaves this out")
	clear := flag.Int("clear", 2000, "how many of them are checked")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the small checks to this file, and do nothing else")
	flag.Parse()
	if *profile != "" {
		fail(profileGlance(*profile, *length, *flight))
		return
	}
	if *serve {
		fail(serveScript())
		return
	}
	fail(measure(*rounds, *length, *flight, *many, *due, *clear))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "checks:", err)
		os.Exit(1)
	}
}

func profileGlance(file string, length time.Duration, flight int) error {
	s, err := startStage()
	if err != nil {
		return err
	}
	defer s.stop()
	runtime.GOMAXPROCS(1)
	work := s.glance(s.server)
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	fmt.Println(run(length, flight, work))
	pprof.StopCPUProfile()
	return nil
}

func measure(rounds int, length time.Duration, flight, many, due, clear int) error {
	s, err := startStage()
	if err != nil {
		return err
	}
	defer s.stop()
	before := runtime.GOMAXPROCS(1) // one core for the client
	fmt.Printf("C1: checks on one core, %d in flight, %d interleaved rounds of %s, medians\n", flight, rounds, length)
	s.compare("one question and its comparison, at the authoritative server", rounds, length, flight, s.glance(s.server), s.dialing(s.server))
	if s.unbound != "" {
		s.compare("one question and its comparison, at Unbound", rounds, length, flight, s.glance(s.unbound), s.dialing(s.unbound))
	}
	s.whole(rounds, length, flight)
	runtime.GOMAXPROCS(before)
	fmt.Printf("C2: %d domains x 3 servers, without politeness\n  one in a hundred silent:\n", many)
	s.silentOnes(many, func(i int) bool { return i%100 == 0 })
	fmt.Println("  all silent, so that all are in flight at once:")
	s.silentOnes(many, func(int) bool { return true })
	return s.backlog(due, clear)
}
