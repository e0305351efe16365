package handlers

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

// apiProblem is an error as the API answers it (RFC 9457).
type apiProblem struct {
	Type   string `json:"type" doc:"What kind of problem it is: urn:sealpost:problem: and a word that stays." format:"uri"`
	Title  string `json:"title" doc:"The status in words."`
	Status int    `json:"status" doc:"The status of the answer."`
	Detail string `json:"detail" doc:"One sentence for the person who reads the log."`
	// RequestID finds the request in the log of the server.
	RequestID string `json:"request_id" doc:"Names the request when you ask the operator about it."`
}

// The kinds of problems that need a word of their own beside their status.
const (
	problemParameter = "parameter"         // of the query
	problemBody      = "body"              // that is no JSON, or lacks or has too much of something
	problemName      = "name"              // of a domain that cannot be registered
	problemTaken     = "exists"            // already
	problemQuota     = "quota"             // of the account is used up
	problemState     = "state"             // of the thing does not allow it
	problemKeyBusy   = "idempotency-busy"  // the first request is being worked on
	problemKeyReused = "idempotency-reuse" // with another request
)

const problemPrefix = "urn:sealpost:problem:"

// kindOf is the word for a status that has no other.
func kindOf(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "request"
	case http.StatusUnauthorized:
		return "token"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not-found"
	case http.StatusMethodNotAllowed:
		return "method"
	case http.StatusConflict:
		return problemState
	case http.StatusPreconditionFailed:
		return "condition"
	case http.StatusLengthRequired:
		return "length"
	case http.StatusRequestEntityTooLarge:
		return "too-large"
	case http.StatusUnsupportedMediaType:
		return "media-type"
	case http.StatusTooManyRequests:
		return "too-often"
	case http.StatusServiceUnavailable:
		return "busy"
	default:
		return "internal"
	}
}

// defaultDetail is the sentence for an error that brings none.
func defaultDetail(code int) string {
	switch code {
	case http.StatusNotFound:
		return "There is nothing at this address that your token may see."
	case http.StatusMethodNotAllowed:
		return "This address does not take that method; the header Allow lists what it takes."
	case http.StatusLengthRequired:
		return "Say how long the body is, in the header Content-Length."
	case http.StatusRequestEntityTooLarge:
		return "The body is larger than what is taken here."
	case http.StatusServiceUnavailable:
		return "The server is busy. Try again after the time in the header Retry-After."
	case http.StatusInternalServerError:
		return "Something went wrong on our side. Nothing is wrong with your request."
	default:
		return http.StatusText(code) + "."
	}
}

// refuseCall refuses a call with a sentence and the kind of its problem.
func refuseCall(code int, kind, sentence string) error {
	return &refusal{code: code, kind: kind, sentence: sentence}
}

// writeProblem answers a call that has failed.
func (s *site) writeProblem(c echo.Context, v *refusal) error {
	p := apiProblem{
		Type: problemPrefix + v.kind, Title: http.StatusText(v.code), Status: v.code, Detail: v.sentence, RequestID: requestID(c),
	}
	if v.kind == "" {
		p.Type = problemPrefix + kindOf(v.code)
	}
	if p.Detail == "" {
		p.Detail = defaultDetail(v.code)
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	c.Response().WriteHeader(v.code)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err = c.Response().Write(append(body, '\n'))
	return err
}
