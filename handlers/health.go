package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// answerHealth says that the process lives, and nothing more.
func (s *site) answerHealth(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

// answerReady says whether this node can serve. What is wrong is for the log
// and not for the world.
func (s *site) answerReady(c echo.Context) error {
	if err := s.Health(c.Request().Context()); err != nil {
		s.Log.Warn("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
