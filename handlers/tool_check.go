package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// The public tools.
const (
	toolCheckPath    = "/tools/check"
	toolGeneratePath = "/tools/generate"
	toolAnalyzePath  = "/tools/analyze"
)

const (
	// publicFresh is how long a result answers all who ask.
	publicFresh = time.Minute
	// publicSlow is when a person is told that the check takes long.
	publicSlow = 20 * time.Second
	// publicPause is how long a network waits that has used up its checks.
	publicPause = 6 * time.Second
)

// showCheck is the public checker. It only asks for a check, which a job makes:
// no request waits for DNS (rulings.md 25).
func (s *site) showCheck(c echo.Context) error {
	page := views.CheckPage{Frame: s.publicFrame(c, "TLS Record Checker",
		"Check the TLS-RPT record of any domain: every name server, every public resolver, every mistake by name, and what senders do with it.", toolCheckPath)}
	typed := c.QueryParam("domain")
	if typed == "" {
		return render(c, http.StatusOK, views.Check(page))
	}
	name, refused := checkable(typed)
	switch {
	case refused != nil:
		page.Typed, page.Error, page.Suggestion = domainname.Show(typed), refused.Sentence, refused.Suggestion
		return render(c, http.StatusBadRequest, views.Check(page))
	case name != typed:
		return seeOther(c, toolCheckPath+"?domain="+url.QueryEscape(name))
	}
	result, status, err := s.checkResult(c, name)
	if err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	if isHTMX(c) {
		return render(c, status, views.CheckedDomain(result))
	}
	page.Title, page.Typed, page.Result = "TLS-RPT check of "+name, name, &result
	return render(c, status, views.Check(page))
}

// checkable gives the one spelling of a name that anybody may check.
func checkable(typed string) (string, *domainname.Error) {
	name, err := domainname.ParseRecordDomain(typed)
	var refused *domainname.Error
	if err == nil || errors.As(err, &refused) {
		return name, refused
	}
	return "", &domainname.Error{Reason: err, Sentence: "This is not a domain; enter one such as example.com."}
}

// checkResult is what is known of a domain now. A check is asked for when the
// last is no longer fresh and this network may ask.
func (s *site) checkResult(c echo.Context, name string) (views.CheckResult, int, error) {
	ctx := c.Request().Context()
	known, err := s.Store.PublicCheck(ctx, name)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return views.CheckResult{}, 0, err
	}
	status, limited := http.StatusOK, ""
	if now := s.Now(); !known.Due && (known.CheckedAt == nil || now.Sub(*known.CheckedAt) >= publicFresh) {
		status, limited, err = s.askForCheck(ctx, c, name)
		if err != nil {
			return views.CheckResult{}, 0, err
		}
		if limited == "" {
			known.Domain, known.Due, known.AskedAt = name, true, now
		}
	}
	known.Domain = name
	return s.checkedDomain(known, limited), status, nil
}

// askForCheck makes a check due, or says in a sentence why not.
func (s *site) askForCheck(ctx context.Context, c echo.Context, name string) (int, string, error) {
	network := networkOf(c.RealIP())
	if wait := s.checks.wait(network); wait > 0 {
		setRetryAfter(c, wait)
		return http.StatusTooManyRequests, "Your network has asked for many checks in a row. Wait a few seconds and load this page again.", nil
	}
	s.checks.note(network)
	err := s.Store.AskPublicCheck(ctx, name)
	if errors.Is(err, models.ErrQuota) {
		setRetryAfter(c, retryLater())
		return http.StatusServiceUnavailable, "Many people are checking domains just now. Load this page again in a minute.", nil
	}
	return http.StatusOK, "", err
}
