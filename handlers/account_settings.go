package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/views"
)

// accountSettingsPath is the page of a person's own affairs.
const accountSettingsPath = "/settings/account"

func (s *site) accountSettings(c echo.Context) (views.AccountSettingsPage, error) {
	v := member(c)
	page := views.AccountSettingsPage{Frame: s.frame(c, "Account settings"), MinPassword: password.Min, Role: string(v.Role), ProvesEmail: s.SendsMail}
	page.Path = accountSettingsPath
	own, _ := s.sessionHash(c)
	var err error
	page.Sessions, err = s.sessionRows(c.Request().Context(), v.UserID, own)
	return page, err
}

func (s *site) showAccountSettings(c echo.Context) error {
	page, err := s.accountSettings(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.AccountSettings(page))
}

// changePassword sets a new password for whoever knows the old one. All other
// sessions of the person end.
func (s *site) changePassword(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v, chosen := member(c), form.Get("password")
	if sentence := passwordRefusal(s.Passwords.Judge(chosen, v.Email, v.AccountName)); sentence != "" {
		return s.refusePassword(c, "", sentence)
	}
	sentence, err := s.reauthenticate(c, form.Get("current_password"))
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refusePassword(c, sentence, "")
	}
	ctx := c.Request().Context()
	hash, err := s.hashing.hash(ctx, chosen)
	if err != nil {
		return err
	}
	keep, _ := s.sessionHash(c)
	if err := s.Store.SetPassword(ctx, v.UserID, hash, keep); err != nil {
		return err
	}
	return s.done(c, deedPasswordChanged, accountSettingsPath)
}

func (s *site) refusePassword(c echo.Context, current, chosen string) error {
	page, err := s.accountSettings(c)
	if err != nil {
		return err
	}
	page.CurrentError, page.PasswordError = current, chosen
	return render(c, http.StatusBadRequest, views.AccountSettings(page))
}
