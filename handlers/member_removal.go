package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// showRemoval says what a member has made that works without them, and asks what of
// it is to end with the membership. It changes nothing.
func (s *site) showRemoval(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	v, ctx := member(c), c.Request().Context()
	m, err := s.Store.Member(ctx, v.AccountID, id)
	if err != nil {
		return err
	}
	if !v.Role.MayManage(m.Role) {
		return s.memberDone(c, models.ErrRole, "", "")
	}
	made, err := s.Store.HandiworkOf(ctx, v.AccountID, id)
	if err != nil {
		return err
	}
	page := views.RemovalPage{Frame: s.frame(c, "Remove a member"), ID: id, Email: m.Email, Role: string(m.Role), Limited: len(m.Tags) > 0}
	page.Path = membersPath
	for _, t := range made.Tokens {
		page.Tokens = append(page.Tokens, apiTokenRow(t, s.Now()))
	}
	for _, l := range made.Links {
		page.Links = append(page.Links, views.RemovalLink{Name: l.Name, Domain: l.Domain, Expires: l.ExpiresAt})
	}
	return render(c, http.StatusOK, views.Removal(page))
}

// removeMember ends a membership, and with it what the form says.
func (s *site) removeMember(c echo.Context) error {
	id, form, err := idForm(c)
	if err != nil {
		return err
	}
	v := member(c)
	also := models.Removal{Tokens: form.Get("tokens") == "revoke", Links: form.Get("links") == "end"}
	err = s.Store.RemoveMember(c.Request().Context(), v.AccountID, id, v.Role, also)
	return s.memberDone(c, err, deedMemberRemoved, membersPath)
}

// makerOf says who made something, by the user's id: a member, a former one, or ""
// for a program.
func (s *site) makerOf(c echo.Context) (func(userID string) string, error) {
	members, err := s.Store.Members(c.Request().Context(), member(c).AccountID)
	emails := map[string]string{"": ""}
	for _, m := range members {
		emails[m.UserID] = m.Email
	}
	return func(userID string) string {
		if email, known := emails[userID]; known {
			return email
		}
		return "a former member"
	}, err
}
