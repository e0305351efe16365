package handlers

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// A person who opens an address for machines is told what it is for, with the
// status that a machine gets.

// answerMachine answers at an address for machines: with text, or with page.
func (s *site) answerMachine(c echo.Context, code int, text string, page views.MachinePage) error {
	c.Response().Header().Add("Vary", "Accept")
	if !opensPage(c.Request()) {
		return c.String(code, text)
	}
	return s.renderMachine(c, code, page)
}

// renderMachine draws a page without looking at who asks: a database that is
// down must not keep it back, and a token is no person.
func (s *site) renderMachine(c echo.Context, code int, page views.MachinePage) error {
	page.Frame = s.bareFrame(c, page.Title)
	page.Code, page.RequestID = code, requestID(c)
	return render(c, code, views.Machine(page))
}

// machineError is the page of an error at an address for machines.
func (s *site) machineError(c echo.Context, v *refusal) error {
	page := views.MachinePage{Frame: views.Frame{Title: strconv.Itoa(v.code)}}
	switch {
	case apiRequest(c):
		page.Headline = "This address is for programs that use the API."
		page.Sentence = cmp.Or(v.sentence, defaultDetail(v.code))
		page.API = true
	case v.code == http.StatusMethodNotAllowed:
		page.Headline = "This address takes TLS reports by POST."
		page.Sentence = "Servers that send mail leave their reports here (RFC 8460 §5.4), so there is nothing to look at. What has come in stands in the account's reports."
	case v.code == http.StatusNotFound:
		page.Headline = "No reports are taken at this address."
		page.Sentence = "They go by POST to the address that stands in the settings of a domain."
	default:
		page.Headline = "This address is for machines, and cannot answer."
		page.Sentence = cmp.Or(v.sentence, defaultDetail(v.code))
	}
	return s.renderMachine(c, v.code, page)
}
