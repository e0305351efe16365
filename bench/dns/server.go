package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/nameserver"
)

// kind is a name server under test: its configuration file and its command.
type kind struct {
	name    string
	config  func(dir, zone string, port int) string
	command func(dir, zone string, port int) []string
}

// All with one worker, on loopback, without a rate limit.
var kinds = []kind{
	{"nsd", func(dir, zone string, port int) string {
		return fmt.Sprintf(`server:
	ip-address: 127.0.0.1@%d
	username: ""
	zonesdir: %q
	database: ""
	pidfile: ""
	xfrdfile: "%s/xfrd.state"
	zonelistfile: "%s/zone.list"
	xfrdir: %q
	server-count: 1
	rrl-ratelimit: 0
	tcp-count: 100
	hide-version: yes
remote-control:
	control-enable: no
zone:
	name: %s
	zonefile: %q
`, port, dir, dir, dir, dir, origin, zone)
	}, func(dir, _ string, _ int) []string { return []string{"nsd", "-d", "-c", dir + "/config"} }},
	{"knot", func(dir, zone string, port int) string {
		return fmt.Sprintf(`server:
    listen: 127.0.0.1@%d
    rundir: %q
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: %q
control:
    listen: %q
log:
  - target: stderr
    any: error
zone:
  - domain: %s
    file: %q
    storage: %q
    zonefile-sync: -1
    journal-content: none
`, port, dir, dir, dir+"/knot.sock", origin, zone, dir)
	}, func(dir, _ string, _ int) []string { return []string{"knotd", "-c", dir + "/config"} }},
	{"plain", nil, func(_, zone string, port int) []string {
		return []string{self(), "plain", zone, "127.0.0.1:" + strconv.Itoa(port)}
	}},
	{"ours", nil, func(_, zone string, port int) []string {
		return []string{self(), "serve", zone, "127.0.0.1:" + strconv.Itoa(port)}
	}},
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// server is a kind that runs.
type server struct {
	name    string
	port    int
	queries string
	ready   time.Duration // from its start to its first good answer
	cmd     *exec.Cmd
}

func (c contestant) start(ctx context.Context, dir, zone string, port int, pinned bool) (*server, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if c.kind.config != nil {
		if err := os.WriteFile(filepath.Join(dir, "config"), []byte(c.kind.config(dir, zone, port)), 0o644); err != nil {
			return nil, err
		}
	}
	args := c.kind.command(dir, zone, port)
	if c.kind.name == "ours" {
		args = append(args, strconv.Itoa(c.changes))
	}
	if pinned {
		args = append([]string{"taskset", "-c", "0"}, args...)
	}
	s := &server{name: c.name, port: port, cmd: exec.Command(args[0], args[1:]...)}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	s.cmd.Stderr, s.cmd.Stdout = &said, &said
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.awaitAnswer(ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	s.ready = time.Since(began)
	return s, nil
}

func (s *server) awaitAnswer(ctx context.Context) error {
	q := new(dns.Msg)
	q.SetQuestion(origin+".", dns.TypeSOA)
	client := &dns.Client{Timeout: 50 * time.Millisecond}
	for range 1200 {
		if m, _, err := client.ExchangeContext(ctx, q, "127.0.0.1:"+strconv.Itoa(s.port)); err == nil && len(m.Answer) == 1 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("no answer in a minute")
}

// stop ends the process and its children, by the group that start made.
func (s *server) stop() {
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	done := make(chan struct{})
	go func() { s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// members are the processes of the server.
func (s *server) members() []string {
	var pids []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		if f := statFields(dir); len(f) > 12 && f[2] == strconv.Itoa(s.cmd.Process.Pid) {
			pids = append(pids, dir)
		}
	}
	return pids
}

// statFields are those of /proc/PID/stat from the third, the state, on.
func statFields(dir string) []string {
	text, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// cpuSeconds is what all processes of the server have used up, in user and
// system time.
func (s *server) cpuSeconds() (float64, error) {
	const ticks = 100 // USER_HZ, the same on every Linux that Go runs on
	total := 0
	for _, dir := range s.members() {
		f := statFields(dir)
		for _, i := range []int{11, 12} {
			n, err := strconv.Atoi(f[i])
			if err != nil {
				return 0, err
			}
			total += n
		}
	}
	return float64(total) / ticks, nil
}

// resident is the memory of all processes of the server in MB. What they share
// is counted for each.
func (s *server) resident() float64 {
	total := 0
	for _, dir := range s.members() {
		if f := statFields(dir); len(f) > 21 {
			n, _ := strconv.Atoi(f[21])
			total += n
		}
	}
	return float64(total*os.Getpagesize()) / 1e6
}

// serve is our server, with what the product gives it but the rate limit.
func serve(ctx context.Context, zoneFile, addr, changes string) error {
	perSecond, err := strconv.Atoi(changes)
	if err != nil {
		return err
	}
	file, err := os.Open(zoneFile)
	if err != nil {
		return err
	}
	zone, err := nameserver.ReadZone(content, file)
	file.Close()
	if err != nil {
		return err
	}
	s, err := nameserver.Listen(ctx, addr, nameserver.Options{Log: slog.Default(), Sockets: 1})
	if err != nil {
		return err
	}
	s.SetZone(zone)
	debug.FreeOSMemory() // what reading has left behind is not what a name takes
	ctx, stop := signalContext(ctx)
	defer stop()
	if perSecond > 0 {
		go change(ctx, s, perSecond)
	}
	return s.Serve(ctx)
}

// change adds and removes names, one at a time, as often as is said.
func change(ctx context.Context, s *nameserver.Server, perSecond int) {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		e := entry(10_000_000 + i/2)
		z := s.Zone()
		s.SetZone(z.With(z.Serial()+1, []nameserver.Change{{Owner: e.Owner, TXT: e.TXT, Removed: i%2 == 1}}))
	}
}
