package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// showForwardConfirmation is where the link in the mail leads. Opening it
// changes nothing, as mail scanners open every link.
func (s *site) showForwardConfirmation(c echo.Context) error {
	f, d, err := s.unconfirmed(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ForwardConfirm(views.ForwardConfirmPage{
		Frame: s.frame(c, "Confirm"), Domain: d.Name, Target: f.Target, Action: c.Request().URL.Path,
	}))
}

// confirmForward uses the link up.
func (s *site) confirmForward(c echo.Context) error {
	f, d, err := s.unconfirmed(c)
	if err != nil {
		return err
	}
	if err := s.Store.ConfirmByToken(c.Request().Context(), c.Param("secret")); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ForwardConfirm(views.ForwardConfirmPage{
		Frame: s.frame(c, "Confirmed"), Domain: d.Name, Target: f.Target, Done: true,
	}))
}

// unconfirmed is the forward that a link is about. Unknown, used and old links
// look the same.
func (s *site) unconfirmed(c echo.Context) (models.Forward, models.Domain, error) {
	gone := refuse(http.StatusNotFound, "This link is not known, is older than seven days, or has been used already.")
	secret := c.Param("secret")
	if !hosted.ValidSecret(secret) {
		return models.Forward{}, models.Domain{}, gone
	}
	ctx := c.Request().Context()
	f, err := s.Store.ForwardByToken(ctx, secret)
	if verdictOf(err).code == http.StatusNotFound {
		return f, models.Domain{}, gone
	}
	if err != nil {
		return f, models.Domain{}, err
	}
	d, err := s.Store.DomainByID(ctx, f.DomainID)
	return f, d, err
}
