package handlers

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/openapi"
	"github.com/sealpost/sealpost/models"
)

// showOpenAPI gives the description of the API to whoever asks: it says
// nothing that the documents do not.
func (s *site) showOpenAPI(c echo.Context) error {
	body, err := json.Marshal(s.openAPI())
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="sealpost-openapi.json"`)
	return writeJSON(c, http.StatusOK, body, false)
}

// openAPI is the document of all routes of the API.
func (s *site) openAPI() openapi.Object {
	schemas := &openapi.Schemas{
		Name:       func(t reflect.Type) string { return strings.TrimPrefix(t.Name(), "api") },
		Formats:    map[reflect.Type]string{reflect.TypeFor[apiTime](): "date-time", reflect.TypeFor[apiDay](): "date"},
		Components: openapi.Object{},
	}
	paths := openapi.Object{}
	for _, r := range apiRoutes() {
		path := documentPath(r.path)
		if paths[path] == nil {
			paths[path] = openapi.Object{}
		}
		paths[path].(openapi.Object)[strings.ToLower(r.method)] = operationOf(r, schemas)
	}
	paths["/openapi.json"] = openapi.Object{"get": documentOperation()}
	schemas.Of(apiProblem{})
	return openapi.Object{
		"openapi": "3.1.0",
		"info": openapi.Object{
			"title": "Sealpost", "version": "1",
			"description": "SMTP TLS Reporting (RFC 8460) of the account whose token is sent. Times are RFC 3339 in UTC, days are UTC days, counts are whole numbers of at most 64 bits.",
		},
		"servers":  []openapi.Object{{"url": s.BaseURL.JoinPath(apiPath).String()}},
		"security": []openapi.Object{{"token": []string{}}},
		"paths":    paths,
		"components": openapi.Object{
			"schemas":         schemas.Components,
			"securitySchemes": openapi.Object{"token": openapi.Object{"type": "http", "scheme": "bearer", "description": "A token of the account, from /settings/tokens."}},
			"responses":       openapi.Object{"Problem": problemResponse()},
		},
	}
}

// documentPath is a path of echo as OpenAPI writes it.
func documentPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func documentOperation() openapi.Object {
	return openapi.Object{
		"operationId": "showDocument", "summary": "Show this document", "security": []openapi.Object{},
		"responses": openapi.Object{
			"200":     openapi.Object{"description": "OK", "content": openapi.Object{"application/json": openapi.Object{"schema": openapi.Object{"type": "object"}}}},
			"default": openapi.Object{"$ref": "#/components/responses/Problem"},
		},
	}
}

func operationOf(r apiRoute, schemas *openapi.Schemas) openapi.Object {
	o := openapi.Object{
		"operationId": operationID(r), "summary": r.title, "x-scope": string(r.scope),
		"parameters": parametersOf(r), "responses": responsesOf(r, schemas),
	}
	text := "Needs a token with the scope " + string(r.scope) + "."
	if r.text != "" {
		text = r.text + " " + text
	}
	o["description"] = text
	switch {
	case r.body != nil:
		o["requestBody"] = openapi.Object{"required": true, "content": openapi.Object{"application/json": openapi.Object{"schema": schemas.Of(r.body), "example": r.body}}}
	case r.file != "":
		o["requestBody"] = openapi.Object{"required": true, "content": openapi.Object{r.file: openapi.Object{}}}
	}
	return o
}

// operationID is made of the handler's path and method: it stays when texts change.
func operationID(r apiRoute) string {
	id := strings.ToLower(r.method)
	for part := range strings.SplitSeq(r.path, "/") {
		if part = strings.TrimPrefix(part, ":"); part != "" {
			id += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return id
}

func parametersOf(r apiRoute) []openapi.Object {
	parameters := []openapi.Object{}
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			schema := openapi.Object{"type": "string"}
			if name == "id" {
				schema["format"] = "uuid"
			}
			parameters = append(parameters, openapi.Object{"name": name, "in": "path", "required": true, "schema": schema})
		}
	}
	for _, p := range r.query {
		schema := openapi.Object{"type": "string"}
		switch {
		case p.kind == "integer":
			schema = openapi.Object{"type": "integer", "minimum": 1}
		case p.kind == "day":
			schema["format"] = "date"
		case p.words != nil:
			schema["enum"] = p.words
		}
		parameters = append(parameters, openapi.Object{"name": p.name, "in": "query", "description": p.text, "schema": schema})
	}
	if r.creates {
		parameters = append(parameters, openapi.Object{
			"name": "Idempotency-Key", "in": "header", "schema": openapi.Object{"type": "string", "maxLength": maxIdempotencyKey},
			"description": "The same request sent again within 24 hours gets the first answer and creates nothing more.",
		})
	}
	if r.method == http.MethodGet && r.answer != nil && r.scope == models.ScopeRead {
		parameters = append(parameters, openapi.Object{
			"name": "If-None-Match", "in": "header", "schema": openapi.Object{"type": "string"},
			"description": "The ETag of an answer that is kept; 304 says that it still holds.",
		})
	}
	return parameters
}

func responsesOf(r apiRoute, schemas *openapi.Schemas) openapi.Object {
	success := openapi.Object{"description": http.StatusText(r.code), "headers": responseHeaders(r)}
	switch {
	case r.answer != nil:
		success["content"] = openapi.Object{"application/json": openapi.Object{"schema": schemas.Of(r.answer)}}
	case r.sends != "":
		success["content"] = openapi.Object{r.sends: openapi.Object{}}
	}
	return openapi.Object{strconv.Itoa(r.code): success, "default": openapi.Object{"$ref": "#/components/responses/Problem"}}
}

func responseHeaders(r apiRoute) openapi.Object {
	header := func(text string) openapi.Object {
		return openapi.Object{"description": text, "schema": openapi.Object{"type": "string"}}
	}
	headers := openapi.Object{"RateLimit": header("Calls left (r), and seconds until all of them are there again (t)."), "RateLimit-Policy": header("Calls (q) in so many seconds (w).")}
	for _, p := range r.query {
		if p.name == "cursor" {
			headers["Link"] = header("The next page, rel=next.")
		}
	}
	if r.creates {
		headers["Location"] = header("Where it is to be found; not for many at once.")
	}
	return headers
}

func problemResponse() openapi.Object {
	return openapi.Object{
		"description": "What was wrong (RFC 9457)",
		"content":     openapi.Object{"application/problem+json": openapi.Object{"schema": openapi.Object{"$ref": "#/components/schemas/Problem"}}},
	}
}
