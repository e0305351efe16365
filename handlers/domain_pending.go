package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// listPending is a table of all domains whose CNAME is still missing.
func (s *site) listPending(c echo.Context) error {
	domains, total, err := s.Store.Domains(c.Request().Context(), member(c).AccountID, models.DomainFilter{State: models.Pending})
	if err != nil {
		return err
	}
	page := views.PendingPage{Frame: s.frame(c, "Pending domains"), Total: int(total)}
	for _, d := range domains {
		page.Rows = append(page.Rows, views.PendingRow{
			Name: d.Name, Unicode: unicodeName(d.Name), Host: hosted.Owner(d.Name) + ".", Value: s.Zone.Target(d.Name, d.Token) + ".",
			Verdict: shownVerdict(d), Finding: firstFinding(d), Since: d.CreatedAt,
		})
	}
	return render(c, http.StatusOK, views.PendingDomains(page))
}

// firstFinding is the sentence that matters most, "" when there is none.
func firstFinding(d models.Domain) string {
	if len(d.Findings) == 0 {
		return ""
	}
	return d.Findings[0].Text
}
