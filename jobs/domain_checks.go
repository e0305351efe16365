package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

const (
	// checksAtOnce bounds the domains that are checked at the same time. Every
	// check asks the same resolvers, which are asked ten times a second at most.
	checksAtOnce = 10
	// checkLease keeps a claimed domain from other nodes: longer than a check
	// may take (dnscheck.MaxTotal), short enough to wait for after a crash.
	checkLease = 30 * time.Second
)

// DomainChecks checks the domains that are due. A tick claims as many as there
// are free places and returns; slow checks do not hold up the others.
type DomainChecks struct {
	Store   *models.Store
	Checker *dnscheck.Checker
	Zone    hosted.Zone
	Pace    dnscheck.Pace
	Holder  string
	Now     func() time.Time
	Spread  func() float64 // random, from [0,1)
	Log     *slog.Logger

	running sync.WaitGroup
	mu      sync.Mutex
	busy    int
	saves   checkSaves
}

// Tick claims what is due and starts its checks.
func (c *DomainChecks) Tick(ctx context.Context) error {
	free := c.reserve()
	if free == 0 {
		return nil
	}
	due, err := c.Store.ClaimDueDomains(ctx, c.Holder, free, checkLease)
	c.give(free - len(due))
	if err != nil {
		return err
	}
	for _, d := range due {
		c.running.Go(func() {
			defer c.give(1)
			c.check(ctx, d)
		})
	}
	return nil
}

// Wait returns when no check is running.
func (c *DomainChecks) Wait() { c.running.Wait() }

func (c *DomainChecks) reserve() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	free := checksAtOnce - c.busy
	c.busy = checksAtOnce
	return free
}

func (c *DomainChecks) give(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy -= n
}

func (c *DomainChecks) check(ctx context.Context, d models.DueDomain) {
	defer func() {
		if r := recover(); r != nil {
			c.Log.Error("a check panicked", "domain", d.Name, "panic", r)
		}
	}()
	checked := c.ask(ctx, d)
	if ctx.Err() != nil {
		return // stopped in the middle: the claim ends by itself
	}
	c.saves.add(models.Outcome{Domain: d.Domain, Checked: checked}, func(all []models.Outcome) { c.save(ctx, all) })
}

func (c *DomainChecks) save(ctx context.Context, all []models.Outcome) {
	for i, err := range c.Store.SaveChecks(ctx, c.Holder, all) {
		switch {
		case errors.Is(err, models.ErrLost):
			c.Log.Info("a check was overtaken", "domain", all[i].Domain.Name)
		case err != nil:
			c.Log.Error("a check could not be saved", "domain", all[i].Domain.Name, "error", err)
		}
	}
}

// ask observes and judges a domain. It is what a check is; the rest is storage.
func (c *DomainChecks) ask(ctx context.Context, d models.DueDomain) models.Checked {
	state, last := recall(d)
	expect := dnscheck.Expect{Token: d.Token, Seen: d.VerifiedAt != nil}
	seen := last
	if !c.stillTrue(ctx, d, last) {
		seen = c.Checker.Check(ctx, d.Name, expect)
	}
	result := dnscheck.Judge(c.Zone, seen, expect, state)
	after := state.After(result)
	next := nextState(d.State, result, after)
	after.Active = next == models.Active
	now, spread := c.Now(), c.Spread()
	watched := after
	watched.WatchedUntil = now.Add(time.Minute)
	checked := models.Checked{
		At: now, State: next, Proven: result.Proven, Memory: remember(after, seen),
		NextCheckAt: c.Pace.Next(after, now, spread), NextIfWatched: c.Pace.Next(watched, now, spread),
		Verdict: string(after.Verdict), Effective: result.Effective, Delegated: result.Delegated,
		Record: result.Record, CNAME: result.CNAME,
		Findings: findings(result), MXHosts: mxHosts(seen), Zone: seen.Zone, Servers: observations(result),
	}
	if after.Inconclusive && checked.Verdict == d.Verdict {
		checked.Effective, checked.Delegated, checked.Record, checked.CNAME = d.Effective, d.Delegated, d.Record, d.CNAME
	}
	return checked
}

