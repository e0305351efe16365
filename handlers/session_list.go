package handlers

import (
	"bytes"
	"context"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

func (s *site) sessionRows(ctx context.Context, userID string, own []byte) ([]views.SessionRow, error) {
	list, err := s.Store.Sessions(ctx, userID)
	rows := make([]views.SessionRow, len(list))
	for i, l := range list {
		rows[i] = views.SessionRow{
			ID: l.ID, Device: deviceWords(l.Device), Address: l.Address, Begun: l.CreatedAt, LastSeen: l.LastSeenAt, This: bytes.Equal(l.TokenHash, own),
		}
	}
	return rows, err
}

// deviceWords says which browser on which system a session is in, as far as
// the browser has said so.
func deviceWords(userAgent string) string {
	browser, system := "A program", ""
	for _, b := range []struct{ mark, word string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(userAgent, b.mark) {
			browser = b.word
			break
		}
	}
	for _, o := range []struct{ mark, word string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(userAgent, o.mark) {
			system = " on " + o.word
			break
		}
	}
	return browser + system
}

// endOneSession logs a person out of one device.
func (s *site) endOneSession(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	if err := s.Store.EndSessionOf(c.Request().Context(), member(c).UserID, id); err != nil {
		return err
	}
	return s.done(c, deedSessionEnded, accountSettingsPath)
}

// endOtherSessions logs a person out everywhere else.
func (s *site) endOtherSessions(c echo.Context) error {
	keep, _ := s.sessionHash(c)
	if err := s.Store.EndOtherSessions(c.Request().Context(), member(c).UserID, keep); err != nil {
		return err
	}
	return s.done(c, deedSessionsEnded, accountSettingsPath)
}
