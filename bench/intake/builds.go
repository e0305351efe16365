package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// spent is what a process has used since its start, and what its intake did.
type spent struct {
	cpu     float64 // in microseconds, of the process and of the kernel for it
	written float64 // octets brought to the disk, journal and database
	commits float64 // of accepts
}

func (s spent) minus(t spent) spent {
	return spent{s.cpu - t.cpu, s.written - t.written, s.commits - t.commits}
}

// compareBuilds measures what a message costs in several builds of the product,
// one after the other in each round. It counts processor time and octets, so
// that it means something on a machine with other work, too.
func compareBuilds(ctx context.Context, p plan, builds []string) error {
	dir, err := os.MkdirTemp(p.dir, "sealpost-builds-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var fields []*field
	for i, binary := range builds {
		own := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return err
		}
		f, err := newStocked(ctx, field{dir: own, data: filepath.Join(own, "data", "sealpost.db"), binary: binary})
		if err != nil {
			return err
		}
		defer f.stop()
		fields = append(fields, f)
	}
	figures := make([]results, len(fields))
	for i := range figures {
		figures[i] = results{}
	}
	for range p.rounds {
		for i, f := range fields {
			if err := f.buildRound(ctx, p, figures[i]); err != nil {
				return err
			}
		}
	}
	printBuilds(builds, figures)
	return nil
}

// load is something that is sent so many times.
type load struct {
	name string
	n    int
	send func() error
}

func (f *field) loads(ctx context.Context, p plan) ([]load, error) {
	mail := func(connections int, more ...string) load {
		n := p.mails
		if connections == 1 {
			n /= 5
		}
		return load{fmt.Sprintf("mail C=%d%s", connections, strings.Join(more, "")), n, func() error {
			_, err := f.blast(ctx, f.mail, connections, n, more...)
			return err
		}}
	}
	loads := []load{mail(1), mail(10), mail(50), mail(50, "-d")}
	for _, size := range []int{2, 20} {
		bodies, err := f.bodies(p.posts, size)
		if err != nil {
			return nil, err
		}
		loads = append(loads, load{fmt.Sprintf("POST of %d details", size), len(bodies), func() error {
			return postAll(ctx, "http://"+f.pages+f.secret, bodies)
		}})
	}
	return loads, nil
}

// buildRound notes for each load what a message has cost until all were stored,
// and until all were counted.
func (f *field) buildRound(ctx context.Context, p plan, r results) error {
	loads, err := f.loads(ctx, p)
	if err != nil {
		return err
	}
	only, err := regexp.Compile(p.only)
	if err != nil {
		return err
	}
	for _, l := range loads {
		if l.n == 0 || !only.MatchString(l.name) {
			continue
		}
		before, err := f.spent()
		if err != nil {
			return err
		}
		if err := l.send(); err != nil {
			return err
		}
		stored, err := f.spent()
		if err != nil {
			return err
		}
		if err := f.settle(ctx); err != nil {
			return err
		}
		counted, err := f.spent()
		if err != nil {
			return err
		}
		n := float64(l.n)
		sent, all := stored.minus(before), counted.minus(before)
		r.note(l.name+", us until stored", sent.cpu/n)
		r.note(l.name+", us until counted", all.cpu/n)
		r.note(l.name+", octets written", all.written/n)
		r.note(l.name+", messages a commit", n/sent.commits)
	}
	return nil
}

func (r results) note(what string, figure float64) { r[what] = append(r[what], figure) }

// spent asks the kernel and the metrics.
func (f *field) spent() (s spent, err error) {
	if s.commits, err = f.metric("sealpost_intake_commits_total"); err != nil {
		return s, err
	}
	process := fmt.Sprintf("/proc/%d", f.ours.Process.Pid)
	threads, err := filepath.Glob(process + "/task/*/schedstat")
	if err != nil {
		return s, err
	}
	for _, file := range threads {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		var ns float64
		if _, err := fmt.Sscan(string(stat), &ns); err != nil {
			return s, err
		}
		s.cpu += ns / 1000
	}
	io, err := os.ReadFile(process + "/io")
	if err != nil {
		return s, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(io)); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "write_bytes: "); ok {
			s.written, err = strconv.ParseFloat(value, 64)
		}
	}
	return s, err
}

// printBuilds prints the medians of each build, and how much of the first's they are.
func printBuilds(builds []string, figures []results) {
	for i, name := range builds {
		fmt.Printf("%d: %s\n", i, name)
	}
	for _, what := range slices.Sorted(maps.Keys(figures[0])) {
		fmt.Printf("%-40s", what)
		first := figures[0].median(what)
		for _, r := range figures {
			fmt.Printf(" %9.1f (%.2f)", r.median(what), r.median(what)/first)
		}
		fmt.Println()
	}
}