// freshness is how long the answers of resolvers are believed while a person
// watches; the domain's own servers are asked every time.
const freshness = 30 * time.Second

// stillTrue asks the least that can tell whether the last observation holds: a
// page that is looked at is checked every few seconds, and must not become a
// burden on anybody's name servers (rulings.md 23).
func (c *DomainChecks) stillTrue(ctx context.Context, d models.DueDomain, last dnscheck.Observation) bool {
	now := c.Now()
	watched := d.WatchedUntil != nil && d.WatchedUntil.After(now)
	if !watched || d.State == models.Active || now.Sub(last.At) > freshness {
		return false
	}
	changed := make(chan bool, 1)
	c.Checker.Changed(ctx, d.Name, last.Servers, func(news bool) { changed <- news })
	return !<-changed
}

// nextState moves a domain between its states (rulings.md 19, 21): proof makes
// it active, seven days of authoritative absence make it lapse, and nothing
// else moves it.
func nextState(now models.DomainState, r dnscheck.Result, after dnscheck.State) models.DomainState {
	switch {
	case r.Proven:
		return models.Active
	case after.Lapsed():
		return models.Lapsed
	default:
		return now
	}
}

func recall(d models.DueDomain) (dnscheck.State, dnscheck.Observation) {
	state := dnscheck.State{Registered: d.CreatedAt, Changed: d.StateSince}
	var last dnscheck.Observation
	if d.Memory.State != "" {
		// Memory of an older version that no longer reads is no memory.
		if json.Unmarshal([]byte(d.Memory.State), &state) != nil || json.Unmarshal([]byte(d.Memory.Observation), &last) != nil {
			state, last = dnscheck.State{Registered: d.CreatedAt, Changed: d.StateSince}, dnscheck.Observation{}
		}
	}
	state.Active = d.State == models.Active
	if d.State == models.Lapsed {
		state.LapsedSince = d.StateSince
	}
	if d.LastReport != nil {
		state.LastReport = (*d.LastReport + 1).Time()
	}
	if d.WatchedUntil != nil {
		state.WatchedUntil = *d.WatchedUntil
	}
	return state, last
}

func remember(s dnscheck.State, o dnscheck.Observation) models.CheckMemory {
	state, err := json.Marshal(s)
	if err != nil {
		return models.CheckMemory{State: "{}", Observation: "{}"}
	}
	observation, err := json.Marshal(o)
	if err != nil {
		observation = []byte("{}")
	}
	return models.CheckMemory{State: string(state), Observation: string(observation)}
}

func findings(r dnscheck.Result) []models.Finding {
	out := make([]models.Finding, len(r.Findings))
	for i, f := range r.Findings {
		out[i] = models.Finding{ID: f.ID, Severity: string(f.Severity), Text: f.Text}
	}
	return out
}

// mxHosts are the mail servers as observed, nil when no resolver said.
func mxHosts(o dnscheck.Observation) []string {
	if !o.Apex.Known {
		return nil
	}
	hosts := []string{}
	for _, mx := range o.Apex.MX {
		if mx.Host != "." {
			hosts = append(hosts, mx.Host)
		}
	}
	return hosts
}

func observations(r dnscheck.Result) []models.Observation {
	out := make([]models.Observation, len(r.Servers))
	for i, s := range r.Servers {
		out[i] = models.Observation{
			Server: s.Server, Addr: s.Addr, Kind: string(s.Kind), CNAME: s.CNAME, TXT: s.TXT,
			Rcode: s.Rcode, TTL: s.TTL, EDE: s.EDE, Error: s.Err, Verdict: string(s.Verdict),
		}
	}
	return out
}
