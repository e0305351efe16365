package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// listDays is how many days the numbers of the domain list cover.
const listDays = models.WeekDays

// listDomains is the list of all domains, searched, filtered and sorted.
func (s *site) listDomains(c echo.Context) error {
	accountID := member(c).AccountID
	page, filter, order := domainListOf(c)
	page.Frame, page.Pager, page.CanManage = s.frame(c, "Domains"), pagerOf(c), member(c).May(models.ToManageDomains)
	page.Files, page.DayFiles = filesAt("Domains", "/domains", "domains", c.QueryParams()), filesAt("Their days", "/domains", "days", c.QueryParams())
	ctx, err := s.throughTag(c, &page.TagFilter)
	if err != nil {
		return err
	}
	filter.Limit, filter.Offset = perPage, offset(page.Pager)
	domains, total, err := s.Store.ListDomains(ctx, accountID, filter, order)
	if err != nil {
		return err
	}
	page.Pager = paged(page.Pager, total)
	page.AccountEmpty = total == 0 && page.Query == "" && page.State == "" && page.Tag == ""
	if page.Rows, err = s.domainRows(ctx, accountID, domains, s.listSpan()); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Domains(page))
}

// domainListOf reads what the list is narrowed to and sorted by.
func domainListOf(c echo.Context) (views.DomainsPage, models.DomainFilter, models.DomainOrder) {
	page := views.DomainsPage{
		Query: searchText(c.QueryParam("q")),
		State: oneOf(c.QueryParam("state"), string(models.Pending), string(models.Active), string(models.Lapsed)),
		Sort:  oneOf(c.QueryParam("sort"), views.SortName, views.SortSessions, views.SortFailed, views.SortLast),
	}
	if page.Sort == "" {
		page.Sort = views.SortNeeds
	}
	return page, models.DomainFilter{Search: page.Query, State: models.DomainState(page.State)}, domainOrder(page.Sort)
}

// listSpan is the days that the numbers of the list cover.
func (s *site) listSpan() models.Span {
	today := models.DayOf(s.Now())
	return models.Span{From: today - listDays + 1, To: today}
}

func domainOrder(sort string) models.DomainOrder {
	switch sort {
	case views.SortName:
		return models.ByName
	case views.SortSessions:
		return models.BySessions
	case views.SortFailed:
		return models.ByFailureShare
	case views.SortLast:
		return models.ByLastReport
	default:
		return models.ByNeed
	}
}
