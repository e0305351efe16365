package handlers

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// cnameTTL is what exported records say, in seconds.
const cnameTTL = 3600

// exportCNAMEs gives the CNAMEs of all domains as a table.
func (s *site) exportCNAMEs(c echo.Context) error {
	domains, err := s.allDomains(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	table := csv.NewWriter(&out)
	_ = table.Write([]string{"domain", "state", "host", "type", "value", "ttl"}) // a buffer takes all
	for _, d := range domains {
		_ = table.Write(safeCells(d.Name, string(d.State), hosted.Owner(d.Name)+".", "CNAME", s.Zone.Target(d.Name, d.Token)+".", fmt.Sprint(cnameTTL)))
	}
	table.Flush()
	return download(c, "cnames.csv", "text/csv; charset=utf-8", out.Bytes())
}

// exportZone gives the CNAMEs of all domains as lines of zone files.
func (s *site) exportZone(c echo.Context) error {
	domains, err := s.allDomains(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "; CNAMEs for TLS reporting, of all domains of the account: each belongs into the zone of its domain.\n")
	for _, d := range domains {
		fmt.Fprintf(&out, "%s. %d IN CNAME %s. ; %s\n", hosted.Owner(d.Name), cnameTTL, s.Zone.Target(d.Name, d.Token), d.State)
	}
	return download(c, "cnames.zone", "text/plain; charset=utf-8", out.Bytes())
}

func (s *site) allDomains(c echo.Context) ([]models.Domain, error) {
	domains, _, err := s.Store.Domains(c.Request().Context(), member(c).AccountID, models.DomainFilter{})
	return domains, err
}

func download(c echo.Context, name, contentType string, body []byte) error {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, contentType, body)
}

// safeCells keeps spreadsheets from taking a cell for a formula.
func safeCells(cells ...string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}
