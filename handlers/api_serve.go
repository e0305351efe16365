package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// serveAPI answers calls of a route: who asks, whether they may, what they
// send, and then the handler, once for each Idempotency-Key.
func (s *site) serveAPI(r apiRoute) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := &apiCall{Context: ec, route: r}
		if err := s.admit(c); err != nil {
			return err
		}
		if err := checkQuery(c); err != nil {
			return err
		}
		if err := checkIfMatch(c); err != nil {
			return err
		}
		release, err := s.readCall(c)
		if err != nil {
			return err
		}
		defer release()
		out, err := s.answerOnce(c)
		if err != nil {
			return err
		}
		return s.writeReply(c, out)
	}
}

// checkQuery refuses parameters that the route does not have, and such that
// come twice: a typing error must not look like an answer.
func checkQuery(c *apiCall) error {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return refuseCall(http.StatusBadRequest, problemParameter, "The query of the address could not be read.")
	}
	for name, list := range values {
		known := slices.ContainsFunc(c.route.query, func(p apiParam) bool { return p.name == name })
		switch {
		case !known:
			return refuseCall(http.StatusBadRequest, problemParameter, "The parameter "+quoted(name)+" is not known here"+knownNames(parameterNames(c.route))+".")
		case len(list) > 1:
			return refuseCall(http.StatusBadRequest, problemParameter, "The parameter "+quoted(name)+" may be given once only.")
		}
	}
	return nil
}

// checkIfMatch refuses what asks for a state that a call cannot be held to: our
// tags are weak, and If-Match compares strongly, so that none ever fits (RFC 9110
// §13.1.1). To pass it over would overwrite what somebody else has changed.
func checkIfMatch(c *apiCall) error {
	for _, tags := range c.Request().Header.Values("If-Match") {
		if strings.TrimSpace(tags) != "*" {
			return refuseCall(http.StatusPreconditionFailed, "", "Tags of this API are for If-None-Match: they are weak, so that If-Match never fits. Nothing was changed; send it without.")
		}
	}
	return nil
}

func parameterNames(r apiRoute) []string {
	var names []string
	for _, p := range r.query {
		names = append(names, p.name)
	}
	return names
}

// knownNames ends a sentence about an unknown name with those that are known.
func knownNames(names []string) string {
	if len(names) == 0 {
		return "; there is none"
	}
	return "; known are " + strings.Join(names, ", ")
}

// quoted is what a caller has sent, short and in one line.
func quoted(text string) string {
	const longest = 60
	text = searchText(text)
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest]) + "…"
	}
	return strconv.Quote(text)
}

// readCall reads the body of a call whole. release gives back the memory that
// was reserved for it.
func (s *site) readCall(c *apiCall) (release func(), err error) {
	if c.route.body == nil && c.route.file == "" {
		return func() {}, nil
	}
	limit := int64(maxForm)
	if c.route.file != "" {
		limit = int64(s.Limits.Report.Message)
	} else if !isJSON(c.Request().Header.Get("Content-Type")) {
		return nil, refuseCall(http.StatusUnsupportedMediaType, "", "Send JSON, with the header Content-Type: application/json.")
	}
	c.raw, release, err = s.readBody(c, c.visitor().AccountID, limit)
	return release, err
}

func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	return err == nil && kind == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// writeReply writes what a handler has answered.
func (s *site) writeReply(c *apiCall, out reply) error {
	h := c.Response().Header()
	if out.location != "" {
		h.Set("Location", s.BaseURL.JoinPath(apiPath, out.location).String())
	}
	if out.next != "" {
		h.Set("Link", "<"+s.nextPage(c, out.next)+`>; rel="next"`)
	}
	switch {
	case out.file != nil:
		return attach(c, out.fileName, c.route.sends, out.file)
	case out.body == nil:
		return c.NoContent(c.route.code)
	}
	body, err := json.Marshal(out.body)
	if err != nil {
		return err
	}
	return writeJSON(c, c.route.code, body, !out.secret && c.route.method == http.MethodGet)
}

func (s *site) nextPage(c *apiCall, cursor string) string {
	q := c.Request().URL.Query()
	q.Set("cursor", cursor)
	next := s.BaseURL.JoinPath(c.Request().URL.Path)
	next.RawQuery = q.Encode()
	return next.String()
}

// writeJSON answers with JSON. What is tagged may be kept by the caller, who
// asks each time whether it still holds (RFC 9110 §13.1.2).
func writeJSON(c echo.Context, code int, body []byte, tagged bool) error {
	h := c.Response().Header()
	h.Add("Vary", "Accept-Encoding, Authorization")
	if tagged {
		tag := etagOf(body)
		h.Set("Etag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matches(c.Request().Header.Values("If-None-Match"), tag) {
			return c.NoContent(http.StatusNotModified)
		}
	}
	body = append(body, '\n')
	h.Set("Content-Type", "application/json")
	if len(body) >= compressFrom && acceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
		packed := pages.Get().(*bytes.Buffer)
		defer pages.Put(packed)
		packed.Reset()
		if err := pack(packed, body); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Response().WriteHeader(code)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := bytes.NewReader(body).WriteTo(c.Response())
	return err
}

// etagOf is a weak tag: the same answer may be sent compressed or not.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// matches compares weakly, as If-None-Match asks for (RFC 9110 §13.1.2).
func matches(headers []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
