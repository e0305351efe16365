package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// frame is what every page has around it. It shows what it can: a database
// that is down must not keep the error page from saying so.
func (s *site) frame(c echo.Context, title string) views.Frame {
	f := s.bareFrame(c, title)
	f.StorageFull = s.Intake.StorageFull()
	f.Flash = s.takeFlash(c)
	v, err := s.visitor(c)
	if err != nil || v == nil {
		return f
	}
	f.User, f.Account = v.Email, v.AccountName
	if v.AccountState == models.AccountClosing && v.ClosesAt != nil {
		f.ClosesAt, f.CanClose = *v.ClosesAt, v.May(models.ToCloseAccount)
	}
	quarantined, err := s.Store.CountDeliveries(c.Request().Context(), v.AccountID, models.DeliveryQuarantined)
	if err != nil {
		s.Log.Warn("the quarantine could not be counted", "error", err)
	}
	f.QuarantineCount = int(quarantined)
	return f
}

// bareFrame is what a page has around it whoever looks at it.
func (s *site) bareFrame(c echo.Context, title string) views.Frame {
	f := views.Frame{
		Title:  title,
		Path:   c.Request().URL.RequestURI(),
		Theme:  s.themeOf(c),
		Assets: s.Assets.URL, Integrity: s.Assets.Integrity,
		Now: s.Now().UTC(),
	}
	if len(f.Path) > maxPath {
		f.Path = c.Request().URL.Path
	}
	return f
}
