package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// secondStepPath asks for a code after the password was right.
const secondStepPath = "/login/code"

// Wrong codes: as many in a row as G24 of reliability.md allows in a quarter of
// an hour, then one in each part of it.
const (
	codeTries = 5
	codePause = 15 * time.Minute / codeTries
)

const (
	wrongCode     = "This code is wrong, too old, or was used before. Each code works once."
	tooManyCodes  = "Too many wrong codes were tried. Wait three minutes and try again."
	secondStepOld = "The first step was more than ten minutes ago. Log in again."
)

// errWrongCode says that a code was refused.
var errWrongCode = errors.New("wrong code")

// goOn goes on with a person who has proven one factor, or two: who has an
// authenticator app and has proven one only is asked for a code.
func (s *site) goOn(c echo.Context, user models.User, twoFactors bool, next string) error {
	step, err := s.Store.SecondStepOf(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	if twoFactors || step.Since == nil {
		return s.letIn(c, user, twoFactors, next)
	}
	if err := s.beginChallenge(c, models.ChallengeSecondStep, user.ID, []byte(next)); err != nil {
		return err
	}
	return seeOther(c, secondStepPath)
}

// letIn begins the session of a person who has proven enough.
func (s *site) letIn(c echo.Context, user models.User, twoFactors bool, next string) error {
	if err := s.enter(c, user, twoFactors); err != nil {
		return err
	}
	return seeOther(c, ownPath(next, "/overview"))
}

// enter is letIn without sending the browser on.
func (s *site) enter(c echo.Context, user models.User, twoFactors bool) error {
	accounts, err := s.Store.AccountsOf(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		return refuse(http.StatusForbidden, "You are not a member of any account.")
	}
	if err := s.knowDevice(c, user.Email); err != nil {
		return err
	}
	return s.startSession(c, user.ID, accounts[0].ID, twoFactors)
}

// showSecondStep asks for the code.
func (s *site) showSecondStep(c echo.Context) error {
	_, err := s.begunChallenge(c, models.ChallengeSecondStep)
	if errors.Is(err, models.ErrNotFound) {
		return s.sendToLogin(c, reasonTooLate, challengeCookie)
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.SecondStep(views.SecondStepPage{Frame: s.frame(c, "Log in")}))
}

// checkSecondStep logs a person in whose password was right and whose code is.
func (s *site) checkSecondStep(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	page := views.SecondStepPage{Frame: s.frame(c, "Log in")}
	begun, err := s.begunChallenge(c, models.ChallengeSecondStep)
	if errors.Is(err, models.ErrNotFound) {
		return render(c, http.StatusUnauthorized, views.Login(s.loginPage(c, "", "", secondStepOld)))
	}
	if err != nil {
		return err
	}
	user, err := s.Store.UserByID(c.Request().Context(), begun.UserID)
	if err != nil {
		return err
	}
	actAs(c, user.ID, user.Email)
	c.Set(keyTried, user.ID)
	err = s.checkCode(c, user.ID, form.Get("code"))
	var slow *refusal
	switch {
	case errors.Is(err, errWrongCode):
		page.Error = wrongCode
		return render(c, http.StatusUnauthorized, views.SecondStep(page))
	case errors.As(err, &slow):
		setRetryAfter(c, slow.retry)
		page.Error = slow.sentence
		return render(c, slow.code, views.SecondStep(page))
	case err != nil:
		return err
	}
	begun, err = s.finishChallenge(c, models.ChallengeSecondStep)
	if errors.Is(err, models.ErrNotFound) {
		return render(c, http.StatusUnauthorized, views.Login(s.loginPage(c, "", "", secondStepOld)))
	}
	if err != nil {
		return err
	}
	return s.letIn(c, user, true, string(begun.Data))
}

// checkCode takes a code of the app or a recovery code. Tries count for the
// person and for the network; a browser that has given a right code before
// counts by itself, so that guesses of others never keep it out.
func (s *site) checkCode(c echo.Context, userID, typed string) error {
	ctx := c.Request().Context()
	step, err := s.Store.SecondStepOf(ctx, userID)
	if err != nil {
		return err
	}
	if step.Since == nil {
		return errWrongCode
	}
	subject := fmt.Sprintf("second step\x00%s\x00%d", userID, step.Since.UnixMicro())
	keys := []string{"person " + userID, "network " + networkOf(c.RealIP())}
	if known := s.knownBrowser(c, factorCookie, subject); known != "" {
		keys = []string{"browser " + known}
	}
	for _, key := range keys {
		if wait := s.codes.wait(key); wait > 0 {
			return &refusal{code: http.StatusTooManyRequests, retry: wait, sentence: tooManyCodes}
		}
		s.codes.note(key) // before it is looked at: many at once are many tries
	}
	err = s.Store.UseCode(ctx, userID, typed)
	if errors.Is(err, models.ErrCode) {
		return errWrongCode
	}
	for _, key := range keys {
		s.codes.takeBack(key)
	}
	if err != nil {
		return err
	}
	return s.knowBrowser(c, factorCookie, subject)
}
