package handlers

import (
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// setTheme remembers in the browser how pages shall look.
func (s *site) setTheme(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	switch theme := views.Theme(form.Get("theme")); theme {
	case views.ThemeLight, views.ThemeDark:
		c.SetCookie(s.cookie(themeCookie, string(theme), 365*24*time.Hour))
	default:
		s.dropCookie(c, themeCookie)
	}
	return seeOther(c, ownPath(form.Get("next"), "/"))
}
