package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// closingPath deletes the account that is open, and takes that back.
const closingPath = "/settings/closing"

func (s *site) closingPage(c echo.Context) (views.ClosingPage, error) {
	v, ctx := member(c), c.Request().Context()
	page := views.ClosingPage{
		Frame:        s.frame(c, "Delete the account"),
		TakeBackDays: int(models.ClosingLife / (24 * time.Hour)), RemovalHours: int(models.RemovalTime / time.Hour),
	}
	page.Path = membersPath // whose tab it stands under
	step, err := s.Store.SecondStepOf(ctx, v.UserID)
	if err != nil {
		return page, err
	}
	page.AsksCode = step.Since != nil
	h, err := s.Store.Holdings(ctx, v.AccountID)
	page.Domains, page.DomainCount, page.Reports, page.Members = h.DomainNames, h.Domains, h.Reports, h.Members
	page.LastAccounts, page.Tokens, page.Links, page.Forwards = h.LastAccounts, h.Tokens, h.Links, h.Forwards
	return page, err
}

func (s *site) showClosing(c echo.Context) error {
	page, err := s.closingPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Closing(page))
}

// closeAccount deletes the account for an owner who types its name and proves
// every step of their login once more.
func (s *site) closeAccount(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v := member(c)
	if strings.TrimSpace(form.Get("confirm")) != v.AccountName {
		return s.refuseClosing(c, func(p *views.ClosingPage) {
			p.Confirm, p.ConfirmError = form.Get("confirm"), "Type "+v.AccountName+" to delete it."
		})
	}
	sentence, err := s.proveAllSteps(c)
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refuseClosing(c, func(p *views.ClosingPage) { p.Confirm, p.CurrentError = v.AccountName, sentence })
	}
	_, err = s.Store.CloseAccount(c.Request().Context(), v.AccountID, func(closesAt time.Time) models.NewMail {
		return closingMail(v.Email, closesAt, s.address(accountsPath))
	})
	if errors.Is(err, models.ErrState) {
		return refuse(http.StatusConflict, "This account is being deleted already.")
	}
	if err != nil {
		return err
	}
	return s.done(c, deedClosed, closingPath)
}

func (s *site) refuseClosing(c echo.Context, say func(*views.ClosingPage)) error {
	page, err := s.closingPage(c)
	if err != nil {
		return err
	}
	say(&page)
	return render(c, http.StatusBadRequest, views.Closing(page))
}

// proveAllSteps asks for the password once more, and for a code of who has an
// authenticator app. The sentence says what was wrong; "" is right.
func (s *site) proveAllSteps(c echo.Context) (sentence string, err error) {
	step, err := s.Store.SecondStepOf(c.Request().Context(), member(c).UserID)
	if err != nil {
		return "", err
	}
	if step.Since != nil {
		return s.proveAgain(c)
	}
	form, err := readForm(c)
	if err != nil {
		return "", err
	}
	return s.reauthenticate(c, form.Get("current_password"))
}

// reopenAccount takes the deletion of the account back.
func (s *site) reopenAccount(c echo.Context) error {
	v := member(c)
	err := s.Store.ReopenAccount(c.Request().Context(), v.AccountID, func() models.NewMail {
		return reopenedMail(v.Email, s.address(accountsPath))
	})
	if errors.Is(err, models.ErrState) {
		return refuse(http.StatusConflict, "This account is not being deleted, or it is too late to take it back.")
	}
	if err != nil {
		return err
	}
	return s.done(c, deedReopened, membersPath)
}

// The mails to the members name the account by the address of its owner, and
// nothing that one of them could have typed freely.

func closingMail(by string, closesAt time.Time, accounts string) models.NewMail {
	return models.NewMail{
		Subject: "An account of yours at Sealpost is being deleted",
		Text: by + " has deleted an account at Sealpost that you are a\nmember of. Your accounts, and which one it is, stand here:\n\n" + accounts + "\n\n" +
			"Until " + closesAt.UTC().Format("2 January 2006, 15:04 UTC") + " you can look at it and export what you need,\n" +
			"and an owner can take the deletion back. After that everything in it is\nremoved: domains, reports, charts and members.\n",
	}
}

func reopenedMail(by, accounts string) models.NewMail {
	return models.NewMail{
		Subject: "An account of yours at Sealpost stays",
		Text:    by + " has taken the deletion of an account at Sealpost back\nthat you are a member of. Nothing was lost. Your accounts:\n\n" + accounts + "\n",
	}
}
