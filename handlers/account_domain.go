package handlers

import (
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// domain is the one that the path names, if it is the account's. Whatever has
// not the form of a name is not looked up.
func (s *site) domain(c echo.Context) (models.Domain, error) {
	name := c.Param("name")
	if !nameInPath(name) {
		return models.Domain{}, models.ErrNotFound
	}
	return s.Store.Domain(c.Request().Context(), member(c).AccountID, name)
}

func nameInPath(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// idInPath is the id that the path carries, in the one spelling that ids have.
func idInPath(c echo.Context) (string, error) {
	text := c.Param("id")
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return "", models.ErrNotFound
	}
	return text, nil
}

func domainHead(d models.Domain) views.DomainHead {
	return views.DomainHead{
		Name: d.Name, Unicode: unicodeName(d.Name), State: views.DomainState(d.State),
		Verdict: shownVerdict(d), Since: d.StateSince,
	}
}

// unicodeName is the form for people where it differs from the A-labels.
func unicodeName(name string) string {
	if u := domainname.Unicode(name); u != name {
		return u
	}
	return ""
}

// shownVerdict is the last verdict; there is none before the first check.
func shownVerdict(d models.Domain) views.Verdict {
	if d.CheckedAt == nil {
		return ""
	}
	return views.Verdict(d.Verdict)
}
