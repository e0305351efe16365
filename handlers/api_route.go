package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

// apiPath stands before every address of the API.
const apiPath = "/api/v1"

// apiRoute is one call of the API. The routes of echo and the OpenAPI document
// are both made of these, so that neither can lack what the other has.
type apiRoute struct {
	method, path string // path as echo writes it, after apiPath
	scope        models.Scope
	title        string // what it does, in one line
	text         string // what else a caller must know; "" for nothing
	handle       func(s *site, c *apiCall) (reply, error)
	query        []apiParam
	body         any // an example; its type is what the body must be. nil for none
	file         string
	answer       any           // a value whose type is what the answer is; nil for none
	sends        string        // the media type of an answer that is no JSON
	code         int           // of success
	creates      bool          // takes an Idempotency-Key
	does         models.Action // "" for the usual one of the scope
}

// action is what a call does, as the roles of members know it.
func (r apiRoute) action() models.Action {
	switch {
	case r.does != "":
		return r.does
	case r.scope == models.ScopeRead:
		return models.ToRead
	case r.scope == models.ScopeIngest:
		return models.ToBring
	default:
		return models.ToManageDomains
	}
}

// as says what a call does, where its scope does not.
func (r apiRoute) as(a models.Action) apiRoute {
	r.does = a
	return r
}

// asking says which parameters a call takes.
func (r apiRoute) asking(params ...apiParam) apiRoute {
	r.query = params
	return r
}

// apiParam is a parameter in the query.
type apiParam struct {
	name, text string
	kind       string   // "string", "integer" or "day"
	words      []string // if only these are taken
}

// apiCall is a request to a route of the API.
type apiCall struct {
	echo.Context
	route apiRoute
	raw   []byte // the body
}

// visitor is on whose behalf the call is made.
func (c *apiCall) visitor() *models.Visitor { return member(c) }

// reply is what a handler of the API answers.
type reply struct {
	body     any    // nil for none
	location string // of what was created, after apiPath
	next     string // cursor of the next page, "" on the last
	secret   bool   // holds a secret, so that no cache may have it
	file     []byte // bytes from outside, in place of body
	fileName string
}

// mountAPI adds the routes of the API to those of the pages.
func (s *site) mountAPI(e *echo.Echo) {
	for _, r := range apiRoutes() {
		methods := []string{r.method}
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		e.Match(methods, apiPath+r.path, s.serveAPI(r))
	}
	e.Match([]string{http.MethodGet, http.MethodHead}, apiPath+"/openapi.json", s.showOpenAPI)
}

// apiRequest tells that a request is for the API, whatever its path leads to.
func apiRequest(c echo.Context) bool {
	return strings.HasPrefix(c.Request().URL.Path, apiPath+"/")
}
