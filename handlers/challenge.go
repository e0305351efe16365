package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// challengeCookie names what a browser has begun. A browser begins one thing
// at a time.
const challengeCookie = "begun"

// beginChallenge remembers what the browser has begun, so that it can finish it.
func (s *site) beginChallenge(c echo.Context, p models.ChallengePurpose, userID string, data []byte) error {
	token, err := hosted.NewSecret(s.Random)
	if err != nil {
		return err
	}
	if err := s.Store.AddChallenge(c.Request().Context(), p, token, userID, data); err != nil {
		return err
	}
	c.SetCookie(s.cookie(challengeCookie, token, models.ChallengeLife))
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
	s.dropCookie(c, challengeCookie)
	return s.Store.UseChallenge(c.Request().Context(), p, token)
}

func (s *site) challengeToken(c echo.Context) (string, bool) {
	token, ok := s.cookieValue(c, challengeCookie)
	if !ok || !hosted.ValidSecret(token) {
		return "", false
	}
	return token, true
}
