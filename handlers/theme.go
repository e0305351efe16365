package handlers

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// themeCookie says how pages look in a browser.
const themeCookie = "theme"

// themeLife is how long a choice is remembered.
const themeLife = 365 * 24 * time.Hour

func (s *site) themeOf(c echo.Context) views.Theme {
	value, ok := s.cookieValue(c, themeCookie)
	if !ok {
		return views.ThemeSystem
	}
	return views.Theme(value)
}

// setTheme remembers in the browser how pages shall look. As the system is what
// everybody has who chose nothing.
func (s *site) setTheme(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	switch theme := views.Theme(form.Get("theme")); theme {
	case views.ThemeLight, views.ThemeDark:
		c.SetCookie(s.cookie(themeCookie, string(theme), themeLife))
	default:
		s.setUsualTheme(c)
	}
	return seeOther(c, ownPath(form.Get("next"), "/"))
}

// setUsualTheme gives the value that nobody has chosen. It is the same for
// everybody and goes when the browser is closed, so it tells nobody apart.
func (s *site) setUsualTheme(c echo.Context) {
	c.SetCookie(s.cookie(themeCookie, string(views.ThemeSystem), 0))
}

// giveTheme lets every browser that is shown a page have a theme, chosen or
// not (decision 32). Files and what machines are answered carry no cookie.
func (s *site) giveTheme(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, ok := s.cookieValue(c, themeCookie); !ok && fromBrowser(c.Request()) && !s.misdirected(c.Request()) {
			c.Response().Before(func() {
				if strings.HasPrefix(c.Response().Header().Get("Content-Type"), "text/html") {
					s.setUsualTheme(c)
				}
			})
		}
		return next(c)
	}
}
