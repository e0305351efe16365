package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

const devMails = 50

// showDevMail stands in for a mail server on a laptop (rulings.md 31). Its
// route exists only there.
func (s *site) showDevMail(c echo.Context) error {
	mails, err := s.Store.RecentMails(c.Request().Context(), devMails)
	if err != nil {
		return err
	}
	page := views.DevMailPage{Frame: s.frame(c, "Mail")}
	for _, m := range mails {
		page.Mails = append(page.Mails, views.DevMail{ID: m.ID, To: m.Recipient, Subject: m.Subject, Text: m.Text, At: m.CreatedAt})
	}
	return render(c, http.StatusOK, views.DevMails(page))
}
