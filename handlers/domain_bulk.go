package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// maxBulk is how many names one form may bring.
const maxBulk = 500

func (s *site) showBulk(c echo.Context) error {
	return render(c, http.StatusOK, views.BulkDomains(views.BulkPage{Frame: s.frame(c, "Add many domains"), Most: maxBulk}))
}

// addBulk registers the names of a list and says of each what became of it.
func (s *site) addBulk(c echo.Context) error {
	names, err := bulkNames(c)
	if err == nil && len(names) == 0 {
		err = errNoNames
	}
	if err != nil {
		page := views.BulkPage{Frame: s.frame(c, "Add many domains"), Most: maxBulk, Names: c.Request().PostFormValue("names")}
		code := http.StatusBadRequest
		if page.Error = bulkFault(err); page.Error == "" {
			return err
		}
		return render(c, code, views.BulkDomains(page))
	}
	rows, err := s.addAll(c, names)
	if err != nil {
		return err
	}
	page := views.BulkPage{Frame: s.frame(c, "Add many domains"), Most: maxBulk, Rows: rows}
	return render(c, http.StatusOK, views.BulkDomains(page))
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
		row.Name = names[k]
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
