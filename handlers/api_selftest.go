package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sealpost/sealpost/models"
)

// apiSelfTest is a report of our own that takes the way of a real one.
type apiSelfTest struct {
	ID        string             `json:"id" format:"uuid"`
	State     string             `json:"state" enum:"running passed failed"`
	StartedAt apiTime            `json:"started_at"`
	Stages    []apiSelfTestStage `json:"stages" doc:"In the order of the way, as far as it has come."`
}

type apiSelfTestStage struct {
	Name   string `json:"name"`
	Millis int64  `json:"after_ms" doc:"Milliseconds after the start."`
	Failed bool   `json:"failed"`
	Detail string `json:"detail"`
}

func apiShowSelfTest(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	ctx := c.Request().Context()
	t, err := s.Store.LastSelfTest(ctx, d)
	if err != nil {
		return reply{}, err
	}
	body, err := s.apiSelfTest(ctx, d, t)
	return reply{body: body}, err
}

// apiStartSelfTest starts a self-test, which a job runs, or gives the one that
// is running.
func apiStartSelfTest(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	ctx := c.Request().Context()
	t, err := s.Store.StartSelfTest(ctx, d.AccountID, d.Name)
	if errors.Is(err, models.ErrQuota) {
		return reply{}, refuseCall(http.StatusTooManyRequests, problemQuota, sentenceSelfTests)
	}
	if err != nil {
		return reply{}, err
	}
	body, err := s.apiSelfTest(ctx, d, t)
	return reply{body: body}, err
}

func (s *site) apiSelfTest(ctx context.Context, d models.Domain, t models.SelfTest) (apiSelfTest, error) {
	stages, err := s.selfTestStages(ctx, d, t)
	test := apiSelfTest{ID: t.ID, State: string(t.State), StartedAt: timeOf(t.StartedAt), Stages: []apiSelfTestStage{}}
	if t.State == models.SelfTestRunning && t.Over(s.Now()) {
		test.State = string(models.SelfTestFailed) // it did not arrive in time
	}
	for _, stage := range stages {
		test.Stages = append(test.Stages, apiSelfTestStage{Name: stage.Name, Millis: int64(stage.After / time.Millisecond), Failed: stage.Failed, Detail: stage.Detail})
	}
	return test, err
}
