package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// showForwards lists where the originals of a domain are sent on to.
func (s *site) showForwards(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	page, err := s.forwardsPage(c, d)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Forwards(page))
}

func (s *site) forwardsPage(c echo.Context, d models.Domain) (views.ForwardsPage, error) {
	ctx := c.Request().Context()
	list, err := s.Store.Forwards(ctx, d)
	if err != nil {
		return views.ForwardsPage{}, err
	}
	offers, err := s.recordTargets(ctx, d)
	if err != nil {
		return views.ForwardsPage{}, err
	}
	page := views.ForwardsPage{
		Frame: s.frame(c, d.Name+" forwards"), Domain: domainHead(d),
		CanManage: member(c).May(models.ToManageDomains), SendsMail: s.SendsMail, ShowsMail: s.ShowsMail,
	}
	for _, f := range list {
		page.Rows = append(page.Rows, s.forwardRow(f, d))
		offers = slices.DeleteFunc(offers, func(o string) bool { return o == f.Target })
		if f.State == models.ForwardUnconfirmed && f.Kind == models.ForwardHTTPS && f.NextAttemptAt != nil && f.Attempts == 0 {
			page.Refresh = 3
		}
	}
	page.Offers = offers
	return page, nil
}

func (s *site) forwardRow(f models.ForwardStatus, d models.Domain) views.ForwardRow {
	row := views.ForwardRow{
		ID: f.ID, Target: f.Target, HTTPS: f.Kind == models.ForwardHTTPS,
		Confirmed: f.State == models.ForwardActive, FromRecord: f.Origin == models.ForwardFromRecord,
		AwaitsProof: f.Origin == models.ForwardFromRecord && d.VerifiedAt == nil,
		Added:       f.CreatedAt, Waiting: f.Waiting, Failed: f.Failed, Sent: f.Sent, Error: f.LastError,
	}
	if f.LastSuccessAt != nil {
		row.LastSuccess = *f.LastSuccessAt
	}
	if f.LastErrorAt != nil {
		row.LastError = *f.LastErrorAt
	}
	if f.NextAttemptAt != nil && (f.Waiting > 0 || f.State == models.ForwardUnconfirmed) {
		row.Next = *f.NextAttemptAt
	}
	return row
}

// offers are the addresses of the record that are no targets yet.
func (s *site) offers(ctx context.Context, d models.Domain) ([]string, error) {
	targets, err := s.recordTargets(ctx, d)
	if err != nil || len(targets) == 0 {
		return nil, err
	}
	list, err := s.Store.Forwards(ctx, d)
	return slices.DeleteFunc(targets, func(t string) bool {
		return slices.ContainsFunc(list, func(f models.ForwardStatus) bool { return f.Target == t })
	}), err
}

// recordTargets are the mail and https addresses that the domain's own record
// has named: they get its reports already, so that nobody has to confirm them.
func (s *site) recordTargets(ctx context.Context, d models.Domain) ([]string, error) {
	texts, err := s.Store.RecordTexts(ctx, d)
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, text := range texts {
		record, _ := tlsrpt.ParseRecord(text) // what of it can be read is enough
		for _, destination := range record.Destinations {
			_, target, err := s.forwardTarget(cmp.Or(destination.Address, destination.URL))
			if err == nil && !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	return targets, nil
}
