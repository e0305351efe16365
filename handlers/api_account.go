package handlers

import (
	"github.com/sealpost/sealpost/models"
)

// apiAccount is the account that a token is for.
type apiAccount struct {
	ID     string      `json:"id" format:"uuid"`
	Name   string      `json:"name"`
	Quotas apiQuotas   `json:"quotas" doc:"What the account may have at most."`
	Token  apiTokenUse `json:"token" doc:"The token of this call."`
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
	q := s.Store.Quotas
	return reply{body: apiAccount{
		ID: b.AccountID, Name: b.AccountName,
		Quotas: apiQuotas{Domains: int64(q.Domains), PendingDomains: int64(q.PendingDomains), DayDeliveries: q.DayDeliveries, DayBytes: q.DayBytes},
		Token:  apiTokenUse{ID: b.ID, Name: b.Name, Scopes: scopeWords(b.APIToken), Expires: timeOrNull(b.ExpiresAt)},
	}}, nil
}

func scopeWords(t models.APIToken) []string {
	words := []string{}
	for _, scope := range t.Scopes {
		words = append(words, string(scope))
	}
	return words
}
