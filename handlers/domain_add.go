package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

func (s *site) showNewDomain(c echo.Context) error {
	return render(c, http.StatusOK, views.NewDomain(views.NewDomainPage{Frame: s.frame(c, "Add a domain")}))
}

// addDomain registers a domain, or says in a sentence why it cannot.
func (s *site) addDomain(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	name, sentence := s.acceptName(form.Get("name"))
	if sentence == "" {
		_, err = s.Store.AddDomain(c.Request().Context(), member(c).AccountID, name)
		sentence = s.refusedBecause(name, err)
	}
	if sentence != "" {
		page := views.NewDomainPage{Frame: s.frame(c, "Add a domain"), Name: form.Get("name"), NameError: sentence, Suggestion: suggestion(form.Get("name"))}
		return render(c, http.StatusBadRequest, views.NewDomain(page))
	}
	if err != nil {
		return err
	}
	s.zoneChanged()
	return seeOther(c, "/domains/"+name+"/setup")
}

// acceptName gives the one spelling of a name that can be registered here, or
// the sentence that says why it cannot (rulings.md 18 and 22).
func (s *site) acceptName(typed string) (name, sentence string) {
	name, err := domainname.Parse(typed)
	var refused *domainname.Error
	switch {
	case errors.As(err, &refused):
		return "", refused.Sentence
	case err != nil:
		return "", "This is not a domain; enter one such as example.com."
	case s.Zone.IsOurs(name):
		return "", fmt.Sprintf("%s belongs to Sealpost itself and cannot be registered here.", domainname.Show(name))
	case !s.Zone.Fits(name):
		return "", fmt.Sprintf("%s is too long: the name that its CNAME points to would have more than the 253 characters that DNS allows.", domainname.Show(name))
	}
	return name, ""
}

// suggestion is a name inside what was typed that would be accepted, or "".
func suggestion(typed string) string {
	var refused *domainname.Error
	if _, err := domainname.Parse(typed); errors.As(err, &refused) {
		return refused.Suggestion
	}
	return ""
}

func (s *site) refusedBecause(name string, err error) string {
	switch {
	case errors.Is(err, models.ErrTaken):
		return fmt.Sprintf("%s is in your account already.", name)
	case errors.Is(err, models.ErrQuota):
		return fmt.Sprintf("Your account is full: it can have %d domains, %d of them pending. Finish or delete one first.",
			s.Store.Quotas.Domains, s.Store.Quotas.PendingDomains)
	default:
		return ""
	}
}
