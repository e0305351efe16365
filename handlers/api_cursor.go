package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/sealpost/sealpost/models"
)

const (
	apiPage     = 50  // rows of a page that asks for no number
	apiPageMost = 200 // rows of the largest page
	// maxCursor bounds a cursor, in characters: the identity of a reporter has
	// 255 bytes, of which each may be six in JSON and eight in base64.
	maxCursor = 2200
	// maxIdentity is the longest identity of a reporter, in bytes.
	maxIdentity = 255
)

// cursor says where a page ends: the next begins after it, however many rows
// have come since. It is opaque to callers.
type cursor struct {
	Name string    `json:"n,omitempty"` // of a list by name
	At   time.Time `json:"t,omitzero"`  // of a list by time
	Day  int32     `json:"d,omitempty"` // of a list by day
	ID   string    `json:"i,omitempty"`
	Seq  int64     `json:"s,omitempty"` // of a list by number
	// Reporter is the identity of a reporter: any text.
	Reporter string `json:"r,omitempty"`
	// List is the list that it belongs to: in another, it would skip or repeat.
	List string `json:"l,omitempty"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		return "" // a struct of texts and numbers always is JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// place is c as the store takes it.
func (c cursor) place() models.Place {
	return models.Place{At: c.At, Day: models.Day(c.Day), ID: c.ID}
}

// parseCursor reads what cursor.String has written.
func parseCursor(text string) (cursor, bool) {
	var c cursor
	if text == "" {
		return c, true
	}
	if len(text) > maxCursor {
		return c, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || json.Unmarshal(raw, &c) != nil || c == (cursor{}) {
		return cursor{}, false
	}
	if c.Name != "" && !nameInPath(c.Name) || c.ID != "" && uuid.Validate(c.ID) != nil || c.At.Year() > 9999 || c.Seq < 0 || len(c.Reporter) > maxIdentity {
		return cursor{}, false
	}
	return c, true
}

// pageParams are the parameters of every list.
var pageParams = []apiParam{
	{name: "limit", kind: "integer", text: "How many to give, 50 if it is left out, at most 200."},
	{name: "cursor", kind: "string", text: "Where to go on: next_cursor of the page before."},
}

// pageOf reads them.
func pageOf(c *apiCall) (after cursor, limit int, err error) {
	limit = apiPage
	if text := c.QueryParam("limit"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return after, 0, refuseCall(http.StatusBadRequest, problemParameter, `The parameter "limit" must be a whole number from 1 to 200.`)
		}
		limit = int(min(n, apiPageMost))
	}
	text := c.QueryParam("cursor")
	after, ok := parseCursor(text)
	if !ok || text != "" && after.List != c.list() {
		return after, 0, refuseCall(http.StatusBadRequest, problemParameter, `The parameter "cursor" is none of ours. Begin again without it.`)
	}
	return after, limit, nil
}

// list tells the list of a call from all others: those of other accounts too.
func (c *apiCall) list() string {
	sum := sha256.Sum256([]byte(c.visitor().AccountID + "\x00" + c.Request().URL.Path))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// cut gives the rows of a page out of one row more, and the cursor of the next
// page, "" when there is none.
func cut[T any](c *apiCall, rows []T, limit int, at func(T) cursor) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	end := at(rows[limit-1])
	end.List = c.list()
	return rows[:limit], end.String()
}

// orNull is a text, or null where there is none.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
