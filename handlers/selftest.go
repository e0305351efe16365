package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const sentenceSelfTests = "This domain has had ten self-tests in the last 24 hours. Try again later."

// startSelfTest starts a self-test, which a job runs: no page waits for DNS.
func (s *site) startSelfTest(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	_, err = s.Store.StartSelfTest(c.Request().Context(), d.AccountID, d.Name)
	if errors.Is(err, models.ErrQuota) {
		return refuse(http.StatusTooManyRequests, sentenceSelfTests)
	}
	if err != nil {
		return err
	}
	if !isHTMX(c) {
		return seeOther(c, selfTestURL(c, d))
	}
	return s.renderSelfTest(c, d)
}

// showSelfTest is the polled panel of the self-test.
func (s *site) showSelfTest(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	if !isHTMX(c) {
		return seeOther(c, selfTestURL(c, d))
	}
	return s.renderSelfTest(c, d)
}

// onDomainPage reports whether the panel stands on the domain's page, as its
// address says, and not on the setup's.
func onDomainPage(c echo.Context) bool { return c.QueryParam("at") == "domain" }

func selfTestURL(c echo.Context, d models.Domain) string {
	if onDomainPage(c) {
		return "/domains/" + d.Name + "#self-test"
	}
	return "/domains/" + d.Name + "/setup#self-test"
}

func (s *site) renderSelfTest(c echo.Context, d models.Domain) error {
	panel, err := s.selfTestPanel(c, d)
	if err != nil {
		return err
	}
	panel.OnDomain = onDomainPage(c)
	return render(c, http.StatusOK, views.SelfTestRun(panel))
}

// selfTestPanel shows the newest self-test of a domain.
func (s *site) selfTestPanel(c echo.Context, d models.Domain) (views.SelfTestPanel, error) {
	ctx := c.Request().Context()
	panel := views.SelfTestPanel{Domain: d.Name, CanStart: member(c).May(models.ToCheck)}
	t, err := s.Store.LastSelfTest(ctx, d)
	if errors.Is(err, models.ErrNotFound) {
		return panel, nil
	}
	if err != nil {
		return panel, err
	}
	over := t.Over(s.Now())
	panel.Started, panel.Running = t.StartedAt, !over
	panel.Passed = t.State == models.SelfTestPassed
	panel.Stages, err = s.selfTestStages(ctx, d, t)
	panel.Late = over && t.State == models.SelfTestRunning
	return panel, err
}

// selfTestStages are what the sender has seen and what the intake has.
func (s *site) selfTestStages(ctx context.Context, d models.Domain, t models.SelfTest) ([]views.SelfTestStage, error) {
	stages := map[string]views.SelfTestStage{}
	for _, stage := range t.Stages { // of several tries at servers, the last is shown
		stages[stage.Name] = views.SelfTestStage{Name: stage.Name, After: stage.At.Sub(t.StartedAt), Failed: stage.Failed, Detail: stage.Detail}
	}
	if t.DeliveryID != nil {
		delivery, err := s.Store.Delivery(ctx, d.AccountID, *t.DeliveryID)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			for _, stage := range arrival(delivery, t) {
				stages[stage.Name] = stage
			}
		}
	}
	var list []views.SelfTestStage
	for _, name := range views.SelfTestOrder() {
		if stage, ok := stages[name]; ok {
			list = append(list, stage)
		}
	}
	return list, nil
}

func arrival(d models.Delivery, t models.SelfTest) []views.SelfTestStage {
	var judged time.Duration
	if t.FinishedAt != nil {
		judged = t.FinishedAt.Sub(t.StartedAt)
	}
	proof := views.SelfTestStage{Name: views.StageAuthenticated, After: judged, Detail: "DKIM signature of " + d.DKIMDomain + " is valid"}
	switch {
	case d.Via == models.ViaPost:
		proof.Detail = "posted to the private URL"
	case d.DKIM != "pass":
		proof.Failed, proof.Detail = true, d.DKIMReason
	}
	return []views.SelfTestStage{
		{Name: views.StageReceived, After: d.ReceivedAt.Sub(t.StartedAt), Detail: "stored"},
		proof,
		{Name: views.StageRead, After: judged, Detail: "one report about this domain; it is not counted"},
	}
}
