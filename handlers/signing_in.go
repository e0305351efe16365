package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/totp"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// The pages of how a person logs in.
const (
	signingInPath = "/settings/signing-in"
	appPath       = signingInPath + "/app"
)

func (s *site) signingInPage(c echo.Context) (views.SigningInPage, error) {
	v := member(c)
	page := views.SigningInPage{Frame: s.frame(c, "Signing in"), Demanded: v.LacksFactor(), OffersPasskeys: s.passkeys != nil, MaxName: models.MaxPasskeyName}
	page.Path = signingInPath
	step, err := s.Store.SecondStepOf(c.Request().Context(), v.UserID)
	if err != nil {
		return page, err
	}
	page.AppSince, page.CodesLeft = step.Since, step.CodesLeft
	keys, err := s.Store.Passkeys(c.Request().Context(), v.UserID)
	for _, k := range keys {
		page.Passkeys = append(page.Passkeys, views.PasskeyRow{ID: k.ID, Name: k.Name, Since: k.CreatedAt, Used: k.LastUsedAt})
	}
	return page, err
}

func (s *site) showSigningIn(c echo.Context) error {
	page, err := s.signingInPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.SigningIn(page))
}

// refuseSigningIn shows the page again with a sentence beside a form.
func (s *site) refuseSigningIn(c echo.Context, form views.SigningInForm, sentence string) error {
	page, err := s.signingInPage(c)
	if err != nil {
		return err
	}
	page.Form, page.Error = form, sentence
	return render(c, http.StatusBadRequest, views.SigningIn(page))
}

// offerApp draws a secret for an authenticator app, for whoever knows the password.
func (s *site) offerApp(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	sentence, err := s.reauthenticate(c, form.Get("current_password"))
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refuseSigningIn(c, views.FormAppAdd, sentence)
	}
	err = s.Store.OfferOneTimeSecret(c.Request().Context(), member(c).UserID)
	if err != nil && !errors.Is(err, models.ErrState) {
		return err
	}
	return seeOther(c, appPath)
}

// showApp shows the secret that waits for its first code.
func (s *site) showApp(c echo.Context) error {
	page, err := s.appPage(c)
	if errors.Is(err, models.ErrNotFound) {
		return seeOther(c, signingInPath)
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.AppSetup(page))
}

func (s *site) appPage(c echo.Context) (views.AppSetupPage, error) {
	page := views.AppSetupPage{Frame: s.frame(c, "Authenticator app")}
	secret, err := s.Store.OfferedSecret(c.Request().Context(), member(c).UserID)
	if err != nil {
		return page, err
	}
	picture, err := totp.Draw(totp.URL("Sealpost", member(c).Email, secret))
	page.Secret, page.PictureSize, page.PicturePath = secret, picture.Size, picture.Path
	return page, err
}

// confirmApp takes the first code of the app and shows the recovery codes.
func (s *site) confirmApp(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v := member(c)
	page, err := s.appPage(c)
	if errors.Is(err, models.ErrNotFound) {
		return seeOther(c, signingInPath)
	}
	if err != nil {
		return err
	}
	if wait := s.codes.wait("offer " + v.UserID); wait > 0 {
		setRetryAfter(c, wait)
		page.Error = tooManyCodes
		return render(c, http.StatusTooManyRequests, views.AppSetup(page))
	}
	keep, _ := s.sessionHash(c)
	codes, err := s.Store.ConfirmOneTimeSecret(c.Request().Context(), v.UserID, form.Get("code"), keep, appAddedMail())
	if errors.Is(err, models.ErrCode) {
		s.codes.note("offer " + v.UserID)
		page.Error = wrongCode
		return render(c, http.StatusBadRequest, views.AppSetup(page))
	}
	if err != nil {
		return err
	}
	return s.showRecoveryCodes(c, codes, true)
}

func (s *site) showRecoveryCodes(c echo.Context, codes []string, first bool) error {
	page := views.RecoveryCodesPage{Frame: s.frame(c, "Recovery codes"), Codes: codes, First: first}
	page.Path = signingInPath
	return render(c, http.StatusOK, views.RecoveryCodes(page))
}

// proveAgain asks for both steps once more. The sentence says what was wrong;
// "" is right.
func (s *site) proveAgain(c echo.Context) (sentence string, err error) {
	form, err := readForm(c)
	if err != nil {
		return "", err
	}
	if sentence, err = s.reauthenticate(c, form.Get("current_password")); sentence != "" || err != nil {
		return sentence, err
	}
	err = s.checkCode(c, member(c).UserID, form.Get("code"))
	var slow *refusal
	switch {
	case errors.Is(err, errWrongCode):
		return wrongCode, nil
	case errors.As(err, &slow):
		return slow.sentence, nil
	default:
		return "", err
	}
}

// renewCodes gives new recovery codes to who proves both steps.
func (s *site) renewCodes(c echo.Context) error {
	sentence, err := s.proveAgain(c)
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refuseSigningIn(c, views.FormCodes, sentence)
	}
	codes, err := s.Store.RenewRecoveryCodes(c.Request().Context(), member(c).UserID, codesRenewedMail())
	if err != nil {
		return err
	}
	return s.showRecoveryCodes(c, codes, false)
}

// removeApp makes the password enough again, for who proves both steps.
func (s *site) removeApp(c echo.Context) error {
	sentence, err := s.proveAgain(c)
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refuseSigningIn(c, views.FormAppRemove, sentence)
	}
	if err := s.Store.RemoveSecondStep(c.Request().Context(), member(c).UserID, appRemovedMail()); err != nil {
		return err
	}
	return s.done(c, deedAppRemoved, signingInPath)
}

// demandTwoFactors lets members in with two factors only, or ends that.
func (s *site) demandTwoFactors(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	v, demand := member(c), form.Get("demand") == "yes"
	if demand && !v.TwoFactors {
		return refuse(http.StatusConflict, "Set up your own authenticator app or passkey first, and log in with it.")
	}
	if demand == v.DemandsTwoFactors {
		return seeOther(c, membersPath)
	}
	if err := s.Store.DemandTwoFactors(c.Request().Context(), v.AccountID, demand); err != nil {
		return err
	}
	if demand {
		return s.done(c, deedTwoFactorsDemanded, membersPath)
	}
	return s.done(c, deedTwoFactorsFree, membersPath)
}
