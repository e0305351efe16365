package handlers

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// refusal is an error that says by itself how it is answered.
type refusal struct {
	code     int
	kind     string // of problem, for the API; "" gives the one that fits code
	sentence string // shown to the person; "" gives the one that fits code
	retry    time.Duration
	accounts string // where the person can open another account, "" where this one is open to them
}

func (r *refusal) Error() string { return http.StatusText(r.code) + ": " + r.sentence }

func refuse(code int, sentence string) error { return &refusal{code: code, sentence: sentence} }

// The longest and shortest time after which a sender that we could not serve
// should come back. It is drawn, so that they do not come back all at once.
const (
	retryLeast = 60 * time.Second
	retryMost  = 900 * time.Second
)

func retryLater() time.Duration {
	return retryLeast + rand.N(retryMost-retryLeast) // #nosec G404 -- spreads those who come back; no secret
}

// verdictOf is the one place where errors become answers: what is not listed
// is our own fault and shows nothing of itself.
func verdictOf(err error) *refusal {
	var own *refusal
	var routed *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, models.ErrNotFound):
		return &refusal{code: http.StatusNotFound}
	case errors.As(err, &tooLarge):
		return &refusal{code: http.StatusRequestEntityTooLarge}
	case errors.As(err, &routed):
		return &refusal{code: routed.Code}
	case errors.Is(err, ingest.ErrOverQuota):
		return &refusal{code: http.StatusTooManyRequests, retry: retryLater(), sentence: sentenceOverQuota}
	case errors.Is(err, models.ErrKeyBusy):
		return &refusal{code: http.StatusConflict, kind: problemKeyBusy, retry: time.Second, sentence: "A request with this Idempotency-Key is being worked on."}
	case errors.Is(err, models.ErrKeyReused):
		return &refusal{code: http.StatusUnprocessableEntity, kind: problemKeyReused, sentence: "This Idempotency-Key came with another request before. Use a new one for each thing to create."}
	case errors.Is(err, models.ErrQuota):
		return &refusal{code: http.StatusTooManyRequests, kind: problemQuota, retry: retryLater(), sentence: "A limit of your account is reached. Try again later."}
	case errors.Is(err, models.ErrRole):
		return &refusal{code: http.StatusForbidden, sentence: "Your role in this account does not allow this."}
	case errors.Is(err, models.ErrState):
		return &refusal{code: http.StatusConflict, sentence: "This is not possible in the state that the delivery is in now."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{code: http.StatusRequestTimeout, sentence: "What you sent came too slowly. Try again on a better line."}
	case overloaded(err):
		return &refusal{code: http.StatusServiceUnavailable, retry: retryLater()}
	default:
		return &refusal{code: http.StatusInternalServerError}
	}
}

const sentenceOverQuota = "You have reached today's limit of what can be taken in. Send the rest tomorrow (UTC)."

// overloaded reports whether the same request may succeed a little later.
func overloaded(err error) bool {
	for _, target := range []error{
		ingest.ErrBusy, ingest.ErrFull, ingest.ErrStopped, models.ErrDiskFull, errCrowded, errHashing,
		context.DeadlineExceeded, context.Canceled,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// handleError answers a request whose handler has returned an error.
func (s *site) handleError(err error, c echo.Context) {
	v := verdictOf(err)
	if v.code >= http.StatusInternalServerError {
		s.Log.Error("request failed", "id", requestID(c), "route", c.Path(), "error", err)
	}
	if c.Response().Committed {
		return
	}
	if v.retry > 0 {
		setRetryAfter(c, v.retry)
	}
	if err := s.writeVerdict(c, v); err != nil {
		s.Log.Error("the answer to an error failed", "id", requestID(c), "error", err)
	}
}

// writeVerdict answers with an error as whoever asks can read it: a program at
// an address for programs, a person anywhere.
func (s *site) writeVerdict(c echo.Context, v *refusal) error {
	machine := apiRequest(c) || machineRoute(c)
	if machine && opens(c.Request()) {
		c.Response().Header().Add("Vary", "Accept")
	}
	switch {
	case machine && opensPage(c.Request()):
		return s.machineError(c, v)
	case apiRequest(c):
		return s.writeProblem(c, v)
	case machine:
		return c.String(v.code, http.StatusText(v.code)+"\n")
	default:
		return s.renderError(c, v)
	}
}

func (s *site) renderError(c echo.Context, v *refusal) error {
	page := views.ErrorPage{
		Frame:     s.frame(c, strconv.Itoa(v.code)),
		Code:      v.code,
		Sentence:  v.sentence,
		RequestID: requestID(c),
		Accounts:  v.accounts,
	}
	if isHTMX(c) {
		return render(c, v.code, views.ErrorFragment(page))
	}
	return render(c, v.code, views.Error(page))
}

func setRetryAfter(c echo.Context, d time.Duration) {
	seconds := int64((d + time.Second - 1) / time.Second)
	c.Response().Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}
