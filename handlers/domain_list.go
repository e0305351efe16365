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
	page := views.DomainsPage{
		Frame: s.frame(c, "Domains"),
		Query: searchText(c.QueryParam("q")),
		State: oneOf(c.QueryParam("state"), string(models.Pending), string(models.Active), string(models.Lapsed)),
		Sort:  oneOf(c.QueryParam("sort"), views.SortName, views.SortSessions, views.SortFailed, views.SortLast),
		Pager: pagerOf(c), CanManage: member(c).May(models.ToManageDomains),
	}
	ctx, err := s.throughTag(c, &page.TagFilter)
	if err != nil {
		return err
	}
	if page.Sort == "" {
		page.Sort = views.SortNeeds
	}
	today := models.DayOf(s.Now())
	span := models.Span{From: today - listDays + 1, To: today}
	domains, total, err := s.Store.DomainsInOrder(ctx, accountID, models.DomainFilter{
		Search: page.Query, State: models.DomainState(page.State), Limit: perPage, Offset: offset(page.Pager),
	}, domainOrder(page.Sort))
	if err != nil {
		return err
	}
	page.Pager.Total = int(total)
	page.AccountEmpty = total == 0 && page.Query == "" && page.State == "" && page.Tag == ""
	if page.Rows, err = s.domainRows(ctx, accountID, domains, span); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Domains(page))
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
