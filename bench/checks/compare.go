package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
)

// rate is what one measurement gave.
type rate struct {
	perSecond float64
	cpu       time.Duration // per check
}

// run does work from flight goroutines for a while.
func run(length time.Duration, flight int, work func(i int)) rate {
	var done, next atomic.Int64
	start, cpu := time.Now(), cpuTime()
	var all sync.WaitGroup
	for range flight {
		all.Go(func() {
			for time.Since(start) < length {
				work(int(next.Add(1)))
				done.Add(1)
			}
		})
	}
	all.Wait()
	n := max(done.Load(), 1)
	return rate{float64(n) / time.Since(start).Seconds(), (cpuTime() - cpu) / time.Duration(n)}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// compare interleaves ours and the peer.
func (s *stage) compare(what string, rounds int, length time.Duration, flight int, ours, peer func(i int)) {
	var mine, theirs []rate
	for range rounds {
		mine = append(mine, run(length, flight, ours))
		theirs = append(theirs, run(length, flight, peer))
	}
	a, b := median(mine), median(theirs)
	fmt.Printf("  %s\n    ours %.0f/s, %s of CPU each; dialing client %.0f/s, %s; ratio %.2f (CPU %.2f)\n",
		what, a.perSecond, a.cpu, b.perSecond, b.cpu, a.perSecond/b.perSecond, float64(b.cpu)/float64(max(a.cpu, 1)))
}

func median(all []rate) rate {
	slices.SortFunc(all, func(a, b rate) int { return int(a.perSecond - b.perSecond) })
	return all[len(all)/2]
}

// checker asks without politeness, which alone would be measured otherwise.
func (s *stage) checker() *dnscheck.Checker {
	_, port, _ := net.SplitHostPort(s.server)
	n, _ := strconv.ParseUint(port, 10, 16)
	c := &dnscheck.Checker{
		Zone: names(), Resolvers: []string{s.server, s.server, s.server}, Own: s.server, AuthPort: uint16(n),
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PerSecond: -1, InFlight: 4096,
	}
	if s.unbound != "" {
		c.Resolvers = []string{s.unbound}
	}
	return c
}

// glance is the smallest check: one question to one server, compared with its
// last answer.
func (s *stage) glance(server string) func(int) {
	c := s.checker()
	host, port, _ := net.SplitHostPort(server)
	n, _ := strconv.ParseUint(port, 10, 16)
	c.AuthPort = uint16(n)
	last := []dnscheck.ServerAnswer{{Addr: host, Kind: dnscheck.Authoritative, Rcode: "NOERROR", CNAME: names().Target("d1.zone.test", token)}}
	return func(int) {
		changed := make(chan bool, 1)
		c.Changed(context.Background(), "d1.zone.test", last, func(news bool) { changed <- news })
		<-changed
	}
}

// dialing asks the same question by a client that dials every time.
func (s *stage) dialing(server string) func(int) {
	want := names().Target("d1.zone.test", token) + "."
	return func(int) {
		got, err := ask(server, dns.Question{Name: "_smtp._tls.d1.zone.test.", Qtype: dns.TypeTXT}, false)
		if err == nil && len(got.Answer) > 0 {
			if c, ok := got.Answer[0].(*dns.CNAME); ok && strings.EqualFold(c.Target, want) {
				return
			}
		}
	}
}

func ask(server string, q dns.Question, recurse bool) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(q.Name, q.Qtype)
	m.RecursionDesired = recurse
	m.SetEdns0(1232, false)
	c := dns.Client{Timeout: 5 * time.Second, UDPSize: 1232}
	got, _, err := c.Exchange(m, server)
	return got, err
}

// asked is a question of a whole check with where it went.
type asked struct {
	server  string
	q       dns.Question
	recurse bool
}

// record runs one whole check against servers that write down what comes in.
func (s *stage) record() ([]asked, error) {
	var mu sync.Mutex
	var all []asked
	listen := func(real string) (string, func(), error) {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			mu.Lock()
			all = append(all, asked{real, q.Question[0], q.RecursionDesired})
			mu.Unlock()
			if m := script(q); m != nil {
				_ = w.WriteMsg(m) // a client that is gone has its own reasons
			}
		})}
		go func() { _ = server.ActivateAndServe() }()
		return packets.LocalAddr().String(), func() { packets.Close() }, nil
	}
	resolver := s.server
	if s.unbound != "" {
		resolver = s.unbound
	}
	r, endR, err := listen(resolver)
	if err != nil {
		return nil, err
	}
	defer endR()
	a, endA, err := listen(s.server)
	if err != nil {
		return nil, err
	}
	defer endA()
	c := s.checker()
	_, port, _ := net.SplitHostPort(a)
	n, _ := strconv.ParseUint(port, 10, 16)
	c.Resolvers, c.Own, c.AuthPort = []string{r}, a, uint16(n)
	c.Check(context.Background(), "d0.zone.test", dnscheck.Expect{Token: token})
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(all), nil
}

// whole compares whole checks with a loop that asks their questions one by one.
func (s *stage) whole(rounds int, length time.Duration, flight int) {
	questions, err := s.record()
	if err != nil {
		fmt.Println("  whole checks:", err)
		return
	}
	c := s.checker()
	c.Resolvers = c.Resolvers[:1]
	ours := func(i int) {
		d := fmt.Sprintf("d%d.zone.test", i%1000)
		dnscheck.Judge(names(), c.Check(context.Background(), d, dnscheck.Expect{Token: token}), dnscheck.Expect{Token: token}, dnscheck.State{})
	}
	peer := func(i int) {
		for _, a := range questions {
			a.q.Name = strings.Replace(strings.ToLower(a.q.Name), "d0.zone.test", fmt.Sprintf("d%d.zone.test", i%1000), 1)
			_, _ = ask(a.server, a.q, a.recurse)
		}
	}
	s.compare(fmt.Sprintf("whole checks, judged; the peer only asks the %d questions of one", len(questions)), rounds, length, flight, ours, peer)
}

// silentOnes is C2: many domains at three servers at once, one in a hundred of
// which never answer. What is in flight is measured when everything is asked
// that may be: with the others done, these are the silent ones, and in a second
// run all.
func (s *stage) silentOnes(many int, silent func(i int) bool) {
	const timeout = 5 * time.Second
	c := s.checker()
	c.Total = time.Minute
	host, last := hosts(), []dnscheck.ServerAnswer(nil)
	for i := range host {
		last = append(last, dnscheck.ServerAnswer{Addr: host[i], Kind: dnscheck.Authoritative})
	}
	names := make([]string, many)
	for i := range names {
		names[i] = fmt.Sprintf("d%d.zone.test", i)
		if silent(i) {
			names[i] = fmt.Sprintf("silent%d.zone.test", i)
		}
	}
	var left sync.WaitGroup
	left.Add(many)
	c.InFlight = 3 * many
	idle := memory()
	start := time.Now()
	for _, d := range names {
		c.Changed(context.Background(), d, last, func(bool) { left.Done() })
	}
	sent, peak := time.Since(start), memory()
	left.Wait()
	took := time.Since(start)
	fmt.Printf("  all asked after %s, all done after %s, %.2f of two tries in %s; %.2f KB in use for each domain\n",
		sent.Round(time.Millisecond), took.Round(time.Millisecond), took.Seconds()/timeout.Seconds(), timeout, float64(int64(peak)-int64(idle))/float64(many)/1024)
}

// memory is what is in use after a collection.
func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
