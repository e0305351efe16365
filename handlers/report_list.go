package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// listReports lists the reports of a domain, with the form to upload more.
func (s *site) listReports(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	return s.renderReports(c, http.StatusOK, d, nil, "")
}

// listAccountReports lists the reports of all domains, the latest first.
func (s *site) listAccountReports(c echo.Context) error {
	return s.renderReports(c, http.StatusOK, models.Domain{}, nil, "")
}

// renderReports is the list of a domain, or of all for the zero Domain, after an
// upload or without one.
func (s *site) renderReports(c echo.Context, status int, d models.Domain, uploads []views.UploadResult, uploadError string) error {
	page := views.ReportsPage{
		Pager: pagerOf(c), CanUpload: member(c).May(models.ToBring),
		Uploads: uploads, UploadError: uploadError, UploadLimit: fmt.Sprintf("%d MiB", s.Limits.Report.Message>>20),
	}
	page.Frame = s.frame(c, "Reports")
	if d.ID != "" {
		page.Frame, page.Domain = s.frame(c, d.Name+" reports"), domainHead(d)
	}
	if err := s.fillReports(c, d, &page); err != nil {
		return err
	}
	return render(c, status, views.Reports(page))
}

func (s *site) fillReports(c echo.Context, d models.Domain, page *views.ReportsPage) error {
	ctx, accountID := c.Request().Context(), member(c).AccountID
	q := reportQueryOf(c.QueryParams())
	q.DomainID, q.Limit, q.Offset = d.ID, perPage, offset(page.Pager)
	named, totals, err := s.Store.ListReports(ctx, accountID, q)
	if err != nil {
		return err
	}
	page.Totals = reportTotals(totals)
	page.Pager.Total, page.Pager.More = int(totals.Reports), totals.More
	narrowed := maps.Clone(c.QueryParams())
	if d.ID != "" {
		narrowed.Set("domain", d.Name)
	}
	page.Files = filesAt("Reports", "/reports", "reports", narrowed)
	if page.Filter, err = s.reportFilter(ctx, accountID, q); err != nil {
		return err
	}
	reports := make([]models.Report, len(named))
	var names map[string]string
	if d.ID == "" {
		names = map[string]string{}
	}
	for i, r := range named {
		reports[i] = r.Report
		if names != nil {
			names[r.DomainID] = r.Name
		}
	}
	page.Rows, err = s.reportRows(ctx, accountID, reports, names)
	return err
}

// reportRows are reports as lists show them. names has their domains by id; nil
// where a list is about one domain.
func (s *site) reportRows(ctx context.Context, accountID string, reports []models.Report, names map[string]string) ([]views.ReportRow, error) {
	var identities []string
	for _, r := range reports {
		if !slices.Contains(identities, r.Reporter) {
			identities = append(identities, r.Reporter)
		}
	}
	known, err := s.Store.ReportersNamed(ctx, accountID, identities)
	var rows []views.ReportRow
	for _, r := range reports {
		row := reportRow(r, names[r.DomainID])
		row.New = known[r.Reporter].New(s.Now())
		rows = append(rows, row)
	}
	return rows, err
}

func reportRow(r models.Report, domain string) views.ReportRow {
	return views.ReportRow{
		ID: r.ID, ReportID: r.ReportID, Domain: domain, Reporter: reporterName(r.Reporter),
		Start: r.StartAt, End: r.EndAt, Received: r.ReceivedAt,
		Sessions: views.Sessions{Successful: r.Successful, Failed: r.Failed},
		Trust:    views.Trust(r.Trust), Counted: r.Standing == models.Counted, Why: whyNotCounted(r),
	}
}

// whyNotCounted says why a report moves no chart; "" when it does.
func whyNotCounted(r models.Report) string {
	switch {
	case r.Standing == models.Counted:
		return ""
	case r.Standing == models.Superseded:
		return "Another version of this report counts instead."
	case r.Standing == models.Blocked:
		return "A member has blocked its reporter, so it is not counted."
	case r.Trust == models.Unverified:
		return "No valid DKIM signature proves who sent it, so it is not counted."
	default:
		return "It is not counted."
	}
}
