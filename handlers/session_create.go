package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// wrongLogin is said of an unknown address and of a wrong password alike.
const wrongLogin = "This e-mail address and password do not belong together."

// errWrongLogin says that a login was refused.
var errWrongLogin = errors.New("wrong e-mail address or password")

func (s *site) showLogin(c echo.Context) error {
	v, err := s.visitor(c)
	if err != nil {
		return err
	}
	next := ownPath(c.QueryParam("next"), "")
	if v != nil {
		return seeOther(c, ownPath(next, "/overview"))
	}
	page := s.loginPage(c, "", next, "")
	page.Reason = loginReason(c.QueryParam("why")).sentence(next)
	return render(c, http.StatusOK, views.Login(page))
}

func (s *site) loginPage(c echo.Context, email, next, sentence string) views.LoginPage {
	return views.LoginPage{
		Frame: s.frame(c, "Log in"), Email: email, Next: next, Error: sentence,
		SignupOpen: s.Signup == SignupOpen, OffersPasskeys: s.passkeys != nil, OffersSignOn: s.SingleSignOn != nil,
	}
}

// createSession takes the first step of a login, which may be all.
func (s *site) createSession(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	next := ownPath(form.Get("next"), "")
	user, err := s.checkLogin(c, form.Get("email"), form.Get("password"))
	var slow *refusal
	switch {
	case errors.Is(err, errWrongLogin):
		return render(c, http.StatusUnauthorized, views.Login(s.loginPage(c, form.Get("email"), next, wrongLogin)))
	case errors.As(err, &slow):
		setRetryAfter(c, slow.retry)
		return render(c, slow.code, views.Login(s.loginPage(c, form.Get("email"), next, slow.sentence)))
	case err != nil:
		return err
	}
	return s.goOn(c, user, false, next)
}

// checkLogin finds the user whom an address and a password belong to. It does
// the same work for an unknown address as for a wrong password. Tries count for
// the network, for the address from that network, and for the address from
// wherever; a browser that has logged in to it before counts by itself, so that
// guesses of others never keep it out.
func (s *site) checkLogin(c echo.Context, typed, password string) (models.User, error) {
	ctx := c.Request().Context()
	leave, err := s.hashing.enter(ctx)
	if err != nil {
		return models.User{}, err
	}
	defer leave()
	email, err := NormalizeEmail(typed)
	if err != nil {
		email = ""
	}
	network := networkOf(c.RealIP())
	login := email + " " + network
	wait := max(s.logins.wait(login), s.guesses.wait(network), s.accounts.wait(email))
	device := s.deviceOfAddress(c, email)
	if device != "" {
		login = email + " " + device
		wait = s.logins.wait(login)
	}
	if wait > 0 {
		return models.User{}, tooManyTries(wait)
	}
	user, err := s.Store.UserByEmail(ctx, email)
	hash := user.PasswordHash
	switch {
	case errors.Is(err, models.ErrNotFound):
		hash = nobodysHash
	case err != nil:
		return models.User{}, err
	}
	if err == nil {
		c.Set(keyTried, user.ID)
	}
	if !passwordFits(password, hash) {
		s.logins.note(login)
		if device == "" {
			s.guesses.note(network)
			s.accounts.note(email)
		}
		return models.User{}, errWrongLogin
	}
	s.logins.forgive(login)
	return user, nil
}

// loginSpan is the time in which Limits.LoginFailures wrong passwords may be
// tried (G24 of reliability.md); after them one in each part of it.
const loginSpan = 15 * time.Minute

func tooManyTries(wait time.Duration) error {
	words := "a minute"
	if minutes := int64((wait + time.Minute - 1) / time.Minute); minutes > 1 {
		words = strconv.FormatInt(minutes, 10) + " minutes"
	}
	return &refusal{code: http.StatusTooManyRequests, retry: wait,
		sentence: "Too many wrong passwords were tried. Wait " + words + " and try again, log in with a passkey, or choose another password by mail."}
}

// endSession logs the browser out, whether it was logged in or not.
func (s *site) endSession(c echo.Context) error {
	if hash, ok := s.sessionHash(c); ok {
		if err := s.Store.EndSession(c.Request().Context(), hash); err != nil {
			return err
		}
	}
	s.dropCookie(c, sessionCookie)
	return s.done(c, deedLoggedOut, "/login")
}
