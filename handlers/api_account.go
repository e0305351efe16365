package handlers

import (
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiAccount is the account that a token is for.
type apiAccount struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
	// TwoFactors is set by people only: a token has none to show.
	TwoFactors bool        `json:"two_factors_demanded" doc:"Members are let in with two factors only."`
	CreatedAt  apiTime     `json:"created_at"`
	Quotas     apiQuotas   `json:"quotas" doc:"What the account may have at most."`
	Token      apiTokenUse `json:"token" doc:"The token of this call."`
}

type apiQuotas struct {
	Domains        int64 `json:"domains"`
	PendingDomains int64 `json:"pending_domains" doc:"How many of them may be pending."`
	DayDeliveries  int64 `json:"day_deliveries" doc:"Deliveries that one domain, or what is uploaded, may bring on one UTC day; 0 for no bound."`
	DayBytes       int64 `json:"day_bytes" doc:"The same in bytes."`
}

type apiTokenUse struct {
	ID      string   `json:"id" format:"uuid"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes" enum:"read write ingest"`
	Expires *apiTime `json:"expires_at" doc:"null when it works until it is revoked."`
}

func apiShowAccount(s *site, c *apiCall) (reply, error) {
	b := c.Get(keyBearer).(models.Bearer)
	a, err := s.Store.Account(c.Request().Context(), b.AccountID)
	q := s.Store.Quotas
	return reply{body: apiAccount{
		ID: a.ID, Name: a.Name, TwoFactors: a.TwoFactors, CreatedAt: timeOf(a.CreatedAt),
		Quotas: apiQuotas{Domains: int64(q.Domains), PendingDomains: int64(q.PendingDomains), DayDeliveries: q.DayDeliveries, DayBytes: q.DayBytes},
		Token:  apiTokenUse{ID: b.ID, Name: b.Name, Scopes: scopeWords(b.APIToken), Expires: timeOrNull(b.ExpiresAt)},
	}}, err
}

type apiAccountChange struct {
	Name string `json:"name" doc:"1 to 80 characters."`
}

func apiChangeAccount(s *site, c *apiCall) (reply, error) {
	var n apiAccountChange
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	name, ok := readName(n.Name)
	if !ok {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, nameSentence)
	}
	if err := s.Store.RenameAccount(c.Request().Context(), c.visitor().AccountID, name); err != nil {
		return reply{}, err
	}
	return apiShowAccount(s, c)
}

func scopeWords(t models.APIToken) []string {
	words := []string{}
	for _, scope := range t.Scopes {
		words = append(words, string(scope))
	}
	return words
}
