package handlers

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// membersPath lists the members of the account that is open.
const membersPath = "/settings/members"

func (s *site) membersPage(c echo.Context) (views.MembersPage, error) {
	v, ctx := member(c), c.Request().Context()
	page := views.MembersPage{
		Frame: s.frame(c, "Members"), CanManage: v.May(models.ToManageMembers), CanRename: v.May(models.ToManageAccount),
		Name: v.AccountName, MaxName: models.MaxAccountName, TwoFactors: v.DemandsTwoFactors,
	}
	for _, r := range models.Roles() {
		if v.Role.MayManage(r) {
			page.Roles = append(page.Roles, string(r))
		}
	}
	members, err := s.Store.Members(ctx, v.AccountID)
	if err != nil {
		return page, err
	}
	for _, m := range members {
		if v.Limited() && len(m.Tags) > 0 && m.UserID != v.UserID {
			continue // who sees a part is not shown whom the others are
		}
		page.Rows = append(page.Rows, views.MemberRow{
			ID: m.UserID, Email: m.Email, Role: string(m.Role), Tags: m.Tags, Since: m.CreatedAt,
			You: m.UserID == v.UserID, CanChange: v.Role.MayManage(m.Role),
		})
	}
	if !page.CanManage {
		return page, nil
	}
	invitations, err := s.Store.Invitations(ctx, v.AccountID)
	for _, i := range invitations {
		page.Invitations = append(page.Invitations, views.InvitationRow{
			ID: i.ID, Email: i.Email, Role: string(i.Role), Tags: i.Tags, By: i.InvitedBy, Expires: i.ExpiresAt,
			CanTakeBack: v.Role.MayManage(i.Role),
		})
	}
	return page, err
}

func (s *site) showMembers(c echo.Context) error {
	page, err := s.membersPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Members(page))
}

// invite sends an invitation to an address.
func (s *site) invite(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	tags, err := models.ParseTags(form.Get("tags"))
	var link string
	if err == nil {
		_, link, err = s.sendInvitation(c, form.Get("email"), models.Terms{Role: models.Role(form.Get("role")), Tags: tags})
	}
	sentence, code := memberRefusal(err)
	if err != nil && sentence == "" {
		return err
	}
	if err == nil && s.SendsMail {
		return s.done(c, deedInvited, membersPath)
	}
	page, err := s.membersPage(c)
	if err != nil {
		return err
	}
	page.Path = membersPath
	page.Email, page.Role, page.Tags, page.InviteError, page.Link = form.Get("email"), form.Get("role"), form.Get("tags"), sentence, link
	return render(c, code, views.Members(page))
}

// sendInvitation gives the link too, for who sends no mail.
func (s *site) sendInvitation(c echo.Context, typed string, terms models.Terms) (inv models.Invitation, link string, err error) {
	email, err := NormalizeEmail(typed)
	if err != nil {
		return inv, "", err
	}
	token, err := hosted.NewSecret(s.Random)
	if err != nil {
		return inv, "", err
	}
	v := member(c)
	n := models.NewInvitation{
		Email: email, Token: token, Role: terms.Role, Tags: terms.Tags, By: v.Role, InvitedBy: v.Email,
	}
	link = s.address(invitationPath + token)
	n.Mail = invitationMail(v, email, link)
	inv, err = s.Store.Invite(c.Request().Context(), v.AccountID, n)
	return inv, link, err
}

// invitationMail names the account by the address of who invites, and nothing
// that a stranger could have typed freely.
func invitationMail(v *models.Visitor, to, link string) models.NewMail {
	return models.NewMail{
		AccountID: v.AccountID, Recipient: to,
		Subject: "Invitation to Sealpost",
		Text: v.Email + " invites you to an account at Sealpost, which collects\n" +
			"TLS reports about mail (RFC 8460).\n\n" +
			"To see the account's name and to accept, open this page. The link works\nonce, for seven days:\n\n" + link + "\n\n" +
			"If you do not want this, do nothing.\n",
	}
}

func memberRefusal(err error) (sentence string, code int) {
	switch {
	case err == nil:
		return "", http.StatusOK
	case errors.Is(err, ErrEmail):
		return emailSentence, http.StatusBadRequest
	case errors.Is(err, models.ErrTag):
		return limitSentence, http.StatusBadRequest
	case errors.Is(err, models.ErrTaken):
		return "This person is a member already.", http.StatusConflict
	case errors.Is(err, models.ErrQuota):
		return "Too many invitations are open, or this address has been written to often enough today.", http.StatusTooManyRequests
	case errors.Is(err, models.ErrRole):
		return "Your role does not allow you to give this one.", http.StatusForbidden
	case errors.Is(err, models.ErrLastOwner):
		return "An account has at least one owner. Make somebody else an owner first.", http.StatusConflict
	default:
		return "", 0
	}
}

// limitSentence says what is wrong with the limit of a member.
const limitSentence = "Only members and read-only members can be limited to tags: up to 20, each of up to 30 letters, digits and - _ . : divided by commas."

// changeMember gives a member another role or limit.
func (s *site) changeMember(c echo.Context) error {
	id, form, err := idForm(c)
	if err != nil {
		return err
	}
	v := member(c)
	tags, err := models.ParseTags(form.Get("tags"))
	if err == nil {
		err = s.Store.ChangeMember(c.Request().Context(), v.AccountID, id, v.Role, models.Terms{Role: models.Role(form.Get("role")), Tags: tags})
	}
	return s.memberDone(c, err, deedMemberChanged, membersPath)
}

// leaveAccount ends the visitor's own membership, and the session with it.
func (s *site) leaveAccount(c echo.Context) error {
	v := member(c)
	err := s.Store.RemoveMember(c.Request().Context(), v.AccountID, v.UserID, v.Role, models.Removal{})
	return s.memberDone(c, err, deedLeft, "/login")
}

func (s *site) takeBackInvitation(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	v := member(c)
	err = s.Store.TakeBackInvitation(c.Request().Context(), v.AccountID, id, v.Role)
	return s.memberDone(c, err, deedInvitationGone, membersPath)
}

func (s *site) memberDone(c echo.Context, err error, d deed, path string) error {
	if sentence, code := memberRefusal(err); sentence != "" {
		return refuse(code, sentence)
	}
	if err != nil {
		return err
	}
	return s.done(c, d, path)
}

// renameAccount gives the account another name.
func (s *site) renameAccount(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	name, ok := readName(form.Get("name"))
	if !ok {
		page, err := s.membersPage(c)
		if err != nil {
			return err
		}
		page.Name, page.NameError = form.Get("name"), nameSentence
		return render(c, http.StatusBadRequest, views.Members(page))
	}
	if err := s.Store.RenameAccount(c.Request().Context(), member(c).AccountID, name); err != nil {
		return err
	}
	return s.done(c, deedRenamed, membersPath)
}

const nameSentence = "Enter a name of 1 to 80 characters."

// readName takes a name for people to read: something, not too long, of
// characters that show.
func readName(typed string) (string, bool) {
	name := strings.TrimSpace(typed)
	return name, name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= models.MaxAccountName && !strings.ContainsFunc(name, hidden)
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }
