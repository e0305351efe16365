package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// contentPolicy is the same on every page (rulings.md 29).
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions switches off what the pages never use.
const permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"

// setHeaders puts the headers on every answer, errors included. Nothing is
// stored by browsers or proxies but the static files, which say so themselves.
func (s *site) setHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "same-origin") // "no-referrer" would make the Origin of our own forms null
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("Cache-Control", "no-store")
		if len(c.Request().TransferEncoding) > 0 {
			// A length beside the chunks is not visible any more. What follows
			// must not be taken for a request (RFC 9112 §6.1).
			h.Set("Connection", "close")
		}
		if s.https() {
			h.Set("Strict-Transport-Security", s.strictTransport())
		}
		return next(c)
	}
}

// strictTransport keeps browsers on https for two years (RFC 6797). Only the
// operator can consent to a place in the browsers' own lists, which is for ever.
func (s *site) strictTransport() string {
	if s.Preload {
		return "max-age=63072000; includeSubDomains; preload"
	}
	return "max-age=63072000; includeSubDomains"
}

// refuseOptions answers OPTIONS like any other method that a page does not
// take: nothing here is for other origins.
func (s *site) refuseOptions(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method != http.MethodOptions {
			return next(c)
		}
		allow, ok := c.Get(echo.ContextKeyHeaderAllow).(string)
		if !ok {
			return echo.ErrNotFound
		}
		c.Response().Header().Set("Allow", allow)
		return echo.ErrMethodNotAllowed
	}
}

// maxForm is the largest form without files, in bytes: enough for any text
// that is refused with a sentence of its own.
const maxForm = 256 << 10

// limitForms bounds the body of every request but those that bring reports,
// which have limits of their own.
func (s *site) limitForms(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method == http.MethodPost && !takesReports(c) {
			r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, maxForm)
		}
		return next(c)
	}
}

func takesReports(c echo.Context) bool {
	return machineRoute(c) || c.Path() == "/domains/:name/reports" || c.Path() == "/reports" || c.Path() == apiPath+"/deliveries" || c.Path() == toolAnalyzePath
}
