package handlers

import (
	"errors"
	"net/http"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// apiTransfer offers a domain to another account.
type apiTransfer struct {
	ID        string  `json:"id" format:"uuid"`
	Domain    string  `json:"domain"`
	Email     string  `json:"email" doc:"Whom it is offered to."`
	OfferedBy string  `json:"offered_by"`
	CreatedAt apiTime `json:"created_at"`
	ExpiresAt apiTime `json:"expires_at"`
}

func apiTransferOf(t models.Transfer, domain string) apiTransfer {
	return apiTransfer{ID: t.ID, Domain: domain, Email: t.Email, OfferedBy: t.OfferedBy, CreatedAt: timeOf(t.CreatedAt), ExpiresAt: timeOf(t.ExpiresAt)}
}

type apiTransfers struct {
	Transfers []apiTransfer `json:"transfers" doc:"The offers that can be accepted, newest first; a domain has one at most."`
}

func apiListTransfers(s *site, c *apiCall) (reply, error) {
	rows, err := s.Store.Transfers(c.Request().Context(), c.visitor().AccountID)
	page := apiTransfers{Transfers: []apiTransfer{}}
	for _, t := range rows {
		page.Transfers = append(page.Transfers, apiTransferOf(t.Transfer, t.DomainName))
	}
	return reply{body: page}, err
}

type apiNewTransfer struct {
	Email string `json:"email" doc:"Of a person of the account that is to have it."`
}

// apiMadeTransfer is an offer just made.
type apiMadeTransfer struct {
	Transfer apiTransfer `json:"transfer"`
	Link     *string     `json:"link" doc:"The link to hand on, where the server sends no mail; null where it does."`
}

func apiOfferDomain(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	var n apiNewTransfer
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	program := *c.visitor()
	program.Email = aProgram
	c.Set(keyVisitor, &program)
	t, link, err := s.sendOffer(c, d, n.Email)
	if err != nil {
		return reply{}, offerProblem(err)
	}
	made := apiMadeTransfer{Transfer: apiTransferOf(t, d.Name)}
	if !s.SendsMail {
		made.Link = &link
	}
	return reply{body: made, location: "/transfers", secret: true}, nil
}

// offerProblem is why a domain was not offered.
func offerProblem(err error) error {
	sentence, code := offerRefusal(err)
	kind := problemBody
	switch {
	case sentence == "":
		return err
	case errors.Is(err, models.ErrQuota):
		kind = problemQuota
	}
	return refuseCall(code, kind, sentence)
}

func apiWithdrawOffer(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	return reply{}, s.Store.WithdrawTransfer(c.Request().Context(), d)
}

type apiTakeover struct {
	Secret string `json:"secret" doc:"What the link of the offer ends with, after /transfers/."`
}

func apiAcceptOffer(s *site, c *apiCall) (reply, error) {
	var n apiTakeover
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	if !hosted.ValidSecret(n.Secret) {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, `The field "secret" must be the 26 letters and digits that the link ends with.`)
	}
	ctx := c.Request().Context()
	d, err := s.Store.AcceptTransfer(ctx, n.Secret, models.Taker{AccountID: c.visitor().AccountID})
	if err != nil {
		return reply{}, notTaken(err)
	}
	return reply{body: s.apiDomain(d, nil), location: "/domains/" + d.Name}, nil
}
