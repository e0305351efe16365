package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// addForward adds a target and asks its owner to confirm it. One that the
// domain's own record has named needs no confirmation.
func (s *site) addForward(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	_, err = s.forwardTo(c, d, form.Get("target"), form.Get("origin") == string(models.ForwardFromRecord))
	if err == nil {
		return s.done(c, deedForwardAdded, "/domains/"+d.Name+"/forwards")
	}
	sentence, code := forwardRefusal(err)
	if sentence == "" {
		return err
	}
	page, err := s.forwardsPage(c, d)
	if err != nil {
		return err
	}
	page.Target, page.TargetError = form.Get("target"), sentence
	return render(c, code, views.Forwards(page))
}

func forwardRefusal(err error) (sentence string, code int) {
	var target errTarget
	switch {
	case errors.As(err, &target):
		return string(target), http.StatusBadRequest
	case errors.Is(err, models.ErrTaken):
		return "Reports are sent on to this target already.", http.StatusConflict
	case errors.Is(err, models.ErrQuota):
		return "That is too many: ten targets for a domain, and a few mails to one address each day.", http.StatusTooManyRequests
	default:
		return "", 0
	}
}

const (
	noMailHere    errTarget = "This installation sends no mail, so that only https targets can be added."
	notFromRecord errTarget = "The domain's record does not name that address. Add it as a target of your own."
)

func (s *site) forwardTo(c echo.Context, d models.Domain, typed string, fromRecord bool) (models.Forward, error) {
	var none models.Forward
	kind, target, err := s.forwardTarget(typed)
	if err != nil {
		return none, err
	}
	if kind == models.ForwardMail && !s.SendsMail {
		return none, noMailHere
	}
	ctx := c.Request().Context()
	n := models.NewForward{Kind: kind, Target: target, Origin: models.ForwardAdded}
	if fromRecord {
		known, err := s.recordTargets(ctx, d)
		if err != nil {
			return none, err
		}
		if !slices.Contains(known, target) {
			return none, notFromRecord
		}
		n.Origin = models.ForwardFromRecord
	} else if n.Secret, err = hosted.NewSecret(s.Random); err != nil {
		return none, err
	} else if kind == models.ForwardMail {
		n.Mail = s.confirmationMail(d, target, n.Secret)
	}
	return s.Store.AddForward(ctx, d.AccountID, d.Name, n)
}

// confirmationMail asks the owner of an address whether it wants the reports.
// It names the domain and nothing that a stranger could have typed freely.
func (s *site) confirmationMail(d models.Domain, to, secret string) *models.NewMail {
	return &models.NewMail{
		AccountID: d.AccountID, Recipient: to,
		Subject: "Confirm: TLS reports about " + d.Name,
		Text: "Somebody who looks after " + d.Name + " at Sealpost wants the TLS reports\n" +
			"about mail to this domain (RFC 8460) to be sent on to " + to + ".\n\n" +
			"To receive them, open this page and confirm. The link works once, for\nseven days:\n\n" +
			s.BaseURL.JoinPath("forwards", secret).String() + "\n\n" +
			"If you do not want this, do nothing: without your confirmation nothing\nis sent.\n",
	}
}

// askForwardAgain sends a new link or a new challenge to a target that is not
// confirmed yet.
func (s *site) askForwardAgain(c echo.Context) error {
	d, f, err := s.forward(c)
	if err != nil {
		return err
	}
	if err := s.askAgain(c.Request().Context(), d, f); err != nil {
		return err
	}
	return s.done(c, deedForwardAsked, "/domains/"+d.Name+"/forwards")
}

func (s *site) askAgain(ctx context.Context, d models.Domain, f models.Forward) error {
	secret, err := hosted.NewSecret(s.Random)
	if err != nil {
		return err
	}
	var mail *models.NewMail
	if f.Kind == models.ForwardMail {
		mail = s.confirmationMail(d, f.Target, secret)
	}
	err = s.Store.AskAgain(ctx, d.AccountID, f.ID, secret, mail)
	if errors.Is(err, models.ErrQuota) {
		return refuse(http.StatusTooManyRequests, "This address has been written to often enough today. Try again tomorrow.")
	}
	return err
}

// removeForward stops sending to a target; what waits for it is dropped.
func (s *site) removeForward(c echo.Context) error {
	d, f, err := s.forward(c)
	if err != nil {
		return err
	}
	if err := s.Store.RemoveForward(c.Request().Context(), d.AccountID, f.ID); err != nil {
		return err
	}
	return s.done(c, deedForwardRemoved, "/domains/"+d.Name+"/forwards")
}

// forward is the one that the path names, if it is the domain's.
func (s *site) forward(c echo.Context) (models.Domain, models.Forward, error) {
	d, err := s.domain(c)
	if err != nil {
		return d, models.Forward{}, err
	}
	id, err := idInPath(c)
	if err != nil {
		return d, models.Forward{}, err
	}
	f, err := s.Store.Forward(c.Request().Context(), d.AccountID, id)
	if err == nil && f.DomainID != d.ID {
		err = models.ErrNotFound
	}
	return d, f, err
}
