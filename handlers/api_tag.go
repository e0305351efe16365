package handlers

import (
	"errors"
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiTagged answers with a domain and its tags.
func (s *site) apiTagged(c *apiCall, d models.Domain) (reply, error) {
	tags, err := s.Store.TagsOf(c.Request().Context(), d.AccountID, []string{d.ID})
	return reply{body: s.apiDomain(d, tags[d.ID])}, err
}

type apiTags struct {
	Tags []apiTag `json:"tags" doc:"By name, 200 at most."`
}

type apiTag struct {
	Name    string `json:"name"`
	Domains int64  `json:"domains" doc:"How many carry it."`
}

func apiListTags(s *site, c *apiCall) (reply, error) {
	rows, err := s.Store.Tags(c.Request().Context(), c.visitor().AccountID)
	page := apiTags{Tags: []apiTag{}}
	for _, t := range rows {
		page.Tags = append(page.Tags, apiTag{Name: t.Tag, Domains: t.Domains})
	}
	return reply{body: page}, err
}

type apiDomainTags struct {
	Tags []string `json:"tags" doc:"All that the domain is to have, at most 20; letters, digits and - _ . : of up to 30 characters each."`
}

func apiSetTags(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	var n apiDomainTags
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	_, err = s.Store.TagDomains(c.Request().Context(), d.AccountID, []string{d.Name}, models.TagChange{Set: n.Tags})
	if errors.Is(err, models.ErrTag) {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, tagSentence)
	}
	if err != nil {
		return reply{}, err
	}
	return s.apiTagged(c, d)
}
