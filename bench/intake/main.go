// Command intake compares how our server takes reports with what others do on
// the same disk, in interleaved rounds of one run: Postfix that delivers to a
// maildir, smtp-sink and our own mail server without storage, an HTTP handler that
// only reads, and a plain gorm handler.
//
//	go run ./bench/intake
//	go run ./bench/intake stock FILE ROWS   # a database with so many report rows, for -stocked
//	go run ./bench/intake -rounds 3 builds FILE FILE   # what a message costs in two builds of cmd/web
//
// It must run as root (Postfix does) and needs postfix with smtp-source. What it
// prints last are ratios of medians. All traffic stays on loopback.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// plan is what the command line says.
type plan struct {
	dir     string // on the disk that is measured
	rounds  int
	mails   int
	posts   int
	backlog int
	flood   time.Duration
	stocked string
	only    string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/intake:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "peers" { // a process of its own, as the product is
		return servePeers(ctx, args[1])
	}
	if len(args) == 3 && args[0] == "stock" {
		return stock(ctx, args[1], args[2])
	}
	p, rest, err := readPlan(args)
	if err != nil {
		return err
	}
	if len(rest) > 1 && rest[0] == "builds" {
		return compareBuilds(ctx, p, rest[1:])
	}
	return measure(ctx, p)
}

// readPlan reads the flags; rest is what stands behind them.
func readPlan(args []string) (p plan, rest []string, err error) {
	flags := flag.NewFlagSet("intake", flag.ContinueOnError)
	flags.StringVar(&p.dir, "dir", os.TempDir(), "folder on the disk to measure")
	flags.IntVar(&p.rounds, "rounds", 3, "rounds of everything")
	flags.IntVar(&p.mails, "mails", 1000, "mails of one measurement; a fifth of them with one connection; 0 for none")
	flags.IntVar(&p.posts, "posts", 2000, "POSTs of one measurement")
	flags.IntVar(&p.backlog, "backlog", 100_000, "deliveries that wait unread in the last part; 0 leaves it out")
	flags.DurationVar(&p.flood, "flood", 5*time.Second, "how long one account floods while another sends; 0 leaves it out")
	flags.StringVar(&p.stocked, "stocked", "", "database file made by 'intake stock FILE ROWS' to compare an empty one with")
	flags.StringVar(&p.only, "only", "", "expression for the names of what 'intake builds' measures")
	err = flags.Parse(args)
	return p, flags.Args(), err
}

func measure(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp(p.dir, "sealpost-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	var f fields
	defer f.stop()
	if err := f.start(ctx, p, dir); err != nil {
		return err
	}
	results := results{}
	for round := range p.rounds {
		fmt.Printf("round %d of %d\n", round+1, p.rounds)
		if err := f.round(ctx, p, results); err != nil {
			return err
		}
	}
	results.print()
	if p.backlog > 0 {
		return f.all.growth(ctx, p)
	}
	return nil
}

// fields are the products that a plan asks for: one with everybody else beside
// it, one on a database that holds something, one that is flooded.
type fields struct{ all, stocked, flooded *field }

func (f *fields) start(ctx context.Context, p plan, dir string) (err error) {
	if f.all, err = newField(ctx, dir); err != nil {
		return err
	}
	if p.stocked != "" {
		if f.stocked, err = newStocked(ctx, field{dir: filepath.Dir(p.stocked), data: p.stocked}); err != nil {
			return err
		}
	}
	if p.flood <= 0 {
		return nil
	}
	apart := filepath.Join(dir, "flooded")
	if err := os.Mkdir(apart, 0o700); err != nil {
		return err
	}
	f.flooded, err = newStocked(ctx, field{dir: apart, data: filepath.Join(apart, "data", "sealpost.db"), rate: "100"})
	return err
}

func (f *fields) stop() {
	for _, one := range []*field{f.flooded, f.stocked, f.all} {
		if one != nil {
			one.stop()
		}
	}
}

func (f *fields) round(ctx context.Context, p plan, r results) error {
	if p.mails > 0 {
		if err := f.all.mailRound(ctx, p, r); err != nil {
			return err
		}
		if err := f.all.postRound(ctx, p, r); err != nil {
			return err
		}
	}
	if f.stocked != nil {
		if err := stockRound(ctx, p, r, f.all, f.stocked); err != nil {
			return err
		}
	}
	if f.flooded == nil {
		return nil
	}
	return f.flooded.floodRound(ctx, p, r)
}

// results are the figures of all rounds by what was measured.
type results map[string][]float64

func (r results) add(what string, perSecond float64) {
	fmt.Printf("  %-34s %9.0f\n", what, perSecond)
	r[what] = append(r[what], perSecond)
}

func (r results) median(what string) float64 {
	s := slices.Sorted(slices.Values(r[what]))
	if len(s) == 0 {
		return 0
	}
	return s[len(s)/2]
}

func (r results) print() {
	fmt.Println("\nmedians per second (least, most)")
	var names []string
	for what := range r {
		names = append(names, what)
	}
	slices.Sort(names)
	for _, what := range names {
		fmt.Printf("  %-34s %9.0f  (%.0f, %.0f)\n", what, r.median(what), slices.Min(r[what]), slices.Max(r[what]))
	}
	ratio := func(goal, a, b string, least float64) {
		if len(r[a]) == 0 || len(r[b]) == 0 {
			return // was left out
		}
		fmt.Printf("  %-4s %-60s %5.2f  (goal %.2f)\n", goal, a+" / "+b, r.median(a)/r.median(b), least)
	}
	fmt.Println("\nratios of medians")
	ratio("I1", "mail C=1 ours", "mail C=1 Postfix", 2.5)
	ratio("I1", "mail C=10 ours", "mail C=10 Postfix", 3)
	ratio("I1", "mail C=50 ours", "mail C=50 Postfix", 4)
	ratio("I1", "mail C=100 ours", "mail C=100 Postfix", 4)
	ratio("", "mail C=1 smtp-sink", "mail C=1 Postfix", 0)
	ratio("I2", "mail C=50 ours", "mail C=50 without storage", 0.75)
	ratio("I3", "mail C=50 ours", "fdatasync", 1.2)
	ratio("I3", "mail C=50 ours", "commits at C=50", 4)
	ratio("I3", "mail C=10 ours, kept connection", "fdatasync", 1.8)
	ratio("I4", "POST small ours, counted", "POST small naive gorm", 5)
	ratio("I4", "POST medium ours, counted", "POST medium naive gorm", 2.5)
	ratio("", "POST small ours, stored", "POST small read and discard", 0)
	ratio("I5", "counted, stocked", "counted, empty", 0.8)
	ratio("I5", "mail C=10, stocked", "mail C=10, empty", 0.8)
	for _, flood := range floods {
		ratio("G10", "p99 beside "+flood.name+", us", "p99 alone, us", 2)
		ratio("", "p50 beside "+flood.name+", us", "p50 alone, us", 0)
	}
}

// fsyncs counts how often a second a small write can be brought to the disk.
func fsyncs(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	page := make([]byte, 4096)
	began, n := time.Now(), 0
	for ; time.Since(began) < time.Second; n++ {
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := fdatasync(f); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
