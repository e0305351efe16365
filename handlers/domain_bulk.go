package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// maxBulk is how many names one form may bring.
const maxBulk = 500

func (s *site) showBulk(c echo.Context) error {
	return s.renderBulk(c, http.StatusOK, views.BulkPage{})
}

// renderBulk says with the form how many names the account has room for.
func (s *site) renderBulk(c echo.Context, code int, page views.BulkPage) error {
	room, err := s.Store.DomainRoom(c.Request().Context(), member(c).AccountID)
	if err != nil {
		return err
	}
	q := s.Store.Quotas
	page.Frame, page.Most = s.frame(c, "Add many domains"), maxBulk
	page.Room = views.BulkRoom{Left: max(room.Left, 0), Pending: room.Pending, Total: room.Total, MostPending: q.PendingDomains, MostTotal: q.Domains}
	return render(c, code, views.BulkDomains(page))
}

// addBulk registers the names of a list and says of each what became of it.
func (s *site) addBulk(c echo.Context) error {
	names, err := bulkNames(c)
	if err == nil && len(names) == 0 {
		err = errNoNames
	}
	if err != nil {
		page := views.BulkPage{Names: c.Request().PostFormValue("names")}
		if page.Error = bulkFault(err); page.Error == "" {
			return err
		}
		return s.renderBulk(c, http.StatusBadRequest, page)
	}
	rows, err := s.addAll(c, names)
	if err != nil {
		return err
	}
	return s.renderBulk(c, http.StatusOK, views.BulkPage{Rows: rows, Names: waiting(rows)})
}

// waiting are the names that the account had no room for, as a form takes them.
func waiting(rows []views.BulkRow) string {
	var names []string
	for _, r := range rows {
		if r.Waits {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, "\n")
}

// addAll adds those of the names that can be, in one transaction.
func (s *site) addAll(c echo.Context, typed []string) ([]views.BulkRow, error) {
	rows := make([]views.BulkRow, len(typed))
	var names []string
	var places []int
	for i, t := range typed {
		name, sentence := s.acceptName(t)
		rows[i] = views.BulkRow{Typed: domainname.Show(t), Verdict: views.Fail, Text: sentence}
		if sentence == "" {
			names, places = append(names, name), append(places, i)
		}
	}
	if len(names) == 0 {
		return rows, nil
	}
	added, err := s.Store.AddDomains(c.Request().Context(), member(c).AccountID, names)
	if err != nil {
		return nil, err
	}
	for k, a := range added {
		row := &rows[places[k]]
		row.Name, row.Waits = names[k], errors.Is(a.Err, models.ErrQuota)
		row.Verdict, row.Text = s.addedWords(names[k], a.Err)
	}
	s.zoneChanged()
	return rows, nil
}

func (s *site) addedWords(name string, err error) (views.Verdict, string) {
	switch {
	case err == nil:
		return views.Pass, "Added."
	case errors.Is(err, models.ErrTaken):
		return views.Warn, s.refusedBecause(name, err)
	case errors.Is(err, models.ErrQuota):
		return views.Fail, fmt.Sprintf("No room now: an account can have %d domains, %d of them pending.", s.Store.Quotas.Domains, s.Store.Quotas.PendingDomains)
	default:
		return views.Fail, s.refusedBecause(name, err)
	}
}

// errNoNames says that a form has neither names nor a file with some.
var errNoNames = errors.New("no names in the form")

// bulkNames are the names in a form as typed: pasted ones, and those of a file.
func bulkNames(c echo.Context) ([]string, error) {
	r := c.Request()
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, err
	}
	names, err := domainname.List(r.PostFormValue("names"), maxBulk)
	if err != nil || r.MultipartForm == nil {
		return names, err
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // all of it is in memory
	for _, header := range r.MultipartForm.File["file"] {
		f, err := header.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		more, err := domainname.CSV(string(text), maxBulk-len(names))
		if err != nil && !errors.Is(err, domainname.ErrTooMany) {
			err = errNoTable
		}
		if names = append(names, more...); err != nil {
			return names, err
		}
	}
	return names, nil
}

// errNoTable says that a file is no CSV.
var errNoTable = errors.New("the file is no table")

func bulkFault(err error) string {
	switch {
	case errors.Is(err, errNoNames):
		return "Enter the names, or choose a file with them."
	case errors.Is(err, errNoTable):
		return "The file is not a CSV table. Save it as CSV, with the names in the first column or under the heading “domain”."
	case errors.Is(err, domainname.ErrTooMany):
		return fmt.Sprintf("These are more than %d names; nothing was added. Send them in smaller groups.", maxBulk)
	default:
		return ""
	}
}
