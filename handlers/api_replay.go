package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// maxIdempotencyKey is the longest Idempotency-Key, in characters.
const maxIdempotencyKey = 255

// kept is a reply as it is stored for the same request sent again.
type kept struct {
	Location string          `json:"location"`
	Body     json.RawMessage `json:"body"`
}

// answerOnce calls the handler. A call that creates something and comes with
// an Idempotency-Key is worked on once; the same again gets the same answer.
func (s *site) answerOnce(c *apiCall) (reply, error) {
	keys := c.Request().Header.Values("Idempotency-Key")
	if !c.route.creates || len(keys) == 0 {
		return c.route.handle(s, c)
	}
	if len(keys) > 1 || !validKey(keys[0]) {
		return reply{}, refuseCall(http.StatusBadRequest, problemParameter, "An Idempotency-Key is one to 255 printable ASCII characters.")
	}
	hash := sha256.Sum256(c.raw)
	v := c.visitor()
	r := models.APIReplay{AccountID: v.AccountID, Key: keys[0], Route: c.Request().Method + " " + c.Request().URL.Path, BodyHash: hash[:]}
	if v.Limited() { // what others were answered may be about more than this one sees
		r.Route += fmt.Sprintf(" of %q", v.Tags)
	}
	_, answer, err := s.Store.BeginReplay(c.Request().Context(), r)
	if err != nil {
		return reply{}, err
	}
	if answer != nil {
		return replayed(c, answer)
	}
	return s.answerAndKeep(c, r)
}

func replayed(c *apiCall, answer []byte) (reply, error) {
	var k kept
	if err := json.Unmarshal(answer, &k); err != nil {
		return reply{}, err
	}
	c.Response().Header().Set("Idempotency-Replayed", "true")
	return reply{body: k.Body, location: k.Location, secret: true}, nil
}

// answerAndKeep calls the handler and keeps its answer. A call that failed has
// created nothing and may be sent again with the same key.
func (s *site) answerAndKeep(c *apiCall, r models.APIReplay) (reply, error) {
	ctx := context.WithoutCancel(c.Request().Context())
	out, err := c.route.handle(s, c)
	if err != nil {
		if dropErr := s.Store.DropReplay(ctx, r); dropErr != nil {
			s.Log.Warn("an idempotency key could not be freed", "error", dropErr)
		}
		return out, err
	}
	body, err := json.Marshal(out.body)
	if err != nil {
		return out, err
	}
	answer, err := json.Marshal(kept{Location: out.location, Body: body})
	if err == nil {
		err = s.Store.EndReplay(ctx, r, c.route.code, answer)
	}
	if err != nil {
		s.Log.Warn("the answer to an idempotency key could not be kept", "error", err)
	}
	return out, nil
}

func validKey(key string) bool {
	if key == "" || len(key) > maxIdempotencyKey {
		return false
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}
