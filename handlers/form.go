package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

// readForm reads the fields of a form in the body. What is in the URL does not
// count, so that a link can never fill in a form.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		if verdictOf(err).code == http.StatusRequestEntityTooLarge {
			return nil, err
		}
		return nil, refuse(http.StatusBadRequest, "The form could not be read.")
	}
	return r.PostForm, nil
}

// domainForm reads a form about the domain that the path names.
func (s *site) domainForm(c echo.Context) (models.Domain, url.Values, error) {
	d, err := s.domain(c)
	if err != nil {
		return d, nil, err
	}
	form, err := readForm(c)
	return d, form, err
}

// idForm reads a form about what the path names by its id.
func idForm(c echo.Context) (id string, form url.Values, err error) {
	if id, err = idInPath(c); err != nil {
		return "", nil, err
	}
	form, err = readForm(c)
	return id, form, err
}
