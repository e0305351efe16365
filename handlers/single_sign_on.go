package handlers

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/signon"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// SingleSignOn asks another site who a person is.
type SingleSignOn interface {
	Address(r signon.Round) (string, error)
	Identify(ctx context.Context, r signon.Round, code string) (signon.Identity, error)
}

const (
	ssoPath = "/login/sso"
	// SSOCallbackPath is where the issuer sends people back to.
	SSOCallbackPath = ssoPath + "/callback"
	ssoCookie       = "sso"
)

// visit is what the browser carries while the person is at the other site.
type visit struct {
	signon.Round
	Next    string `json:"next"`
	Expires int64  `json:"exp"`
}

// beginSignOn sends a person to the other site. It is a link, as no form may
// lead away from here, and so nothing is written: the browser carries it all.
func (s *site) beginSignOn(c echo.Context) error {
	if s.SingleSignOn == nil {
		return models.ErrNotFound
	}
	v := visit{Next: ownPath(c.QueryParam("next"), ""), Expires: s.Now().Add(models.ChallengeLife).Unix()}
	for _, part := range []*string{&v.State, &v.Nonce, &v.Verifier} {
		for range 2 { // a verifier has 43 characters at least
			drawn, err := hosted.NewSecret(s.Random)
			if err != nil {
				return err
			}
			*part += drawn
		}
	}
	address, err := s.SingleSignOn.Address(v.Round)
	if err != nil {
		return s.refuseSignOn(c, err)
	}
	sealed, err := s.sealVisit(v)
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(ssoCookie, sealed, models.ChallengeLife))
	return seeOther(c, address)
}

// finishSignOn logs in who has come back from the other site.
func (s *site) finishSignOn(c echo.Context) error {
	if s.SingleSignOn == nil {
		return models.ErrNotFound
	}
	v, ok := s.openVisit(c)
	s.dropCookie(c, ssoCookie)
	if !ok || subtle.ConstantTimeCompare([]byte(v.State), []byte(c.QueryParam("state"))) != 1 || c.QueryParam("code") == "" {
		return s.refuseSignOn(c, signon.ErrProof)
	}
	ctx := c.Request().Context()
	identity, err := s.SingleSignOn.Identify(ctx, v.Round, c.QueryParam("code"))
	if err != nil {
		return s.refuseSignOn(c, err)
	}
	actAs(c, "", identity.Email)
	user, err := s.Store.UserByIdentity(c.Request().Context(), identity.Issuer, identity.Subject, identity.Email)
	if err != nil {
		return s.refuseSignOn(c, err)
	}
	return s.goOn(c, user, identity.TwoFactors, v.Next)
}

// refuseSignOn shows the login with what went wrong.
func (s *site) refuseSignOn(c echo.Context, err error) error {
	code, sentence := http.StatusUnauthorized, ""
	switch {
	case errors.Is(err, signon.ErrIssuer):
		code, sentence = http.StatusBadGateway, "The site that you sign in with cannot be reached. Try again later, or log in with your password."
	case errors.Is(err, signon.ErrProof):
		sentence = "Signing in at the other site was broken off, or took too long. Try again."
	case errors.Is(err, signon.ErrEmail):
		sentence = "The other site has not verified an e-mail address of yours that may sign in here."
	case errors.Is(err, models.ErrNotFound):
		sentence = "Nobody here has the e-mail address that the other site knows you by. Ask for an invitation first."
	default:
		return err
	}
	s.Log.Info("a single sign-on was refused", "id", requestID(c), "error", err)
	return render(c, code, views.Login(s.loginPage(c, "", "", sentence)))
}

func (s *site) visitMark(text string) []byte {
	mac := hmac.New(sha256.New, s.Store.SecretKey)
	mac.Write([]byte("single sign-on\x00" + text))
	return mac.Sum(nil)
}

func (s *site) sealVisit(v visit) (string, error) {
	raw, err := json.Marshal(v)
	text := base64.RawURLEncoding.EncodeToString(raw)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.visitMark(text)), err
}

func (s *site) openVisit(c echo.Context) (v visit, ok bool) {
	value, ok := s.cookieValue(c, ssoCookie)
	if !ok {
		return v, false
	}
	text, mark, _ := strings.Cut(value, ".")
	given, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil || !hmac.Equal(given, s.visitMark(text)) {
		return v, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &v) != nil {
		return v, false
	}
	return v, s.Now().Before(time.Unix(v.Expires, 0))
}
