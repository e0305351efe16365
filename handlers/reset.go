package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

func (s *site) resetPage(c echo.Context) views.ResetPage {
	return views.ResetPage{Frame: s.frame(c, "Forgotten password"), SendsMail: s.SendsMail}
}

func (s *site) showReset(c echo.Context) error {
	return render(c, http.StatusOK, views.Reset(s.resetPage(c)))
}

// askReset writes to who has forgotten the password. What is answered is the
// same for an address that nobody has.
func (s *site) askReset(c echo.Context) error {
	page := s.resetPage(c)
	if !page.SendsMail {
		return render(c, http.StatusForbidden, views.Reset(page))
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	page.Email = form.Get("email")
	email, err := NormalizeEmail(page.Email)
	if err != nil {
		page.EmailError = emailSentence
		return render(c, http.StatusBadRequest, views.Reset(page))
	}
	network := networkOf(c.RealIP())
	if wait := s.mails.wait(network); wait > 0 {
		setRetryAfter(c, wait)
		page.EmailError = "Too many mails were asked for from your network. Wait a minute and try again."
		return render(c, http.StatusTooManyRequests, views.Reset(page))
	}
	s.mails.note(network)
	if err := s.sendReset(c.Request().Context(), email); err != nil {
		return err
	}
	page.Sent = true
	return render(c, http.StatusOK, views.Reset(page))
}

func (s *site) sendReset(ctx context.Context, email string) error {
	token, link, err := s.newLink(resetPath)
	if err != nil {
		return err
	}
	n := models.NewLink{Purpose: models.LinkReset, Email: email, Token: token}
	user, err := s.Store.UserByEmail(ctx, email)
	if err == nil {
		n.UserID, n.Mail = user.ID, resetMail(email, link)
	} else if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.Store.SendLink(ctx, n)
}

// showResetLink is where the link in the mail leads. Opening it changes nothing.
func (s *site) showResetLink(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkReset)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ChoosePassword(s.choosePage(c, l, "Choose a new password", "Change the password")))
}

// resetPassword uses the link up. It does not log in: whoever has a second
// factor still needs it.
func (s *site) resetPassword(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkReset)
	if err != nil {
		return err
	}
	hash, err := s.chosenPassword(c, l.Email)
	if sentence := passwordRefusal(err); sentence != "" {
		page := s.choosePage(c, l, "Choose a new password", "Change the password")
		page.PasswordError = sentence
		return render(c, http.StatusBadRequest, views.ChoosePassword(page))
	}
	if err != nil {
		return err
	}
	actAs(c, l.UserID, l.Email)
	if err := s.Store.ResetPassword(c.Request().Context(), c.Param("secret"), hash); err != nil {
		return goneWhenUnknown(err)
	}
	// Whoever reads the mail of the address is no guesser of its password. For
	// the code of an app it says nothing.
	if err := s.knowDevice(c, l.Email); err != nil {
		return err
	}
	return s.done(c, deedPasswordReset, "/login")
}
