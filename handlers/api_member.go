package handlers

import (
	"errors"
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiMember is a person of the account.
type apiMember struct {
	ID    string   `json:"id" format:"uuid"`
	Email string   `json:"email"`
	Role  string   `json:"role" enum:"owner manager member read-only"`
	Tags  []string `json:"tags" doc:"The person sees the domains with one of these tags only; all when there is none."`
	Since apiTime  `json:"since"`
}

func apiMemberOf(m models.AccountMember) apiMember {
	return apiMember{ID: m.UserID, Email: m.Email, Role: string(m.Role), Tags: list(m.Tags), Since: timeOf(m.CreatedAt)}
}

type apiMembers struct {
	Members []apiMember `json:"members" doc:"The oldest first."`
}

func apiListMembers(s *site, c *apiCall) (reply, error) {
	rows, err := s.Store.Members(c.Request().Context(), c.visitor().AccountID)
	page := apiMembers{Members: []apiMember{}}
	for _, m := range rows {
		page.Members = append(page.Members, apiMemberOf(m))
	}
	return reply{body: page}, err
}

type apiMemberChange struct {
	Role string   `json:"role" enum:"manager member read-only"`
	Tags []string `json:"tags,omitempty" doc:"Limits a member or a read-only member to the domains with one of these tags; left out, the limit stays as it is; an empty list lifts it."`
}

// memberInPath is the member that the path names, if it is one of the account.
func (s *site) memberInPath(c *apiCall) (models.AccountMember, error) {
	id, err := idInPath(c)
	if err != nil {
		return models.AccountMember{}, err
	}
	return s.Store.Member(c.Request().Context(), c.visitor().AccountID, id)
}

func apiChangeMember(s *site, c *apiCall) (reply, error) {
	m, err := s.memberInPath(c)
	if err != nil {
		return reply{}, err
	}
	var n apiMemberChange
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	role := models.Role(n.Role)
	if !role.Known() {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, `The field "role" must be manager, member or read-only.`)
	}
	if n.Tags == nil && !role.May(models.ToManageMembers) {
		n.Tags = m.Tags
	}
	v := c.visitor()
	err = s.Store.ChangeMember(c.Request().Context(), v.AccountID, m.UserID, v.Role, models.Terms{Role: role, Tags: n.Tags})
	if err != nil {
		return reply{}, memberProblem(err)
	}
	m, err = s.memberInPath(c)
	return reply{body: apiMemberOf(m)}, err
}

var removalParams = []apiParam{
	{name: "tokens", kind: "string", words: []string{"end", "keep"}, text: "Whether the API tokens that the member has made end too; keep if it is left out."},
	{name: "shares", kind: "string", words: []string{"end", "keep"}, text: "Whether their read-only links do."},
}

func apiRemoveMember(s *site, c *apiCall) (reply, error) {
	m, err := s.memberInPath(c)
	if err != nil {
		return reply{}, err
	}
	tokens, err := wordParam(c, "tokens")
	if err != nil {
		return reply{}, err
	}
	shares, err := wordParam(c, "shares")
	if err != nil {
		return reply{}, err
	}
	v, also := c.visitor(), models.Removal{Tokens: tokens == "end", Links: shares == "end"}
	return reply{}, memberProblem(s.Store.RemoveMember(c.Request().Context(), v.AccountID, m.UserID, v.Role, also))
}

// memberProblem is why members and invitations stay as they are.
func memberProblem(err error) error {
	sentence, code := memberRefusal(err)
	kind := ""
	switch {
	case err == nil || sentence == "":
		return err
	case errors.Is(err, models.ErrRole):
		sentence = "Tokens do what managers do: owners are made and unmade by owners, on the page of the members."
	case errors.Is(err, models.ErrTaken):
		kind = problemTaken
	case errors.Is(err, models.ErrQuota):
		kind = problemQuota
	case code == http.StatusBadRequest:
		kind = problemBody
	}
	return refuseCall(code, kind, sentence)
}
