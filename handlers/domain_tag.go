package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// throughTag is how a page is read that ?tag= narrows to the domains with a
// tag, and fills in the tags to choose from.
func (s *site) throughTag(c echo.Context, f *views.TagFilter) (context.Context, error) {
	ctx, accountID := c.Request().Context(), member(c).AccountID
	tags, err := s.Store.Tags(ctx, accountID)
	for _, t := range tags {
		f.Tags = append(f.Tags, views.TagChoice{Tag: t.Tag, Domains: t.Domains})
	}
	if typed := searchText(c.QueryParam("tag")); typed != "" {
		f.Tag = typed
		ctx = models.Seeing(ctx, accountID, []string{typed})
	}
	return ctx, err
}

// tagSentence says what is wrong with tags.
const tagSentence = "A domain has up to 20 tags, each of up to 30 letters, digits and - _ . : divided by commas."

// setDomainTags replaces the tags of a domain.
func (s *site) setDomainTags(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	tags, err := models.ParseTags(form.Get("tags"))
	if errors.Is(err, models.ErrTag) {
		page, err := s.domainSettings(c, d)
		if err != nil {
			return err
		}
		page.TypedTags, page.TagsError = form.Get("tags"), tagSentence
		return render(c, http.StatusBadRequest, views.DomainSettings(page))
	}
	if _, err := s.Store.TagDomains(c.Request().Context(), d.AccountID, []string{d.Name}, models.TagChange{Set: tags}); err != nil {
		return err
	}
	return s.done(c, deedTagged, "/domains/"+d.Name+"/settings")
}

// tagDomains adds a tag to the chosen domains of the list, or takes it from them.
func (s *site) tagDomains(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	change, err := tagChangeOf(form)
	if err == nil {
		_, err = s.Store.TagDomains(c.Request().Context(), member(c).AccountID, form["domain"], change)
	}
	if errors.Is(err, models.ErrTag) {
		return refuse(http.StatusBadRequest, tagSentence)
	}
	if err != nil {
		return err
	}
	return s.done(c, deedTagged, ownPath(form.Get("next"), "/domains"))
}

func tagChangeOf(form url.Values) (models.TagChange, error) {
	switch n := len(form["domain"]); {
	case n == 0:
		return models.TagChange{}, refuse(http.StatusBadRequest, "Tick the domains first.")
	case n > perPage:
		return models.TagChange{}, refuse(http.StatusBadRequest, "These are more domains than a page of the list has.")
	}
	tags, err := models.ParseTags(form.Get("tags"))
	if err == nil && len(tags) == 0 {
		return models.TagChange{}, refuse(http.StatusBadRequest, "Type one or more tags.")
	}
	if form.Get("do") == "remove" {
		return models.TagChange{Remove: tags}, err
	}
	return models.TagChange{Add: tags}, err
}
