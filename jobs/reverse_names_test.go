package jobs_test

import (
	"context"
	"crypto/sha256"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// named stores a counted report of today that names sending addresses.
func (w *world) named(addresses ...string) {
	w.t.Helper()
	today, domainID := models.DayOf(w.clock.Now()), w.domain.ID
	hash := sha256.Sum256([]byte(strings.Join(addresses, " ")))
	delivery := models.NewDelivery{Body: []byte("{}"), Delivery: models.Delivery{
		ID: models.NewDeliveryID(), AccountID: w.account.ID, DomainID: &domainID, Via: models.ViaMail, ReceivedAt: w.clock.Now(), Size: 2, BodyHash: hash[:],
	}}
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{delivery}))
	r := models.FullReport{
		Report: models.Report{
			DomainID: domainID, AccountID: w.account.ID, Reporter: "r.example", ReportID: "names", StartAt: today.Time(), EndAt: (today + 1).Time(), Day: today,
			ContentHash: hash[:], Trust: models.Verified, Stated: true, Failed: int64(len(addresses)), ReceivedAt: w.clock.Now(), DeliveryID: delivery.ID,
		},
		Policies: []models.PolicyResult{{PolicyType: "sts", PolicyDomain: "example.test", Failed: int64(len(addresses)), Counted: true}},
	}
	for i, a := range addresses {
		r.Failures = append(r.Failures, models.FailureDetail{Seq: i, ResultType: "certificate-expired", SendingMTAIP: a, SendingNetwork: "net", Sessions: 1})
	}
	claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "names", 10, time.Minute)
	w.must(err)
	for _, d := range claimed {
		d.State = models.DeliveryCounted
		w.must(w.store.SaveJudged(w.ctx, "names", []models.Judged{{Delivery: d, Reports: []models.FullReport{r}}}))
	}
}

func (w *world) reverseNames() []string {
	w.t.Helper()
	found, err := w.store.ReverseNames(w.ctx, w.domain, []string{"net"})
	w.must(err)
	var names []string
	for _, n := range found {
		names = append(names, n.Address+" "+n.Name)
	}
	return names
}

func pointer(address string) string {
	name, _ := dns.ReverseAddr(address)
	return name
}

// Names are asked for through the resolver, once; that there is none is kept,
// too, and what nobody answers is asked for again. Nobody is asked for
// addresses that have no meaning outside, and no name that is not one of a host
// is taken.
func TestReverseNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := testkit.NewDNS(t)
	server.Add(t, pointer("192.0.2.1")+" 300 PTR mail-1.Sender.example.", pointer("2001:db8::1")+" 300 PTR six.sender.example.", pointer("192.0.2.4")+` 300 PTR a\<b.example.`)
	server.Set(pointer("192.0.2.3"), dns.TypePTR, testkit.Answer{Rcode: dns.RcodeServerFailure})
	var asked []string
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Addr)
	}}
	job := &jobs.ReverseNames{Store: w.store, Now: w.clock.Now, Lookup: func(ctx context.Context, address string) ([]string, error) {
		asked = append(asked, address)
		return resolver.LookupAddr(ctx, address)
	}}
	w.named("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::1", "10.0.0.1", "::ffff:127.0.0.1", "nonsense")
	w.must(job.Run(w.ctx))
	if got, want := w.reverseNames(), []string{"192.0.2.1 mail-1.sender.example", "2001:db8::1 six.sender.example"}; !slices.Equal(got, want) {
		t.Errorf("names are %q, want %q", got, want)
	}
	slices.Sort(asked)
	if want := []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::1"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{{time.Minute, nil}, {2 * time.Hour, []string{"192.0.2.3"}}, {8 * 24 * time.Hour, []string{"192.0.2.2", "192.0.2.3", "192.0.2.4"}}} {
		asked = nil
		w.clock.Advance(c.after)
		w.must(job.Run(w.ctx))
		if slices.Sort(asked); !slices.Equal(asked, c.want) {
			t.Errorf("%s later it asks for %q, want %q", c.after, asked, c.want)
		}
	}
	w.clock.Advance((models.ReverseKept + 1) * 24 * time.Hour)
	w.must(job.Run(w.ctx))
	if got := w.reverseNames(); len(got) != 0 {
		t.Errorf("long after the last report there is still %q", got)
	}
}
