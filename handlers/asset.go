package handlers

import "github.com/labstack/echo/v4"

// serveAsset serves static files. A browser that opens one that is not there
// gets the page that says so; what a page asks for by itself gets a word.
func (s *site) serveAsset() echo.HandlerFunc {
	files := echo.WrapHandler(s.Assets.Handler())
	return func(c echo.Context) error {
		if s.Assets.Has(c.Request().URL.Path) {
			return files(c)
		}
		c.Response().Header().Add("Vary", "Accept")
		if opensPage(c.Request()) {
			return echo.ErrNotFound
		}
		return files(c)
	}
}
