package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const (
	// watchFor is how long a view of the setup page keeps checks frequent.
	watchFor = 90 * time.Second
	// watchAgain is how little of it must be left before it is written anew.
	watchAgain = 45 * time.Second
	// checkEvery bounds how often a person can ask for a check.
	checkEvery = 3 * time.Second
)

// showSetup shows the record to publish and how it spreads.
func (s *site) showSetup(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.watch(ctx, d); err != nil {
		return err
	}
	panel, err := s.setupPanel(ctx, d)
	if err != nil {
		return err
	}
	page := views.SetupPage{
		Frame: s.frame(c, d.Name+" setup"), Domain: domainHead(d),
		Zone: d.Zone, Lookalike: domainname.Lookalike(d.Name), Target: s.Zone.Target(d.Name, d.Token) + ".", HostedTXT: s.Zone.Record(d.Token), Panel: panel,
	}
	if page.KeepInformed, err = s.offers(ctx, d); err != nil {
		return err
	}
	if page.SelfTest, err = s.selfTestPanel(c, d); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Setup(page))
}

// showSetupPanel is the polled part of the setup page.
func (s *site) showSetupPanel(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	if !isHTMX(c) {
		return seeOther(c, "/domains/"+d.Name+"/setup")
	}
	if err := s.watch(c.Request().Context(), d); err != nil {
		return err
	}
	return s.renderPanel(c, d)
}

func (s *site) renderPanel(c echo.Context, d models.Domain) error {
	panel, err := s.setupPanel(c.Request().Context(), d)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Panel(panel))
}

// watch notes that somebody looks at the setup of a domain that is not active
// yet. It writes once in a while only, however often the page asks.
func (s *site) watch(ctx context.Context, d models.Domain) error {
	now := s.Now()
	fresh := d.WatchedUntil == nil || d.WatchedUntil.Before(now)
	if d.State == models.Active || !fresh && d.WatchedUntil.Sub(now) > watchAgain {
		return nil
	}
	next := d.NextCheckAt
	if fresh {
		next = now
	}
	return s.Store.WatchDomain(ctx, d, now.Add(watchFor), next)
}

// checkDomain moves the next check of a domain to now, which is all that a
// page does: no request waits for DNS.
func (s *site) checkDomain(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	if err := s.checkSoon(c.Request().Context(), d); err != nil {
		return err
	}
	if !isHTMX(c) {
		return seeOther(c, "/domains/"+d.Name+"/setup")
	}
	if d, err = s.domain(c); err != nil {
		return err
	}
	return s.renderPanel(c, d)
}

// checkSoon makes the next check of a domain due, if the last is not of just now.
func (s *site) checkSoon(ctx context.Context, d models.Domain) error {
	now := s.Now()
	if d.CheckedAt != nil && now.Sub(*d.CheckedAt) < checkEvery {
		return nil
	}
	return s.Store.WatchDomain(ctx, d, now.Add(watchFor), now)
}

// setupPanel says how far the record has spread.
func (s *site) setupPanel(ctx context.Context, d models.Domain) (views.SetupPanel, error) {
	now := s.Now().UTC()
	observations, err := s.Store.Observations(ctx, d)
	if err != nil {
		return views.SetupPanel{}, err
	}
	p := views.SetupPanel{
		Domain: d.Name, State: views.DomainState(d.State), Verdict: shownVerdict(d), Now: now,
		Servers:   serverRows(observations, s.Zone.Target(d.Name, d.Token), now),
		Published: published(observations), Unknown: !answered(observations),
		NextCheck: d.NextCheckAt,
		Checking:  !d.NextCheckAt.After(now) || d.ClaimedUntil != nil && d.ClaimedUntil.After(now),
	}
	for _, f := range d.Findings {
		p.Findings = append(p.Findings, views.Finding{ID: f.ID, Verdict: findingVerdict(f.Severity), Text: f.Text})
	}
	if d.CheckedAt != nil {
		p.LastCheck = *d.CheckedAt
	}
	if d.VerifiedAt != nil {
		p.LiveSince = *d.VerifiedAt
	}
	p.Poll = pollEvery(p)
	report, err := s.Store.FirstReport(ctx, d)
	if errors.Is(err, models.ErrNotFound) {
		return p, nil
	}
	p.FirstReport = report.ReceivedAt
	return p, err
}

const (
	pollBusy     = 2 * time.Second
	pollWaiting  = 4 * time.Second
	pollSettling = 15 * time.Second
)

// pollEvery is how often the panel asks again: often while something may turn
// up any moment, and not at all once there is nothing left to wait for.
func pollEvery(p views.SetupPanel) time.Duration {
	switch {
	case p.Checking:
		return pollBusy
	case p.State != views.StateActive:
		return pollWaiting
	case p.Verdict != views.Pass:
		return pollSettling
	default:
		return 0
	}
}
