package handlers

import (
	"errors"
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiForward is a place that the originals of a domain are sent on to.
type apiForward struct {
	ID          string   `json:"id" format:"uuid"`
	Kind        string   `json:"kind" enum:"mail https"`
	Target      string   `json:"target"`
	State       string   `json:"state" enum:"unconfirmed active" doc:"Nothing is sent before the target has confirmed that it wants it."`
	Origin      string   `json:"origin" enum:"added record" doc:"record: the domain's own record named it before the delegation."`
	CreatedAt   apiTime  `json:"created_at"`
	ConfirmedAt *apiTime `json:"confirmed_at"`
	Waiting     int64    `json:"waiting" doc:"Originals that are still to be sent."`
	Sent        int64    `json:"sent"`
	Failed      int64    `json:"failed" doc:"Originals that were given up."`
	LastSuccess *apiTime `json:"last_success_at"`
	LastError   string   `json:"last_error"`
	LastErrorAt *apiTime `json:"last_error_at"`
}

func apiForwardOf(f models.ForwardStatus) apiForward {
	return apiForward{
		ID: f.ID, Kind: string(f.Kind), Target: f.Target, State: string(f.State), Origin: string(f.Origin), CreatedAt: timeOf(f.CreatedAt),
		ConfirmedAt: timeOrNull(f.ConfirmedAt), Waiting: f.Waiting, Sent: f.Sent, Failed: f.Failed,
		LastSuccess: timeOrNull(f.LastSuccessAt), LastError: f.LastError, LastErrorAt: timeOrNull(f.LastErrorAt),
	}
}

type apiForwards struct {
	Forwards []apiForward `json:"forwards" doc:"Oldest first."`
}

func apiListForwards(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	rows, err := s.Store.Forwards(c.Request().Context(), d)
	page := apiForwards{Forwards: []apiForward{}}
	for _, f := range rows {
		page.Forwards = append(page.Forwards, apiForwardOf(f))
	}
	return reply{body: page}, err
}

type apiNewForward struct {
	Target string `json:"target" doc:"A mail address, or an https URL."`
	Record bool   `json:"from_record,omitempty" doc:"The domain's own record has named it, so that it need not confirm."`
}

func apiAddForward(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	var n apiNewForward
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	f, err := s.forwardTo(c, d, n.Target, n.Record)
	if err != nil {
		return reply{}, forwardProblem(err)
	}
	return reply{body: apiForwardOf(models.ForwardStatus{Forward: f}), location: "/domains/" + d.Name + "/forwards"}, nil
}

// forwardProblem is why a target was not added.
func forwardProblem(err error) error {
	sentence, code := forwardRefusal(err)
	kind := problemBody
	switch {
	case sentence == "":
		return err
	case errors.Is(err, models.ErrTaken):
		kind = problemTaken
	case errors.Is(err, models.ErrQuota):
		code, kind = http.StatusConflict, problemQuota
	}
	return refuseCall(code, kind, sentence)
}

func apiAskForwardAgain(s *site, c *apiCall) (reply, error) {
	d, f, err := s.forward(c)
	if err != nil {
		return reply{}, err
	}
	return reply{}, s.askAgain(c.Request().Context(), d, f)
}

func apiRemoveForward(s *site, c *apiCall) (reply, error) {
	d, f, err := s.forward(c)
	if err != nil {
		return reply{}, err
	}
	return reply{}, s.Store.RemoveForward(c.Request().Context(), d.AccountID, f.ID)
}
