package handlers

import (
	"github.com/sealpost/sealpost/models"
)

// apiInvitation asks somebody to become a member.
type apiInvitation struct {
	ID        string   `json:"id" format:"uuid"`
	Email     string   `json:"email"`
	Role      string   `json:"role" enum:"owner manager member read-only"`
	Tags      []string `json:"tags" doc:"Who accepts it sees the domains with one of these tags only; all when there is none."`
	InvitedBy string   `json:"invited_by"`
	CreatedAt apiTime  `json:"created_at"`
	ExpiresAt apiTime  `json:"expires_at"`
}

func apiInvitationOf(i models.Invitation) apiInvitation {
	return apiInvitation{
		ID: i.ID, Email: i.Email, Role: string(i.Role), Tags: list(i.Tags), InvitedBy: i.InvitedBy, CreatedAt: timeOf(i.CreatedAt), ExpiresAt: timeOf(i.ExpiresAt),
	}
}

type apiInvitations struct {
	Invitations []apiInvitation `json:"invitations" doc:"Those that can be accepted, newest first."`
}

func apiListInvitations(s *site, c *apiCall) (reply, error) {
	rows, err := s.Store.Invitations(c.Request().Context(), c.visitor().AccountID)
	page := apiInvitations{Invitations: []apiInvitation{}}
	for _, i := range rows {
		page.Invitations = append(page.Invitations, apiInvitationOf(i))
	}
	return reply{body: page}, err
}

type apiNewInvitation struct {
	Email string   `json:"email"`
	Role  string   `json:"role" enum:"manager member read-only"`
	Tags  []string `json:"tags,omitempty" doc:"Limits a member or a read-only member to the domains with one of these tags."`
}

// apiMadeInvitation is an invitation just sent.
type apiMadeInvitation struct {
	Invitation apiInvitation `json:"invitation"`
	Link       *string       `json:"link" doc:"The link to hand on, where the server sends no mail; null where it does."`
}

// aProgram stands for a token in mails: its name is free text, and no stranger
// gets to read that under our address.
const aProgram = "A program"

func apiInvite(s *site, c *apiCall) (reply, error) {
	var n apiNewInvitation
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	program := *c.visitor()
	program.Email = aProgram
	c.Set(keyVisitor, &program)
	inv, link, err := s.sendInvitation(c, n.Email, models.Terms{Role: models.Role(n.Role), Tags: n.Tags})
	if err != nil {
		return reply{}, memberProblem(err)
	}
	made := apiMadeInvitation{Invitation: apiInvitationOf(inv)}
	if !s.SendsMail {
		made.Link = &link
	}
	return reply{body: made, location: "/invitations", secret: true}, nil
}

func apiTakeBackInvitation(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	v := c.visitor()
	return reply{}, memberProblem(s.Store.TakeBackInvitation(c.Request().Context(), v.AccountID, id, v.Role))
}
