package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// deliveryPage is a page of deliveries with what a list says beside them.
type deliveryPage struct {
	rows  []models.Delivery
	total int64
	names map[string]string      // of domains, by id
	kept  map[string]models.Kept // by delivery id
}

func (s *site) deliveryPage(ctx context.Context, accountID string, state models.DeliveryState, p views.Pager) (deliveryPage, error) {
	rows, total, err := s.Store.Deliveries(ctx, accountID, models.DeliveryFilter{State: state, Limit: perPage, Offset: offset(p)})
	if err != nil {
		return deliveryPage{}, err
	}
	page := deliveryPage{rows: rows, total: total}
	return page, s.addNames(ctx, accountID, &page)
}

// addNames reads what stands beside the rows.
func (s *site) addNames(ctx context.Context, accountID string, page *deliveryPage) (err error) {
	var ids, domainIDs []string
	for _, d := range page.rows {
		ids = append(ids, d.ID)
	}
	if page.kept, err = s.Store.KeptOf(ctx, accountID, ids); err != nil {
		return err
	}
	for _, d := range page.rows {
		domainIDs = append(domainIDs, page.domainID(d))
	}
	page.names, err = s.Store.DomainNames(ctx, accountID, domainIDs)
	return err
}

// row is a delivery in a list, with the buttons that a member gets.
func (p deliveryPage) row(d models.Delivery, member bool) views.DeliveryRow {
	kept := p.kept[d.ID]
	loose := d.State == models.DeliveryQuarantined || d.State == models.DeliveryUnverified
	row := views.DeliveryRow{
		ID: d.ID, State: string(d.State), Reason: d.Reason, Domain: p.names[p.domainID(d)], Via: viaWord(d.Via), From: sender(d),
		Received: d.ReceivedAt, Size: d.Size, OriginalURL: p.originalURL(d), Reporter: reporterName(d.Reporter), Trust: views.Trust(kept.Trust),
		CanAccept:   member && kept.Body && d.State == models.DeliveryUnverified,
		CanWithdraw: member && kept.Body && d.AcceptedAt != nil && d.State != models.DeliveryPending,
		CanReplay:   member && kept.Body && loose,
		CanDelete:   member && loose,
	}
	if kept.ReportID != "" {
		row.ReportURL = "/reports/" + kept.ReportID
	}
	return row
}

// domainID is the domain that a delivery was sent for, or else that of the
// report that it brought, such as by an upload for all domains.
func (p deliveryPage) domainID(d models.Delivery) string {
	if d.DomainID != nil {
		return *d.DomainID
	}
	return p.kept[d.ID].DomainID
}

// domain is the domain that a delivery was sent for, "" for none.
func (p deliveryPage) domain(d models.Delivery) string {
	if d.DomainID == nil {
		return ""
	}
	return p.names[*d.DomainID]
}

func (p deliveryPage) originalURL(d models.Delivery) string {
	if !p.kept[d.ID].Body {
		return ""
	}
	return "/deliveries/" + d.ID + "/original"
}

// sender is who a delivery came from, as far as it says so.
func sender(d models.Delivery) string {
	for _, s := range []string{d.EnvelopeFrom, d.FileName, d.RemoteAddr} {
		if s != "" {
			return s
		}
	}
	return ""
}

// listDeliveries lists what arrived and what became of it.
func (s *site) listDeliveries(c echo.Context) error {
	state := deliveryState(c)
	page := views.DeliveriesPage{
		Frame: s.frame(c, "Deliveries"), Pager: pagerOf(c), State: string(state),
		Files: filesAt("Deliveries", "/deliveries", "deliveries", c.QueryParams()),
	}
	list, err := s.deliveryPage(c.Request().Context(), member(c).AccountID, state, page.Pager)
	if err != nil {
		return err
	}
	page.Pager = paged(page.Pager, list.total)
	for _, d := range list.rows {
		page.Rows = append(page.Rows, list.row(d, member(c).May(models.ToJudge)))
	}
	return render(c, http.StatusOK, views.Deliveries(page))
}

// deliveryState is the state that a list is narrowed to, "" for all.
func deliveryState(c echo.Context) models.DeliveryState {
	return models.DeliveryState(oneOf(c.QueryParam("state"), string(models.DeliveryPending), string(models.DeliveryCounted), string(models.DeliveryUnverified),
		string(models.DeliveryDuplicate), string(models.DeliveryQuarantined), string(models.DeliverySelfTest)))
}

// listQuarantine lists what could not be counted, with the reason.
func (s *site) listQuarantine(c echo.Context) error {
	page := views.QuarantinePage{Frame: s.frame(c, "Quarantine"), Pager: pagerOf(c), CanReplay: member(c).May(models.ToJudge)}
	page.Files = filesAt("The quarantine", "/deliveries", "deliveries", url.Values{"state": {string(models.DeliveryQuarantined)}})
	list, err := s.deliveryPage(c.Request().Context(), member(c).AccountID, models.DeliveryQuarantined, page.Pager)
	if err != nil {
		return err
	}
	page.Pager = paged(page.Pager, list.total)
	for _, d := range list.rows {
		page.Rows = append(page.Rows, views.QuarantineRow{
			ID: d.ID, Domain: list.domain(d), Reason: d.Reason, Detail: d.Detail, Via: viaWord(d.Via), From: sender(d),
			Received: d.ReceivedAt, Size: d.Size,
		})
	}
	return render(c, http.StatusOK, views.Quarantine(page))
}
