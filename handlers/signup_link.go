package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// sendSignupLink writes to who wants an account. What is answered is the same
// for an address that is known; that one's mail says so.
func (s *site) sendSignupLink(c echo.Context, email string) error {
	ctx := c.Request().Context()
	token, link, err := s.newLink(signupPath)
	if err != nil {
		return err
	}
	n := models.NewLink{Purpose: models.LinkSignUp, Email: email, Token: token, Mail: signupMail(email, link)}
	_, err = s.Store.UserByEmail(ctx, email)
	if err == nil {
		n.Mail = knownMail(email, s.address("/login"), s.address("/reset"))
	} else if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.Store.SendLink(ctx, n)
}

// linkGone is said of links that are unknown, used or too old.
const linkGone = "This link is not known, is older than an hour, or has been used already."

// mailLink is the link that a request's path names.
func (s *site) mailLink(c echo.Context, p models.LinkPurpose) (models.MailLink, error) {
	token := c.Param("secret")
	if !hosted.ValidSecret(token) {
		return models.MailLink{}, refuse(http.StatusNotFound, linkGone)
	}
	l, err := s.Store.MailLink(c.Request().Context(), p, token)
	return l, goneWhenUnknown(err)
}

func goneWhenUnknown(err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return refuse(http.StatusNotFound, linkGone)
	}
	return err
}

func (s *site) choosePage(c echo.Context, l models.MailLink, title, button string) views.ChoosePasswordPage {
	return views.ChoosePasswordPage{
		Frame: s.frame(c, title), Email: l.Email, Action: c.Request().URL.Path, Button: button, MinPassword: password.Min,
	}
}

// showSignupLink is where the link of a sign-up leads. Opening it changes
// nothing, as mail scanners open every link.
func (s *site) showSignupLink(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkSignUp)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ChoosePassword(s.choosePage(c, l, "Choose a password", "Make the account")))
}

// finishSignup uses the link up and logs the new person in.
func (s *site) finishSignup(c echo.Context) error {
	l, err := s.mailLink(c, models.LinkSignUp)
	if err != nil {
		return err
	}
	hash, err := s.chosenPassword(c, l.Email)
	if sentence := passwordRefusal(err); sentence != "" {
		page := s.choosePage(c, l, "Choose a password", "Make the account")
		page.PasswordError = sentence
		return render(c, http.StatusBadRequest, views.ChoosePassword(page))
	}
	if err != nil {
		return err
	}
	actAs(c, "", l.Email)
	user, account, err := s.Store.SignUpByLink(c.Request().Context(), c.Param("secret"), hash)
	if errors.Is(err, models.ErrTaken) {
		return refuse(http.StatusConflict, "There is an account with this e-mail address already. Log in instead.")
	}
	if err != nil {
		return goneWhenUnknown(err)
	}
	if err := s.startSession(c, user.ID, account.ID, false); err != nil {
		return err
	}
	return seeOther(c, "/overview")
}

// chosenPassword is the hash of the password in a form; the errors are those of
// newPassword.
func (s *site) chosenPassword(c echo.Context, email string) (string, error) {
	form, err := readForm(c)
	if err != nil {
		return "", err
	}
	return s.newPassword(c.Request().Context(), form.Get("password"), email)
}
