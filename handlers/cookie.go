package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// cookieName binds a cookie to the host where browsers can: __Host- needs
// https (rulings.md 30).
func (s *site) cookieName(name string) string {
	if s.https() {
		return "__Host-" + name
	}
	return name
}

// cookie is one of ours. A life of 0 ends with the browser's session, one below
// at once.
func (s *site) cookie(name, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{ // #nosec G124 -- Secure wherever the pages are https; plain http is for loopback
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode,
	}
}

func (s *site) dropCookie(c echo.Context, name string) {
	c.SetCookie(s.cookie(name, "", -time.Second))
}

// cookieValue is what a browser has sent of a cookie of ours.
func (s *site) cookieValue(c echo.Context, name string) (value string, ok bool) {
	cookie, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}
