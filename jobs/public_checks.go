package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

const (
	// publicAtOnce is how many checks of visitors run at the same time. They
	// share resolvers with the checks of domains, which must not starve.
	publicAtOnce = 5
	// publicKept is how long a result is kept after somebody last asked for it.
	publicKept = 24 * time.Hour
)

// PublicChecks checks the domains that visitors of the public checker wait for
// (rulings.md 25). Nothing is expected of them: only what anybody can see.
type PublicChecks struct {
	Store   *models.Store
	Checker *dnscheck.Checker
	Zone    hosted.Zone
	Holder  string
	Now     func() time.Time
	Log     *slog.Logger

	running sync.WaitGroup
	mu      sync.Mutex
	busy    int
}

// Tick claims what is asked for and starts its checks, as far as there are
// places free.
func (c *PublicChecks) Tick(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy == publicAtOnce {
		return nil
	}
	domains, err := c.Store.ClaimPublicChecks(ctx, c.Holder, publicAtOnce-c.busy, checkLease)
	if err != nil {
		return err
	}
	c.busy += len(domains)
	for _, domain := range domains {
		c.running.Go(func() {
			defer c.free()
			c.check(ctx, domain)
		})
	}
	return nil
}

// Forget removes the results that nobody has asked for since a day ago.
func (c *PublicChecks) Forget(ctx context.Context) error {
	return c.Store.RemoveOldPublicChecks(ctx, c.Now().Add(-publicKept))
}

// Wait returns when no check is running.
func (c *PublicChecks) Wait() { c.running.Wait() }

func (c *PublicChecks) free() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

func (c *PublicChecks) check(ctx context.Context, domain string) {
	defer func() {
		if r := recover(); r != nil {
			c.Log.Error("a public check panicked", "domain", domain, "panic", r)
		}
	}()
	seen := c.Checker.Check(ctx, domain, dnscheck.Expect{})
	if ctx.Err() != nil {
		return // stopped in the middle: the claim ends by itself
	}
	result := dnscheck.Judge(c.Zone, seen, dnscheck.Expect{}, dnscheck.State{})
	if err := c.Store.SavePublicCheck(ctx, c.Holder, domain, publicResult(seen, result)); err != nil && !errors.Is(err, models.ErrLost) {
		c.Log.Error("a public check could not be saved", "domain", domain, "error", err)
	}
}

func publicResult(o dnscheck.Observation, r dnscheck.Result) models.PublicResult {
	p := models.PublicResult{
		Verdict: string(r.Verdict), Effective: r.Effective, Delegated: r.Delegated, CNAME: r.CNAME, Record: r.Record,
		Mail: models.PublicMail{Known: o.Apex.Known, Address: o.Apex.Address},
	}
	for _, mx := range o.Apex.MX {
		p.Mail.MX = append(p.Mail.MX, models.PublicMX{Preference: mx.Preference, Host: mx.Host})
	}
	for _, f := range r.Findings {
		p.Findings = append(p.Findings, models.PublicFinding{
			Finding: models.Finding{ID: f.ID, Severity: string(f.Severity), Text: f.Text}, Drops: families(f.Drops), Cuts: families(f.Cuts),
		})
	}
	for _, s := range r.Senders {
		p.Senders = append(p.Senders, models.PublicSender{Family: string(s.Family), Outcome: string(s.Outcome), Useful: s.Useful})
	}
	for _, s := range r.Servers {
		p.Servers = append(p.Servers, models.PublicServer{
			Server: s.Server, Addr: s.Addr, Kind: string(s.Kind), CNAME: s.CNAME, TXT: s.TXT, Rcode: s.Rcode, TTL: s.TTL, EDE: s.EDE, Error: s.Err, Verdict: string(s.Verdict),
		})
	}
	return p
}

func families(list []tlsrpt.SenderFamily) []string {
	var out []string
	for _, f := range list {
		out = append(out, string(f))
	}
	return out
}
