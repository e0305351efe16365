package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// downloadReport gives the JSON of a report as its reporter wrote it.
func (s *site) downloadReport(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	full, err := s.Store.Report(ctx, member(c).AccountID, id)
	if err != nil {
		return err
	}
	raw, err := s.reportJSON(ctx, full.Report)
	if err != nil {
		return err
	}
	return attach(c, fmt.Sprintf("tls-report-%s-%s.json", full.Day, id), "application/json", raw)
}

// downloadOriginal gives a delivery byte for byte as it arrived.
func (s *site) downloadOriginal(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	ctx, accountID := c.Request().Context(), member(c).AccountID
	d, err := s.Store.Delivery(ctx, accountID, id)
	if err != nil {
		return err
	}
	raw, err := ingest.Original(ctx, s.Store, accountID, id)
	if err != nil {
		return err
	}
	ending := "bin"
	if d.Via == models.ViaMail {
		ending = "eml"
	}
	return attach(c, fmt.Sprintf("delivery-%s.%s", id, ending), "application/octet-stream", raw)
}

// attach answers with bytes from outside in a way that no browser runs: to be
// saved, of no other type than said, and in a sandbox. name is made of our own
// words only.
func attach(c echo.Context, name, contentType string, raw []byte) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", contentPolicy+"; sandbox")
	return c.Blob(http.StatusOK, contentType, raw)
}
