package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// historyPerPage is how many changes a page of the history has.
const historyPerPage = 50

// showSetupHistory lists every change of what the servers of a domain said.
func (s *site) showSetupHistory(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	before := momentOf(c.QueryParam("before"))
	changes, err := s.Store.ObservationChanges(c.Request().Context(), d, before, historyPerPage)
	if err != nil {
		return err
	}
	page := views.HistoryPage{Frame: s.frame(c, d.Name+" history"), Domain: domainHead(d), Older: !before.IsZero()}
	target := s.Zone.Target(d.Name, d.Token)
	for _, change := range changes {
		if change.Kind != views.KindAuthoritative && change.Kind != views.KindResolver {
			continue
		}
		page.Rows = append(page.Rows, historyRow(change, target))
	}
	if len(changes) >= historyPerPage {
		page.Next = strconv.FormatInt(changes[len(changes)-1].At.UnixMicro(), 10)
	}
	return render(c, http.StatusOK, views.History(page))
}

// momentOf reads a time in microseconds; the zero time for what is none.
func momentOf(text string) time.Time {
	micro, err := strconv.ParseInt(text, 10, 64)
	if err != nil || micro <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

func historyRow(c models.ObservationChange, target string) views.HistoryRow {
	return views.HistoryRow{
		At: c.At, Server: c.Server, Address: c.Addr, Kind: c.Kind,
		Before: said(c.Before, target), After: said(c.After, target),
	}
}

// said is what a server answered; nil when it was not asked.
func said(o *models.Observation, target string) *views.Said {
	if o == nil {
		return nil
	}
	records := recordsOf(*o)
	if o.Error != "" {
		records = nil
	}
	return &views.Said{Verdict: views.Verdict(o.Verdict), Answer: answerText(*o, target), Records: strings.Join(records, "\n")}
}
