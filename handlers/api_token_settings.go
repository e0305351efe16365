package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const tokensPath = "/settings/tokens"

// apiTokenLives are the lives of a token that can be chosen, in days; 0 is
// until it is revoked.
var apiTokenLives = [...]int{30, 90, 365, 0}

// maxTokenName is the longest name of a token, in characters.
const maxTokenName = 80

var scopeChoices = [...]views.ScopeChoice{
	{Word: string(models.ScopeRead), Text: "see what this account has"},
	{Word: string(models.ScopeWrite), Text: "change it: add and delete domains, vouch for deliveries, make links and forwards"},
	{Word: string(models.ScopeIngest), Text: "bring reports, and nothing else"},
}

func (s *site) tokensPage(c echo.Context) (views.APITokensPage, error) {
	page := views.APITokensPage{
		Frame: s.frame(c, "API tokens"), CanManage: member(c).May(models.ToManageTokens),
		Form:    views.APITokenForm{Scopes: []string{string(models.ScopeRead)}, Days: 90},
		MaxName: maxTokenName, Scopes: scopeChoices[:], Lives: apiTokenLives[:],
		Address: s.BaseURL.JoinPath(apiPath).String(),
	}
	page.Path = c.Request().URL.Path
	by, err := s.makerOf(c)
	if err != nil {
		return page, err
	}
	tokens, err := s.Store.APITokens(c.Request().Context(), member(c).AccountID)
	for _, t := range tokens {
		row := apiTokenRow(t, s.Now())
		row.By = by(t.CreatedBy)
		page.Tokens = append(page.Tokens, row)
	}
	return page, err
}

func apiTokenRow(t models.APIToken, now time.Time) views.APITokenRow {
	row := views.APITokenRow{ID: t.ID, Name: t.Name, Start: t.Start, Created: t.CreatedAt}
	for _, scope := range t.Scopes {
		row.Scopes = append(row.Scopes, string(scope))
	}
	if t.ExpiresAt != nil {
		row.Expires = *t.ExpiresAt
	}
	if t.LastUsedOn != nil {
		row.LastUsed = t.LastUsedOn.Time()
	}
	switch {
	case t.RevokedAt != nil:
		row.Over = "revoked"
	case !t.InForce(now):
		row.Over = "expired"
	}
	return row
}

func (s *site) showTokens(c echo.Context) error {
	page, err := s.tokensPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.APITokens(page))
}

// addToken makes a token. It is shown once, in the answer: we keep a hash of
// it only.
func (s *site) addToken(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	t, faults := readToken(form.Get("name"), form.Get("days"), form["scope"], s.Now())
	var token string
	if faults == (tokenFaults{}) {
		t.AccountID, t.CreatedBy = member(c).AccountID, member(c).UserID
		if token, err = s.newToken(c, t); errors.Is(err, models.ErrQuota) {
			faults.name = fmt.Sprintf("An account has at most %d tokens in force: revoke one first.", models.MostAPITokens)
		} else if err != nil {
			return err
		}
	}
	page, err := s.tokensPage(c)
	if err != nil {
		return err
	}
	if page.Made = token; token != "" {
		return render(c, http.StatusOK, views.APITokens(page))
	}
	days, _ := strconv.Atoi(form.Get("days"))
	page.Form = views.APITokenForm{Name: form.Get("name"), Scopes: form["scope"], Days: days}
	page.NameError, page.ScopeError, page.DaysError = faults.name, faults.scope, faults.days
	return render(c, http.StatusBadRequest, views.APITokens(page))
}

// tokenFaults are the sentences beside the fields of the form.
type tokenFaults struct{ name, scope, days string }

func readToken(name, days string, scopes []string, now time.Time) (models.APIToken, tokenFaults) {
	var faults tokenFaults
	t := models.APIToken{Name: searchText(name), Scopes: scopesOf(scopes)}
	switch {
	case t.Name == "":
		faults.name = "Give the token a name, so that you know later what uses it."
	case len([]rune(t.Name)) > maxTokenName:
		faults.name = fmt.Sprintf("A name has at most %d characters.", maxTokenName)
	}
	if len(t.Scopes) == 0 || len(t.Scopes) != len(scopes) {
		faults.scope = "Choose what the token may do."
	}
	n, err := strconv.Atoi(days)
	if err != nil || !slices.Contains(apiTokenLives[:], n) {
		faults.days = "Choose how long the token works."
	}
	if n > 0 {
		end := now.UTC().AddDate(0, 0, n)
		t.ExpiresAt = &end
	}
	return t, faults
}

// scopesOf are the known ones of the words, each once, in their order.
func scopesOf(words []string) models.JSONList[models.Scope] {
	var scopes models.JSONList[models.Scope]
	for _, choice := range scopeChoices {
		if slices.Contains(words, choice.Word) {
			scopes = append(scopes, models.Scope(choice.Word))
		}
	}
	return scopes
}

func (s *site) newToken(c echo.Context, t models.APIToken) (string, error) {
	token, err := hosted.NewAPIToken(s.Random)
	if err != nil {
		return "", err
	}
	t.Start, t.TokenHash = hosted.APITokenStart(token), hosted.HashAPIToken(token)
	_, err = s.Store.AddAPIToken(c.Request().Context(), t)
	if err != nil {
		return "", err
	}
	return token, nil
}

// revokeToken ends a token at once.
func (s *site) revokeToken(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	if err := s.Store.RevokeAPIToken(c.Request().Context(), member(c).AccountID, id); err != nil {
		return err
	}
	return s.done(c, deedTokenRevoked, tokensPath)
}
