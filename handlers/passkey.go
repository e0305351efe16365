package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/passkey"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const (
	passkeysPath     = signingInPath + "/passkeys"
	passkeyLoginPath = "/login/passkey"
)

// Questions for a passkey that one network may have open in a row; each is a row.
const (
	passkeyBegins = 100
	passkeyPause  = time.Second
)

const (
	passkeyRefused = "This passkey is not known here, or did not answer rightly. Try again, or log in with your password."
	passkeyLate    = "That took too long. Try again." // #nosec G101 -- no secret, words
	passkeyName    = "A name has 1 to 60 characters." // #nosec G101 -- no secret, words
)

// sayPasskey answers the script of the passkey forms.
func sayPasskey(c echo.Context, code int, sentence string) error {
	return c.JSON(code, map[string]string{"error": sentence})
}

// askPasskey begins a login with a passkey: whose it is, the browser says.
func (s *site) askPasskey(c echo.Context) error {
	if s.passkeys == nil {
		return models.ErrNotFound
	}
	network := networkOf(c.RealIP())
	if wait := s.begins.wait(network); wait > 0 {
		setRetryAfter(c, wait)
		return sayPasskey(c, http.StatusTooManyRequests, "Too many tries from your network. Wait a moment and try again.")
	}
	s.begins.note(network)
	question, state, err := s.passkeys.Ask()
	if err != nil {
		return err
	}
	if err := s.beginChallenge(c, models.ChallengePasskey, "", state); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, question)
}

// createPasskeySession logs in whom a passkey belongs to. The device has
// verified the person, so it counts as two factors; no throttle of passwords or
// codes stands before it.
func (s *site) createPasskeySession(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if s.passkeys == nil {
		return models.ErrNotFound
	}
	ctx := c.Request().Context()
	begun, err := s.finishChallenge(c, models.ChallengePasskey)
	if errors.Is(err, models.ErrNotFound) {
		return sayPasskey(c, http.StatusUnauthorized, passkeyLate)
	}
	if err != nil {
		return err
	}
	var user models.User
	key, err := s.passkeys.Answered(begun.Data, []byte(form.Get("credential")), func(id []byte) (p passkey.Person, err error) {
		user, p, err = s.ownerOf(ctx, id)
		return p, err
	})
	if errors.Is(err, passkey.ErrAnswer) {
		s.Log.Info("a passkey was refused", "id", requestID(c), "error", err)
		return sayPasskey(c, http.StatusUnauthorized, passkeyRefused)
	}
	if err != nil {
		return err
	}
	if err := s.Store.PasskeyUsed(ctx, key.ID, key.Record); err != nil {
		return err
	}
	if err := s.enter(c, user, true); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"next": ownPath(form.Get("next"), "/overview")})
}

// ownerOf finds whom a passkey belongs to.
func (s *site) ownerOf(ctx context.Context, keyID []byte) (models.User, passkey.Person, error) {
	key, err := s.Store.PasskeyByCredential(ctx, keyID)
	if err != nil {
		return models.User{}, passkey.Person{}, err
	}
	user, err := s.Store.UserByID(ctx, key.UserID)
	return user, passkey.Person{ID: user.ID, Name: user.Email, Records: [][]byte{key.Credential}}, err
}

// passkeyPerson is who is logged in, with all their passkeys.
func (s *site) passkeyPerson(c echo.Context) (passkey.Person, error) {
	v := member(c)
	p := passkey.Person{ID: v.UserID, Name: v.Email}
	keys, err := s.Store.Passkeys(c.Request().Context(), v.UserID)
	for _, k := range keys {
		p.Records = append(p.Records, k.Credential)
	}
	return p, err
}

// offerPasskey begins the making of a passkey, for whoever knows the password.
func (s *site) offerPasskey(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if s.passkeys == nil {
		return models.ErrNotFound
	}
	if !isPasskeyName(form.Get("name")) {
		return sayPasskey(c, http.StatusBadRequest, passkeyName)
	}
	sentence, err := s.reauthenticate(c, form.Get("current_password"))
	if err != nil {
		return err
	}
	if sentence != "" {
		return sayPasskey(c, http.StatusBadRequest, sentence)
	}
	p, err := s.passkeyPerson(c)
	if err != nil {
		return err
	}
	question, state, err := s.passkeys.Register(p)
	if err != nil {
		return err
	}
	if err := s.beginChallenge(c, models.ChallengePasskeyAdd, p.ID, state); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, question)
}

func isPasskeyName(name string) bool {
	name = strings.TrimSpace(name)
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= models.MaxPasskeyName
}

// addPasskey stores the passkey that a browser has made.
func (s *site) addPasskey(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if s.passkeys == nil {
		return models.ErrNotFound
	}
	begun, err := s.finishChallenge(c, models.ChallengePasskeyAdd)
	if errors.Is(err, models.ErrNotFound) || err == nil && begun.UserID != member(c).UserID {
		return sayPasskey(c, http.StatusBadRequest, passkeyLate)
	}
	if err != nil {
		return err
	}
	if !isPasskeyName(form.Get("name")) {
		return sayPasskey(c, http.StatusBadRequest, passkeyName)
	}
	p, err := s.passkeyPerson(c)
	if err != nil {
		return err
	}
	key, err := s.passkeys.Registered(p, begun.Data, []byte(form.Get("credential")))
	if errors.Is(err, passkey.ErrAnswer) {
		s.Log.Info("a new passkey was refused", "id", requestID(c), "error", err)
		return sayPasskey(c, http.StatusBadRequest, "The passkey could not be made. Try again.")
	}
	if err != nil {
		return err
	}
	keep, _ := s.sessionHash(c)
	err = s.Store.AddPasskey(c.Request().Context(), models.Passkey{
		UserID: p.ID, CredentialID: key.ID, Credential: key.Record, Name: strings.TrimSpace(form.Get("name")),
	}, keep, passkeyAddedMail())
	if errors.Is(err, models.ErrTaken) || errors.Is(err, models.ErrQuota) {
		return sayPasskey(c, http.StatusConflict, "This passkey is known already, or you have twenty. Remove one first.")
	}
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(flashCookie, string(deedPasskeyAdded), time.Minute))
	return c.JSON(http.StatusOK, map[string]string{"next": signingInPath})
}

// renamePasskey gives a passkey another name.
func (s *site) renamePasskey(c echo.Context) error {
	id, form, err := idForm(c)
	if err != nil {
		return err
	}
	if !isPasskeyName(form.Get("name")) {
		return s.refuseSigningIn(c, views.FormPasskeyAdd, passkeyName)
	}
	if err := s.Store.RenamePasskey(c.Request().Context(), member(c).UserID, id, strings.TrimSpace(form.Get("name"))); err != nil {
		return err
	}
	return s.done(c, deedPasskeyRenamed, signingInPath)
}

// removePasskey takes a passkey away, for whoever knows the password.
func (s *site) removePasskey(c echo.Context) error {
	id, form, err := idForm(c)
	if err != nil {
		return err
	}
	sentence, err := s.reauthenticate(c, form.Get("current_password"))
	if err != nil {
		return err
	}
	if sentence != "" {
		return s.refuseSigningIn(c, views.FormPasskeyAdd, sentence)
	}
	if err := s.Store.RemovePasskey(c.Request().Context(), member(c).UserID, id, passkeyRemovedMail()); err != nil {
		return err
	}
	return s.done(c, deedPasskeyRemoved, signingInPath)
}
