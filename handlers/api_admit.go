package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// wrongTokenPause is how long a network that has tried too many wrong tokens
// waits for one more try.
const wrongTokenPause = 5 * time.Second

// admit finds out on whose behalf a call is made and whether it may be. Only
// the token counts: no cookie opens the API, so that no page of another site
// can make a browser call it.
func (s *site) admit(c *apiCall) error {
	token, err := s.bearer(c)
	if err != nil {
		return err
	}
	hash := hosted.HashAPIToken(token)
	network := networkOf(c.RealIP())
	if wait := s.tokenGuesses.wait(network); wait > 0 && !s.apiCalls.knows(string(hash)) {
		return tooOften(wait, "Too many wrong tokens came from your network.")
	}
	b, err := s.Store.APITokenByHash(c.Request().Context(), hash)
	if errors.Is(err, models.ErrNotFound) {
		s.tokenGuesses.note(network)
		return s.unauthorized(c, "The token is not known, or no longer: it may have expired or been revoked.")
	}
	if err != nil {
		return err
	}
	c.Set(keyBearer, b)
	if err := s.countCall(c, string(hash)); err != nil {
		return err
	}
	return s.actFor(c, b)
}

// bearer is the token of a call (RFC 6750 §2.1), if it has the form of one.
func (s *site) bearer(c *apiCall) (string, error) {
	headers := c.Request().Header.Values("Authorization")
	if len(headers) == 0 {
		return "", s.unauthorized(c, "Send a token of the account, in the header Authorization: Bearer sealpost_...")
	}
	kind, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	if len(headers) > 1 || !strings.EqualFold(kind, "Bearer") || !hosted.ValidAPIToken(token) {
		return "", s.unauthorized(c, "This is no token of ours. One looks like sealpost_ and 47 letters and digits, in the header Authorization: Bearer sealpost_...")
	}
	return token, nil
}

func (s *site) unauthorized(c *apiCall, sentence string) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer realm="sealpost"`)
	return refuseCall(http.StatusUnauthorized, "", sentence)
}

func tooOften(wait time.Duration, sentence string) error {
	return &refusal{code: http.StatusTooManyRequests, sentence: sentence, retry: wait}
}

// countCall bounds how often a token is used, and says so in the headers of
// every answer (draft-ietf-httpapi-ratelimit-headers).
func (s *site) countCall(c *apiCall, token string) error {
	left, reset, ok := s.apiCalls.take(token)
	seconds := int64((reset + time.Second - 1) / time.Second)
	h := c.Response().Header()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"token";q=%d;w=%d`, s.apiCalls.quota, int64(s.apiCalls.window/time.Second)))
	h.Set("RateLimit", fmt.Sprintf(`"token";r=%d;t=%d`, left, seconds))
	if !ok {
		return tooOften(reset, fmt.Sprintf("This token may call %d times in %d seconds. Wait for the rest of them.", s.apiCalls.quota, int64(s.apiCalls.window/time.Second)))
	}
	return nil
}

// actFor lets a token act for its account, as far as its scopes go.
func (s *site) actFor(c *apiCall, b models.Bearer) error {
	switch {
	case b.AccountState == models.AccountSuspended:
		return refuseCall(http.StatusForbidden, "", "This account is suspended. Ask the operator of this server why.")
	case b.AccountState != models.AccountActive:
		return refuseCall(http.StatusForbidden, "", "This account is being deleted.")
	case !b.May(c.route.scope):
		return refuseCall(http.StatusForbidden, "", fmt.Sprintf("This token lacks the scope %s. Make one that has it in the settings of the account.", c.route.scope))
	}
	v := &models.Visitor{Email: "API token " + b.Name, AccountID: b.AccountID, AccountName: b.AccountName, AccountState: b.AccountState, Role: models.ReadOnly, Tags: b.MakerTags}
	if b.May(models.ScopeWrite) {
		v.Role = models.Manager
	}
	if a := c.route.action(); v.Limited() && !v.May(a) {
		return refuseCall(http.StatusForbidden, "", "Who made this token sees a part of the account's domains only, and this call is about all of them.")
	}
	if !b.MakerMay(c.route.action()) {
		return refuseCall(http.StatusForbidden, "", "Only a token may do this whose maker is a member of the account and may do it too. Make one yourself.")
	}
	c.Set(keyVisitor, v)
	seeAs(c, v)
	r := c.Request()
	ctx := models.By(r.Context(), models.Actor{Name: v.Email, Address: c.RealIP()})
	c.SetRequest(r.WithContext(ctx))
	s.noteUse(ctx, b)
	return nil
}

const keyBearer = "bearer"

// noteUse remembers the day of a token's last use. It is no reason to refuse
// a call.
func (s *site) noteUse(ctx context.Context, b models.Bearer) {
	if err := s.Store.NoteAPITokenUse(ctx, b.APIToken); err != nil {
		s.Log.Warn("the last use of a token could not be noted", "error", err)
	}
}
