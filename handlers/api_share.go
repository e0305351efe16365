package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/sealpost/sealpost/models"
)

// apiShare is a read-only link to a domain.
type apiShare struct {
	ID        string  `json:"id" format:"uuid"`
	Name      string  `json:"name" doc:"Whom it is for."`
	CreatedAt apiTime `json:"created_at"`
	ExpiresAt apiTime `json:"expires_at"`
}

func apiShareOf(l models.ShareLink) apiShare {
	return apiShare{ID: l.ID, Name: l.Name, CreatedAt: timeOf(l.CreatedAt), ExpiresAt: timeOf(l.ExpiresAt)}
}

type apiShares struct {
	Shares []apiShare `json:"shares" doc:"Those in force, newest first."`
}

func apiListShares(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	links, err := s.Store.ShareLinks(c.Request().Context(), d)
	page := apiShares{Shares: []apiShare{}}
	for _, l := range links {
		page.Shares = append(page.Shares, apiShareOf(l))
	}
	return reply{body: page}, err
}

type apiNewShare struct {
	Name string `json:"name" doc:"Whom it is for, at most 80 characters."`
	Days int64  `json:"days" doc:"How long it works." enum:"7 30 90 365"`
}

// apiMadeShare is a link just made.
type apiMadeShare struct {
	Share apiShare `json:"share"`
	URL   string   `json:"url" doc:"Shown this once: only a hash of it is kept."`
}

func apiAddShare(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	var n apiNewShare
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	name, life, sentence := readShare(n.Name, strconv.FormatInt(n.Days, 10))
	if sentence != "" {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, sentence)
	}
	link, token, err := s.newShare(c, d, name, life)
	if errors.Is(err, models.ErrQuota) {
		return reply{}, refuseCall(http.StatusConflict, problemQuota, fmt.Sprintf("A domain has at most %d links: take one back first.", models.MostShareLinks))
	}
	made := apiMadeShare{Share: apiShareOf(link), URL: s.BaseURL.JoinPath(sharePath, token).String()}
	return reply{body: made, secret: true, location: "/domains/" + d.Name + "/shares"}, err
}

func apiRemoveShare(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	return reply{}, s.Store.RemoveShareLink(c.Request().Context(), d, id)
}
