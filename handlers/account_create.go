package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

func (s *site) signupPage(c echo.Context) views.SignupPage {
	return views.SignupPage{Frame: s.frame(c, "Sign up"), MinPassword: password.Min, Closed: s.Signup != SignupOpen, ProvesEmail: s.provesMail()}
}

func (s *site) showSignup(c echo.Context) error {
	return render(c, http.StatusOK, views.Signup(s.signupPage(c)))
}

// createAccount signs a person up and logs them in.
func (s *site) createAccount(c echo.Context) error {
	page := s.signupPage(c)
	if page.Closed {
		return render(c, http.StatusForbidden, views.Signup(page))
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	page.Email = form.Get("email")
	email, emailErr := NormalizeEmail(page.Email)
	chosen := form.Get("password")
	if emailErr != nil {
		page.EmailError = emailSentence
	}
	if !page.ProvesEmail {
		page.PasswordError = passwordRefusal(s.Passwords.Judge(chosen, email))
	}
	if page.EmailError+page.PasswordError != "" {
		return render(c, http.StatusBadRequest, views.Signup(page))
	}
	network := networkOf(c.RealIP())
	if wait := s.signups.wait(network); wait > 0 {
		setRetryAfter(c, wait)
		page.Error = "Too many accounts were made from your network. Wait a minute and try again."
		return render(c, http.StatusTooManyRequests, views.Signup(page))
	}
	s.signups.note(network)
	if page.ProvesEmail {
		page.Sent = true
		if err := s.sendSignupLink(c, email); err != nil {
			return err
		}
		return render(c, http.StatusOK, views.Signup(page))
	}
	err = s.signUp(c, email, chosen)
	if errors.Is(err, models.ErrTaken) {
		page.Error = "There is an account with this e-mail address already. Log in instead."
		return render(c, http.StatusConflict, views.Signup(page))
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/overview")
}

func (s *site) signUp(c echo.Context, email, chosen string) error {
	actAs(c, "", email)
	ctx := c.Request().Context()
	hash, err := s.hashing.hash(ctx, chosen)
	if err != nil {
		return err
	}
	user, account, err := s.Store.SignUp(ctx, email, hash)
	if err != nil {
		return err
	}
	return s.startSession(c, user.ID, account.ID, false)
}
