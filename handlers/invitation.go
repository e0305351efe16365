package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// invitationPath stands before the token of an invitation.
const invitationPath = "/invitations/"

// invitation is what a link is about, and the visitor, nil for nobody.
// Unknown, used and old links look the same.
func (s *site) invitation(c echo.Context) (models.OpenInvitation, *models.Visitor, error) {
	gone := refuse(http.StatusNotFound, "This invitation is not known, is older than seven days, or has been used already.")
	token := c.Param("secret")
	if !hosted.ValidSecret(token) {
		return models.OpenInvitation{}, nil, gone
	}
	inv, err := s.Store.InvitationByToken(c.Request().Context(), token)
	if errors.Is(err, models.ErrNotFound) {
		return inv, nil, gone
	}
	if err != nil {
		return inv, nil, err
	}
	v, err := s.visitor(c)
	return inv, v, err
}

func (s *site) invitationPage(c echo.Context, inv models.OpenInvitation, v *models.Visitor) (views.InvitationPage, error) {
	page := views.InvitationPage{
		Frame: s.frame(c, "Invitation"), Account: inv.AccountName, Email: inv.Email, Role: string(inv.Role), By: inv.InvitedBy,
		Action: c.Request().URL.Path, MinPassword: password.Min,
	}
	if v != nil {
		return page, nil
	}
	_, err := s.Store.UserByEmail(c.Request().Context(), inv.Email)
	page.LogIn, page.NewPerson = err == nil, errors.Is(err, models.ErrNotFound)
	if page.NewPerson {
		err = nil
	}
	return page, err
}

// showInvitation is where the link in the mail leads. Opening it changes
// nothing, as mail scanners open every link.
func (s *site) showInvitation(c echo.Context) error {
	inv, v, err := s.invitation(c)
	if err != nil {
		return err
	}
	page, err := s.invitationPage(c, inv, v)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Invitation(page))
}

// acceptInvitation makes who is logged in a member, or the person behind the
// invited address, who chooses a password.
func (s *site) acceptInvitation(c echo.Context) error {
	inv, v, err := s.invitation(c)
	if err != nil {
		return err
	}
	if v == nil {
		return s.joinAsNewPerson(c, inv)
	}
	actAs(c, v.UserID, v.Email)
	ctx := c.Request().Context()
	if _, err := s.Store.AcceptInvitation(ctx, c.Param("secret"), v.UserID); err != nil {
		return err
	}
	hash, _ := s.sessionHash(c)
	if err := s.Store.OpenAccount(ctx, hash, inv.AccountID); err != nil {
		return err
	}
	return s.done(c, deedJoined, "/overview")
}

func (s *site) joinAsNewPerson(c echo.Context, inv models.OpenInvitation) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	page, err := s.invitationPage(c, inv, nil)
	if err != nil {
		return err
	}
	if page.LogIn {
		return seeOther(c, "/login?next="+page.Action)
	}
	hash, err := s.newPassword(c.Request().Context(), form.Get("password"), inv.Email, inv.AccountName)
	if page.PasswordError = passwordRefusal(err); page.PasswordError != "" {
		return render(c, http.StatusBadRequest, views.Invitation(page))
	}
	if err != nil {
		return err
	}
	actAs(c, "", inv.Email)
	user, joined, err := s.Store.SignUpInvited(c.Request().Context(), c.Param("secret"), hash)
	if errors.Is(err, models.ErrTaken) {
		return seeOther(c, "/login?next="+page.Action)
	}
	if err != nil {
		return err
	}
	if err := s.startSession(c, user.ID, joined.AccountID, false); err != nil {
		return err
	}
	return s.done(c, deedJoined, "/overview")
}
