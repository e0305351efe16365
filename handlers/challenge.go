package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// challengeCookie names what a browser has begun. A browser begins one thing
// at a time.
const challengeCookie = "begun"

func (s *site) challengeCookieName() string {
	if s.https() {
		return "__Host-" + challengeCookie
	}
	return challengeCookie
}

// beginChallenge remembers what the browser has begun, so that it can finish it.
func (s *site) beginChallenge(c echo.Context, p models.ChallengePurpose, userID string, data []byte) error {
	token, err := hosted.NewSecret(s.Random)
	if err != nil {
		return err
	}
	if err := s.Store.AddChallenge(c.Request().Context(), p, token, userID, data); err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.challengeCookieName(), token, models.ChallengeLife))
	return nil
}

// begunChallenge is what the browser has begun; models.ErrNotFound when it is
// nothing of that kind, or too long ago.
func (s *site) begunChallenge(c echo.Context, p models.ChallengePurpose) (models.Challenge, error) {
	token, ok := s.challengeToken(c)
	if !ok {
		return models.Challenge{}, models.ErrNotFound
	}
	return s.Store.Challenge(c.Request().Context(), p, token)
}

// finishChallenge is begunChallenge, once.
func (s *site) finishChallenge(c echo.Context, p models.ChallengePurpose) (models.Challenge, error) {
	token, ok := s.challengeToken(c)
	if !ok {
		return models.Challenge{}, models.ErrNotFound
	}
	s.dropCookie(c, s.challengeCookieName())
	return s.Store.UseChallenge(c.Request().Context(), p, token)
}

func (s *site) challengeToken(c echo.Context) (string, bool) {
	cookie, err := c.Cookie(s.challengeCookieName())
	if err != nil || !hosted.ValidSecret(cookie.Value) {
		return "", false
	}
	return cookie.Value, true
}
