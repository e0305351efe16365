// Command dns compares our name server with NSD, Knot and a plain handler on
// miekg/dns: the same zone, the same queries, the same pinning, in interleaved
// rounds of one run. It also compares ours with itself, in two sizes or while
// the zone changes.
//
//	go run ./bench/dns [-pinned=false] [-rate 20000]
//	go run ./bench/dns -sweep -names 1000000
//	go run ./bench/dns -changes 100
//
// It needs nsd, knotd, dnsperf and taskset, and two cores. What it prints last
// are the medians of the rounds' ratios to the first server. All traffic stays
// on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// plan is what the command line says.
type plan struct {
	names, unknown int
	rounds         int
	span           time.Duration
	pinned         bool
	modes          []string
	only           string
	queriesPerSec  int
	sweep          bool
	changes        int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/dns:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	// Processes of their own, so that their time can be read.
	if len(args) == 4 && args[0] == "serve" {
		runtime.GOMAXPROCS(2) // as web serve on one core
		return serve(ctx, args[1], args[2], args[3])
	}
	if len(args) == 3 && args[0] == "plain" {
		return servePlain(ctx, args[1], args[2])
	}
	var p plan
	modes := ""
	flags := flag.NewFlagSet("dns", flag.ContinueOnError)
	flags.IntVar(&p.names, "names", 100_000, "names in the zone")
	flags.IntVar(&p.unknown, "unknown", 10, "per cent of the queries that ask for unknown names")
	flags.IntVar(&p.rounds, "rounds", 5, "rounds")
	flags.DurationVar(&p.span, "span", 3*time.Second, "length of one measurement")
	flags.BoolVar(&p.pinned, "pinned", true, "servers on core 0, dnsperf on core 1")
	flags.IntVar(&p.queriesPerSec, "rate", 0, "queries a second; 0 is as many as it takes")
	flags.StringVar(&modes, "modes", "udp,tcp", "transports")
	flags.StringVar(&p.only, "only", "", "servers to measure, with commas; all by default")
	flags.BoolVar(&p.sweep, "sweep", false, "measure our server only, with 1000 names and with -names")
	flags.IntVar(&p.changes, "changes", 0, "measure our server only, without and with that many changes of the zone a second")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p.modes = strings.Split(modes, ",")
	return p.compare(ctx)
}

func (p *plan) compare(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "sealpost-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	written := map[int]bool{}
	var servers []*server
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	for i, c := range p.lineup() {
		zone, queries, err := p.corpus(dir, c.names, written)
		if err != nil {
			return err
		}
		s, err := c.start(ctx, filepath.Join(dir, strconv.Itoa(i)), zone, 15300+i, p.pinned)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		s.queries = queries
		servers = append(servers, s)
	}
	for _, mode := range p.modes {
		if err := p.measure(ctx, mode, servers); err != nil {
			return err
		}
	}
	return nil
}

// measure runs the rounds of one transport and prints them.
func (p *plan) measure(ctx context.Context, mode string, servers []*server) error {
	results := map[string][]result{}
	for round := range p.rounds {
		for i := range servers { // another one is first in each round
			s := servers[(i+round)%len(servers)]
			r, err := p.once(ctx, mode, s)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", s.name, mode, err)
			}
			results[s.name] = append(results[s.name], r)
		}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "%s\tready s\tMB\tanswers/s\tper CPU-s\tmin-max\tlatency µs\tlost\t\n", mode)
	for _, s := range servers {
		all := results[s.name]
		perCPU := column(all, result.perCPU)
		fmt.Fprintf(out, "%s\t%.2f\t%.0f\t%.0f\t%.0f\t%.0fk-%.0fk\t%.0f\t%d\t\n", s.name, s.ready.Seconds(), s.resident(),
			median(column(all, result.rate)), median(perCPU), slices.Min(perCPU)/1000, slices.Max(perCPU)/1000,
			median(column(all, func(r result) float64 { return r.latency * 1e6 })), lost(all))
	}
	first := servers[0]
	base := results[first.name]
	for _, s := range servers[1:] {
		fmt.Fprintf(out, "%s / %s\t%.2f\t%.2f\t%.2f\t%.2f\t\t%.2f\t\t\n", s.name, first.name, s.ready.Seconds()/first.ready.Seconds(), s.resident()/first.resident(),
			ratio(results[s.name], base, result.rate), ratio(results[s.name], base, result.perCPU),
			ratio(results[s.name], base, func(r result) float64 { return r.latency }))
	}
	return out.Flush()
}

// result is one run of dnsperf.
type result struct {
	answers, seconds, latency, cpu float64
	lost                           int
}

func (r result) rate() float64   { return r.answers / r.seconds }
func (r result) perCPU() float64 { return r.answers / r.cpu }

// once sends queries to one server and reads what that cost it.
func (p *plan) once(ctx context.Context, mode string, s *server) (result, error) {
	args := []string{"dnsperf", "-s", "127.0.0.1", "-p", fmt.Sprint(s.port), "-d", s.queries, "-m", mode,
		"-l", fmt.Sprint(int(p.span.Seconds())), "-c", "8", "-q", "200"}
	if p.queriesPerSec > 0 {
		args = append(args, "-Q", fmt.Sprint(p.queriesPerSec))
	}
	if p.pinned {
		args = append([]string{"taskset", "-c", "1"}, args...)
	}
	before, err := s.cpuSeconds()
	if err != nil {
		return result{}, err
	}
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	if err != nil {
		return result{}, fmt.Errorf("%w\n%s", err, out)
	}
	after, err := s.cpuSeconds()
	if err != nil {
		return result{}, err
	}
	r := result{
		answers: number(out, "Queries completed:"), seconds: number(out, "Run time (s):"),
		latency: number(out, "Average Latency (s):"), lost: int(number(out, "Queries lost:")), cpu: after - before,
	}
	r.cpu = max(r.cpu, 0.01) // the resolution of /proc
	if r.answers == 0 {
		return r, errors.New("nothing was measured\n" + string(out))
	}
	return r, nil
}

// number finds the number behind a label of dnsperf's report.
func number(out []byte, label string) float64 {
	_, rest, found := strings.Cut(string(out), label)
	var n float64
	if found {
		fmt.Sscan(rest, &n)
	}
	return n
}

func column(all []result, of func(result) float64) []float64 {
	var values []float64
	for _, r := range all {
		values = append(values, of(r))
	}
	return values
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// ratio is the median of the rounds' ratios: neighbours of a round share its noise.
func ratio(ours, theirs []result, of func(result) float64) float64 {
	var ratios []float64
	for i := range min(len(ours), len(theirs)) {
		ratios = append(ratios, of(ours[i])/of(theirs[i]))
	}
	return median(ratios)
}

func lost(all []result) (n int) {
	for _, r := range all {
		n += r.lost
	}
	return n
}
