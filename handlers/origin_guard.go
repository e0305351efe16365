package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
)

// guardOrigin refuses writes that another site has made a browser send
// (rulings.md 30). Reports that are POSTed to a secret URL carry no cookie and
// need no guard.
func (s *site) guardOrigin() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	// An origin that cannot be added is trusted by nobody: the Host still is.
	_ = protection.AddTrustedOrigin(s.BaseURL.Scheme + "://" + s.BaseURL.Host)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if machineRoute(c) || apiRequest(c) { // neither looks at cookies
				return next(c)
			}
			if s.originless(r) {
				return refuse(http.StatusForbidden, "This request does not say which site it comes from (Origin or Sec-Fetch-Site), so nothing was changed. Every browser does; a program uses the API.")
			}
			if err := protection.Check(r); err != nil || fromElsewhere(r) {
				return refuse(http.StatusForbidden, "This request came from another site, so nothing was changed. Go back, reload the page and try again.")
			}
			return next(c)
		}
	}
}

// fromElsewhere reports whether a browser says that a write is another site's,
// whatever Origin stands beside it: that BASE_URL is trusted is for browsers
// that say nothing but the Origin, behind a proxy that changes the Host.
func fromElsewhere(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

// originless reports whether a write carries our cookie but nothing that says
// which site it comes from. Every browser that we know says so.
func (s *site) originless(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return false
	}
	_, err := r.Cookie(s.cookieName(sessionCookie))
	return err == nil
}

// machineRoute reports whether a request is answered in plain text, without
// cookies or pages.
func machineRoute(c echo.Context) bool {
	return strings.HasPrefix(c.Request().URL.Path, hosted.ReportPath) || c.Path() == "/healthz" || c.Path() == "/readyz"
}
