package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// answerHealth says that the process lives, and nothing more.
func (s *site) answerHealth(c echo.Context) error {
	return s.answerMachine(c, http.StatusOK, "ok\n", views.MachinePage{
		Frame: views.Frame{Title: "Alive"}, Headline: "This server is alive.",
		Sentence: "Monitors ask here whether the process runs.",
	})
}

const readySentence = "Load balancers and monitors ask here whether it can do its work: the answer is 200 while it can, and 503 while it cannot."

// answerReady says whether this node can serve. What is wrong is for the log
// and not for the world.
func (s *site) answerReady(c echo.Context) error {
	if err := s.Health(c.Request().Context()); err != nil {
		s.Log.Warn("not ready", "error", err)
		return s.answerMachine(c, http.StatusServiceUnavailable, "not ready\n", views.MachinePage{
			Frame: views.Frame{Title: "Not ready"}, Headline: "This server is not ready.", Sentence: readySentence,
		})
	}
	return s.answerMachine(c, http.StatusOK, "ready\n", views.MachinePage{
		Frame: views.Frame{Title: "Ready"}, Headline: "This server is ready.", Sentence: readySentence,
	})
}
