package jobs_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// hang bounds what would otherwise wait for ever.
const hang = 5 * time.Minute

var zone = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}

// world is a database with one account, and a small internet on loopback: a
// name server of example.test, a resolver and our own name server.
type world struct {
	t       *testing.T
	ctx     context.Context
	clock   *testkit.Clock
	url     string
	store   *models.Store
	account models.Account
	domain  models.Domain

	auth, resolver, own *testkit.DNS
	checks              *jobs.DomainChecks
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), clock: testkit.NewClock(), url: testkit.DatabaseURL(t)}
	w.store = testkit.OpenStore(t, w.url, w.clock)
	w.account = testkit.Account(t, w.store, "a@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.test")
	return w
}

// withDNS gives a world its internet.
func withDNS(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.auth, w.resolver, w.own = testkit.NewDNS(t), testkit.NewDNS(t), testkit.NewDNS(t)
	w.auth.Zone("example.test")
	w.auth.Add(t, "example.test. 300 MX 10 mx.example.test.")
	w.resolver.Add(t, "example.test. 300 MX 10 mx.example.test.", "example.test. 300 NS ns1.example.test.", "ns1.example.test. 300 A 127.0.0.1")
	w.own.Zone(zone.Name)
	w.own.Add(t, w.target()+`. 3600 TXT "`+zone.Record(w.domain.Token)+`"`)
	w.checks = w.domainChecks("node")
	return w
}

func (w *world) target() string { return zone.Target(w.domain.Name, w.domain.Token) }

const owner = "_smtp._tls.example.test"

// delegate publishes the CNAME; undelegate takes it back, and broken makes the
// servers fail.
func (w *world) delegate() {
	w.t.Helper()
	cname, txt := owner+". 300 CNAME "+w.target()+".", w.target()+`. 300 TXT "`+zone.Record(w.domain.Token)+`"`
	for _, qtype := range []uint16{dns.TypeTXT, dns.TypeCNAME} {
		w.auth.Set(owner, qtype, testkit.Answer{RR: []string{cname}})
		w.resolver.Set(owner, qtype, testkit.Answer{RR: []string{cname, txt}, RA: true, NoAA: true})
	}
}

func (w *world) undelegate() {
	for _, server := range []*testkit.DNS{w.auth, w.resolver} {
		server.Clear(owner, dns.TypeTXT)
		server.Clear(owner, dns.TypeCNAME)
	}
}

func (w *world) broken() {
	for _, server := range []*testkit.DNS{w.auth, w.resolver} {
		for _, qtype := range []uint16{dns.TypeTXT, dns.TypeCNAME} {
			server.Set(owner, qtype, testkit.Answer{Rcode: dns.RcodeServerFailure})
		}
	}
}

func (w *world) domainChecks(holder string) *jobs.DomainChecks {
	w.t.Helper()
	_, port, err := net.SplitHostPort(w.auth.Addr)
	w.must(err)
	n, err := strconv.ParseUint(port, 10, 16)
	w.must(err)
	return &jobs.DomainChecks{
		Store: w.store, Zone: zone, Holder: holder, Now: w.clock.Now,
		Spread: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
		Checker: &dnscheck.Checker{
			Zone: zone, Resolvers: []string{w.resolver.Addr}, Own: w.own.Addr, AuthPort: uint16(n),
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: w.clock.Now,
			PerSecond: 10000, InFlight: 100, Timeout: 20 * time.Second, Total: hang,
		},
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// tick runs the checks that are due to their end, and gives the domain as it is then.
func (w *world) tick() models.Domain {
	w.t.Helper()
	w.must(w.checks.Tick(w.ctx))
	w.checks.Wait()
	d, err := w.store.DomainByID(w.ctx, w.domain.ID)
	w.must(err)
	return d
}

// toNextCheck moves the clock on to when the domain is due.
func (w *world) toNextCheck(d models.Domain) {
	if wait := d.NextCheckAt.Sub(w.clock.Now()); wait > 0 {
		w.clock.Advance(wait)
	}
}
