package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

func (s *site) domainSettings(c echo.Context, d models.Domain) (views.DomainSettingsPage, error) {
	page := views.DomainSettingsPage{
		Frame: s.frame(c, d.Name+" settings"), Domain: domainHead(d),
		RUA: s.Zone.Address(d.Token), Target: s.Zone.Target(d.Name, d.Token) + ".", HostedTXT: s.Zone.Record(d.Token),
		CanManage: member(c).May(models.ToManageDomains),
	}
	if member(c).May(models.ToSeeSecrets) {
		page.PostURL = hosted.ReportURL(s.BaseURL.String(), s.Store.ReportSecret(d))
	}
	// The query is left out: beside a secret, text that anybody can choose
	// would let the compressed size give the secret away.
	page.Path = c.Request().URL.Path
	tags, err := s.Store.TagsOf(c.Request().Context(), d.AccountID, []string{d.ID})
	page.Tags = tags[d.ID]
	page.TypedTags = strings.Join(page.Tags, ", ")
	if err != nil || !page.CanManage {
		return page, err
	}
	offer, err := s.Store.TransferOf(c.Request().Context(), d)
	if errors.Is(err, models.ErrNotFound) {
		return page, nil
	}
	page.OfferedTo, page.OfferedUntil = offer.Email, offer.ExpiresAt
	return page, err
}

func (s *site) showDomainSettings(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	page, err := s.domainSettings(c, d)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.DomainSettings(page))
}

// renewSecret draws a new secret for the URL that reports are POSTed to, once
// the person has confirmed that the old one stops at once.
func (s *site) renewSecret(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	if form.Get("confirm") != "yes" {
		page, err := s.domainSettings(c, d)
		if err != nil {
			return err
		}
		page.RenewError = "Tick the box first: the old URL stops at once."
		return render(c, http.StatusBadRequest, views.DomainSettings(page))
	}
	if err := s.Store.RenewSecret(c.Request().Context(), d.AccountID, d.Name); err != nil {
		return err
	}
	return s.done(c, deedSecretRenewed, "/domains/"+d.Name+"/settings")
}

// deleteDomain deletes a domain whose name was typed once more.
func (s *site) deleteDomain(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	if typed, err := domainname.Parse(form.Get("confirm")); err != nil || typed != d.Name {
		page, err := s.domainSettings(c, d)
		if err != nil {
			return err
		}
		page.Confirm, page.ConfirmError = form.Get("confirm"), "Type "+d.Name+" to delete it."
		return render(c, http.StatusBadRequest, views.DomainSettings(page))
	}
	if err := s.Store.RemoveDomain(c.Request().Context(), d.AccountID, d.Name); err != nil {
		return err
	}
	s.zoneChanged()
	return s.done(c, deedDomainDeleted, "/domains")
}
