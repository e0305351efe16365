package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// reauthenticate asks for the password of who is logged in once more. The
// sentence says what was wrong; "" is right.
func (s *site) reauthenticate(c echo.Context, password string) (sentence string, err error) {
	_, err = s.checkLogin(c, member(c).Email, password)
	var slow *refusal
	switch {
	case errors.Is(err, errWrongLogin):
		return "This is not your current password.", nil
	case errors.As(err, &slow):
		return slow.sentence, nil
	default:
		return "", err
	}
}

// changeEmail writes to a new address of the person, or takes it as it is where
// no mail can be sent. What is answered is the same for one that is known.
func (s *site) changeEmail(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	email, emailErr := NormalizeEmail(form.Get("email"))
	sentence, err := s.reauthenticate(c, form.Get("current_password"))
	if err != nil {
		return err
	}
	if emailErr != nil || sentence != "" {
		return s.refuseEmail(c, form.Get("email"), emailErr, sentence)
	}
	if !s.SendsMail {
		return s.setEmail(c, email)
	}
	if err := s.sendEmailLink(c, email); err != nil {
		return err
	}
	return s.done(c, deedEmailAsked, accountSettingsPath)
}

func (s *site) refuseEmail(c echo.Context, typed string, emailErr error, sentence string) error {
	page, err := s.accountSettings(c)
	if err != nil {
		return err
	}
	page.NewEmail, page.EmailPasswordError = typed, sentence
	if emailErr != nil {
		page.EmailError = emailSentence
	}
	return render(c, http.StatusBadRequest, views.AccountSettings(page))
}

func (s *site) setEmail(c echo.Context, email string) error {
	keep, _ := s.sessionHash(c)
	err := s.Store.SetEmail(c.Request().Context(), member(c).UserID, email, keep)
	if errors.Is(err, models.ErrTaken) {
		return s.refuseEmail(c, email, ErrEmail, "")
	}
	if err != nil {
		return err
	}
	return s.done(c, deedEmailChanged, accountSettingsPath)
}

func (s *site) sendEmailLink(c echo.Context, email string) error {
	ctx := c.Request().Context()
	token, link, err := s.newLink(emailPath)
	if err != nil {
		return err
	}
	n := models.NewLink{Purpose: models.LinkEmail, UserID: member(c).UserID, Email: email, Token: token, Mail: emailMail(email, link)}
	_, err = s.Store.UserByEmail(ctx, email)
	if err == nil {
		n.UserID, n.Mail = "", knownMail(email, s.address("/login"), s.address("/reset"))
	} else if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.Store.SendLink(ctx, n)
}

// showEmailLink is where the link in the mail leads. Opening it changes nothing.
func (s *site) showEmailLink(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkEmail)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ConfirmEmail(views.ConfirmEmailPage{Frame: s.frame(c, "Confirm"), Email: l.Email, Action: c.Request().URL.Path}))
}

// confirmEmail uses the link up. The sessions of the person end, but for the
// one that the browser has, and the old address is told.
func (s *site) confirmEmail(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkEmail)
	if err != nil {
		return err
	}
	actAs(c, l.UserID, l.Email)
	ctx := c.Request().Context()
	keep, _ := s.sessionHash(c)
	old, _, err := s.Store.ChangeEmail(ctx, c.Param("secret"), keep)
	if errors.Is(err, models.ErrTaken) {
		return refuse(http.StatusConflict, "This address belongs to somebody else by now.")
	}
	if err != nil {
		return goneWhenUnknown(err)
	}
	if err := s.Store.QueueMail(ctx, movedMail(old.Email)); err != nil && !errors.Is(err, models.ErrQuota) {
		return err
	}
	return s.done(c, deedEmailChanged, "/login")
}
