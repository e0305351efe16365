package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// checkAccount refuses a form of a page that was shown in another account than
// the one that is open: a browser has one open, whatever its tabs show. A form
// that does not say is about the person, or no page's.
func (s *site) checkAccount(c echo.Context, v *models.Visitor) error {
	if c.Request().Method != http.MethodPost {
		return nil
	}
	if _, err := readForm(c); err != nil {
		return err
	}
	shown := c.Request().Form.Get(views.FieldAccount)
	if shown == "" || shown == v.AccountID {
		return nil
	}
	name, err := s.accountName(c, v.UserID, shown)
	if err != nil {
		return err
	}
	return refuse(http.StatusConflict, "Nothing was changed: this form belongs to "+name+", but “"+v.AccountName+"” has been opened since, perhaps in another tab. Choose the account under “Other accounts”, then send the form again.")
}

// accountName is the name of an account, where the person is a member of it.
func (s *site) accountName(c echo.Context, userID, id string) (string, error) {
	accounts, err := s.Store.AccountsOf(c.Request().Context(), userID)
	for _, a := range accounts {
		if a.ID == id {
			return "“" + a.Name + "”", err
		}
	}
	return "another account", err
}
