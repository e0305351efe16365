package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

func (s *site) accountSettings(c echo.Context) views.AccountSettingsPage {
	return views.AccountSettingsPage{
		Frame: s.frame(c, "Account settings"), MinPassword: minPassword, Role: string(member(c).Role),
	}
}

func (s *site) showAccountSettings(c echo.Context) error {
	return render(c, http.StatusOK, views.AccountSettings(s.accountSettings(c)))
}

// changePassword sets a new password for whoever knows the old one. All other
// sessions of the person end.
func (s *site) changePassword(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	password := form.Get("password")
	if len(password) < minPassword || len(password) > maxPassword {
		page := s.accountSettings(c)
		page.PasswordError = passwordSentence
		return render(c, http.StatusBadRequest, views.AccountSettings(page))
	}
	user, err := s.checkLogin(ctx, member(c).Email, form.Get("current_password"), c.RealIP())
	var slow *refusal
	if errors.Is(err, errWrongLogin) || errors.As(err, &slow) {
		page := s.accountSettings(c)
		page.CurrentError = "This is not your current password."
		if slow != nil {
			page.CurrentError = slow.sentence
		}
		return render(c, http.StatusBadRequest, views.AccountSettings(page))
	}
	if err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	keep, _ := s.sessionHash(c)
	if err := s.Store.SetPassword(ctx, user.ID, hash, keep); err != nil {
		return err
	}
	return s.done(c, deedPasswordChanged, "/settings/account")
}
