package handlers

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
)

// loginReason is why somebody is sent to the login, as its URL says it.
type loginReason string

const (
	reasonWanted  loginReason = ""        // a page that was asked for
	reasonUnsent  loginReason = "unsent"  // a form, which changed nothing
	reasonCookie  loginReason = "cookie"  // the browser has not kept the one that was just set
	reasonTooLate loginReason = "expired" // the first step was too long ago
)

// sentence is what the login says about the reason to who wanted a page.
func (r loginReason) sentence(next string) string {
	switch {
	case r == reasonUnsent:
		return "You are not logged in any more, so nothing was changed. Log in, then send the form again."
	case r == reasonCookie:
		return "Your browser did not keep the cookie that logs you in. Allow cookies for this site, then log in again."
	case r == reasonTooLate:
		return secondStepOld
	case next != "":
		return "Log in to go on. If you were logged in, your session has ended."
	default:
		return ""
	}
}

// sendToLogin leads nobody to the login, and from there back to the page they
// wanted or to the one their form stands on. A write is not repeated.
func (s *site) sendToLogin(c echo.Context, reason loginReason, cookie string) error {
	r := c.Request()
	from, next := refererPath(r), r.URL.RequestURI()
	_, kept := s.cookieValue(c, cookie)
	switch {
	case !kept && from != nil && slices.Contains([]string{"/login", "/signup", secondStepPath}, from.Path):
		reason = reasonCookie
	case r.Method != http.MethodGet:
		reason = reasonUnsent
	}
	if r.Method != http.MethodGet {
		next = ""
		if from != nil {
			next = from.RequestURI()
		}
	}
	query := url.Values{}
	if next = ownPath(next, ""); next != "" && next != secondStepPath {
		query.Set("next", next)
	}
	if reason != reasonWanted {
		query.Set("why", string(reason))
	}
	return seeOther(c, (&url.URL{Path: "/login", RawQuery: query.Encode()}).String())
}

// refererPath is the page of ours that a request comes from; nil for none.
func refererPath(r *http.Request) *url.URL {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" || u.Host != r.Host {
		return nil
	}
	return u
}
