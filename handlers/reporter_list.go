package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const (
	// reporterDays is for how many days the list of reporters sums sessions.
	reporterDays = 30
	// settlePatience is how long an answer waits for the counts to follow; a
	// job goes on from there.
	settlePatience = 5 * time.Second
)

// listReporters lists who reports to the account.
func (s *site) listReporters(c echo.Context) error {
	page := views.ReportersPage{
		Frame: s.frame(c, "Reporters"), Pager: pagerOf(c), CanBlock: member(c).May(models.ToBlock), Days: reporterDays,
		Files: filesAt("Reporters", "/reporters", "reporters", url.Values{}),
	}
	rows, total, err := s.Store.Reporters(c.Request().Context(), member(c).AccountID, s.reporterSpan(), perPage, offset(page.Pager))
	if err != nil {
		return err
	}
	page.Pager = paged(page.Pager, total)
	for _, r := range rows {
		page.Rows = append(page.Rows, views.ReporterRow{
			Identity: r.Identity, Friendly: friendlyName(r.Identity), First: r.FirstSeen, New: r.New(s.Now()),
			Blocked: r.BlockedAt != nil, BlockedBy: r.BlockedBy, Settling: r.Unsettled,
			Sessions: views.Sessions{Successful: r.Successful, Failed: r.Failed},
		})
	}
	return render(c, http.StatusOK, views.Reporters(page))
}

func (s *site) reporterSpan() models.Span {
	today := models.DayOf(s.Now())
	return models.Span{From: today - reporterDays + 1, To: today}
}

// blockReporter takes the reports of a reporter out of the counts.
func (s *site) blockReporter(c echo.Context) error { return s.setBlocked(c, true, deedReporterBlocked) }

// unblockReporter puts them back.
func (s *site) unblockReporter(c echo.Context) error {
	return s.setBlocked(c, false, deedReporterUnblocked)
}

func (s *site) setBlocked(c echo.Context, block bool, d deed) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := s.block(c.Request().Context(), member(c), form.Get("identity"), block); err != nil {
		return err
	}
	return s.done(c, d, "/reporters")
}

// block takes the reports of a reporter out of the counts or puts them back,
// and waits a moment for the counts to follow.
func (s *site) block(ctx context.Context, v *models.Visitor, identity string, block bool) error {
	if err := s.Store.BlockReporter(ctx, v.AccountID, identity, v.Email, block); err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	if err := s.Store.SettleReporter(patient, v.AccountID, identity); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
