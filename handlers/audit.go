package handlers

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// auditPath is the audit log of the account that is open.
const auditPath = "/settings/audit"

func auditFilter(c echo.Context) models.AuditFilter {
	return models.AuditFilter{
		Actor: searchText(c.QueryParam("actor")), Action: models.AuditAction(searchText(c.QueryParam("action"))), Object: searchText(c.QueryParam("object")),
	}
}

// showAudit lists what was changed in the account.
func (s *site) showAudit(c echo.Context) error {
	f := auditFilter(c)
	page := views.AuditPage{
		Frame: s.frame(c, "Audit log"), Pager: pagerOf(c), Actor: f.Actor, Action: string(f.Action), Object: f.Object, KeptDays: models.AuditDays,
	}
	f.Limit, f.Offset = perPage, offset(page.Pager)
	events, total, err := s.Store.AuditLog(c.Request().Context(), member(c).AccountID, f)
	if err != nil {
		return err
	}
	page.Pager = paged(page.Pager, total)
	for _, e := range events {
		page.Rows = append(page.Rows, views.AuditRow{
			At: e.At, Actor: e.Actor, Address: e.Address, Action: string(e.Action), Object: e.Object, Facts: factsOf(e.Before, e.After),
			Number: e.Number, Hash: hex.EncodeToString(e.Hash),
		})
	}
	return render(c, http.StatusOK, views.Audit(page))
}

// factsOf lists what has changed from before to after.
func factsOf(before, after string) []views.AuditFact {
	var was, is map[string]string
	_ = json.Unmarshal([]byte(before), &was) // "" is nothing, and so is what cannot be read
	_ = json.Unmarshal([]byte(after), &is)
	names := maps.Clone(was)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, is)
	var out []views.AuditFact
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
			out = append(out, views.AuditFact{Name: name, Before: was[name], After: is[name]})
		}
	}
	return out
}

// exportAudit gives the audit log as a file, row by row.
func (s *site) exportAudit(c echo.Context) error {
	kind, ok := strings.CutPrefix(c.Param("file"), "audit.")
	if !ok || kind != "csv" && kind != "json" {
		return models.ErrNotFound
	}
	show := views.Visible
	if kind == "json" { // which spells them out by itself
		show = func(s string) string { return s }
	}
	return s.exportRows(c, "audit-log."+kind, kind, func(out *rowWriter) error {
		out.head("at", "actor", "address", "action", "object", "before", "after", "number", "previous_hash", "hash")
		return s.Store.EachAuditEvent(c.Request().Context(), member(c).AccountID, auditFilter(c), func(e models.AuditEvent) error {
			return out.row(machineTime(e.At), show(e.Actor), show(e.Address), string(e.Action), show(e.Object), show(e.Before), show(e.After),
				e.Number, hex.EncodeToString(e.Previous), hex.EncodeToString(e.Hash))
		})
	})
}
