package handlers

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// transferPath stands before the token of an offer to take a domain over.
const transferPath = "/transfers/"

// offerDomain offers a domain to another account, by mail to a person of it.
func (s *site) offerDomain(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	_, link, err := s.sendOffer(c, d, form.Get("email"))
	sentence, code := offerRefusal(err)
	if err != nil && sentence == "" {
		return err
	}
	if err == nil && s.SendsMail {
		return s.done(c, deedOffered, "/domains/"+d.Name+"/settings")
	}
	page, err := s.domainSettings(c, d)
	if err != nil {
		return err
	}
	page.OfferEmail, page.OfferError, page.OfferLink = form.Get("email"), sentence, link
	return render(c, code, views.DomainSettings(page))
}

// sendOffer gives the link too, for who sends no mail.
func (s *site) sendOffer(c echo.Context, d models.Domain, typed string) (t models.Transfer, link string, err error) {
	email, err := NormalizeEmail(typed)
	if err != nil {
		return t, "", err
	}
	token, err := hosted.NewSecret(s.Random)
	if err != nil {
		return t, "", err
	}
	v := member(c)
	link = s.address(transferPath + token)
	t, err = s.Store.OfferTransfer(c.Request().Context(), d, models.NewTransfer{
		Email: email, Token: token, OfferedBy: v.Email, Mail: offerMail(v, d, email, link),
	})
	return t, link, err
}

func offerMail(v *models.Visitor, d models.Domain, to, link string) models.NewMail {
	return models.NewMail{
		AccountID: v.AccountID, Recipient: to,
		Subject: "A domain is offered to you at Sealpost",
		Text: v.Email + " offers to hand " + d.Name + " over to your account\n" +
			"at Sealpost, with its TLS reports. Its DNS record stays as it is.\n\n" +
			"To see what happens and to accept, open this page as an owner or manager\n" +
			"of the account that is to have it. The link works once, for seven days:\n\n" + link + "\n\n" +
			"If you do not want this, do nothing.\n",
	}
}

func offerRefusal(err error) (sentence string, code int) {
	switch {
	case err == nil:
		return "", http.StatusOK
	case errors.Is(err, ErrEmail):
		return emailSentence, http.StatusBadRequest
	case errors.Is(err, models.ErrQuota):
		return "This address has been written to often enough today.", http.StatusTooManyRequests
	default:
		return "", 0
	}
}

// withdrawOffer takes the offer of a domain back.
func (s *site) withdrawOffer(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	if err := s.Store.WithdrawTransfer(c.Request().Context(), d); err != nil {
		return err
	}
	return s.done(c, deedOfferGone, "/domains/"+d.Name+"/settings")
}

// offer is what a link is about. Unknown, used and old links look the same.
func (s *site) offer(c echo.Context) (models.OpenTransfer, error) {
	token := c.Param("secret")
	if !hosted.ValidSecret(token) {
		return models.OpenTransfer{}, notTaken(models.ErrNotFound)
	}
	t, err := s.Store.TransferByToken(c.Request().Context(), token)
	if err != nil {
		err = notTaken(err)
	}
	return t, err
}

func (s *site) offerPage(c echo.Context, t models.OpenTransfer) (views.TransferPage, error) {
	page := views.TransferPage{
		Frame: s.frame(c, "A domain is offered"), Domain: t.DomainName, From: t.AccountName, By: t.OfferedBy, Action: c.Request().URL.Path,
	}
	v, err := s.visitor(c)
	if err != nil || v == nil {
		page.LogIn = true
		return page, err
	}
	accounts, err := s.Store.AccountsOf(c.Request().Context(), v.UserID)
	for _, a := range accounts {
		if a.State == models.AccountActive && a.ID != t.AccountID && a.Role.May(models.ToMoveDomains) {
			page.Accounts = append(page.Accounts, views.Choice{Value: a.ID, Word: a.Name})
		}
	}
	return page, err
}

// showOffer is where the link in the mail leads. Opening it changes nothing.
func (s *site) showOffer(c echo.Context) error {
	t, err := s.offer(c)
	if err != nil {
		return err
	}
	page, err := s.offerPage(c, t)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Transfer(page))
}

// acceptOffer takes a domain over into an account of the person, and opens it.
func (s *site) acceptOffer(c echo.Context) error {
	if _, err := s.offer(c); err != nil {
		return err
	}
	v, err := s.visitor(c)
	if err != nil {
		return err
	}
	if v == nil {
		return seeOther(c, "/login?next="+c.Request().URL.Path)
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	account, err := uuid.Parse(form.Get("account"))
	if err != nil {
		return refuse(http.StatusBadRequest, "Choose the account that is to have the domain.")
	}
	actAs(c, v.UserID, v.Email)
	ctx := c.Request().Context()
	d, err := s.Store.AcceptTransfer(ctx, c.Param("secret"), models.Taker{AccountID: account.String(), UserID: v.UserID})
	if err != nil {
		return notTaken(err)
	}
	hash, _ := s.sessionHash(c)
	if err := s.Store.OpenAccount(ctx, hash, d.AccountID); err != nil {
		return err
	}
	return s.done(c, deedTaken, "/domains/"+d.Name)
}

// notTaken is why a domain was not taken over.
func notTaken(err error) error {
	switch {
	case errors.Is(err, models.ErrNotFound):
		return refuse(http.StatusNotFound, "This offer is not known, is older than seven days, was taken back, or has been accepted already.")
	case errors.Is(err, models.ErrRole):
		return refuse(http.StatusForbidden, "Only owners and managers of an account take domains over.")
	case errors.Is(err, models.ErrSameAccount):
		return refuse(http.StatusConflict, "The domain is in this account already.")
	case errors.Is(err, models.ErrTaken):
		return refuseCall(http.StatusConflict, problemTaken, "That account has a domain of this name already. Delete it there first, then accept.")
	case errors.Is(err, models.ErrQuota):
		return refuseCall(http.StatusConflict, problemQuota, "That account has as many domains as it may.")
	default:
		return err
	}
}
