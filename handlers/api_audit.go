package handlers

import (
	"encoding/hex"
	"github.com/sealpost/sealpost/models"
)

// apiAuditEvent is one change in the audit log of the account.
type apiAuditEvent struct {
	ID      int64       `json:"id"`
	At      apiTime     `json:"at"`
	Actor   string      `json:"actor" doc:"The address of a person, the name of a token, operator, or sealpost."`
	Address *string     `json:"address" doc:"The network address that it came from."`
	Action  string      `json:"action"`
	Object  string      `json:"object" doc:"What was changed, by the name that people know it by."`
	Changes []apiChange `json:"changes"`
	Number  int64       `json:"number" doc:"Counts the changes of the account; 0 for those from before they had hashes."`
	Hash    string      `json:"hash" doc:"SHA-256 of this change and of the hash of the one before, in hexadecimal digits."`
}

// apiChange is a fact that has changed.
type apiChange struct {
	Name   string  `json:"name"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

func apiAuditEventOf(e models.AuditEvent) apiAuditEvent {
	event := apiAuditEvent{
		ID: e.ID, At: timeOf(e.At), Actor: e.Actor, Address: orNull(e.Address), Action: string(e.Action), Object: e.Object, Changes: []apiChange{},
		Number: e.Number, Hash: hex.EncodeToString(e.Hash),
	}
	for _, f := range factsOf(e.Before, e.After) {
		event.Changes = append(event.Changes, apiChange{Name: f.Name, Before: orNull(f.Before), After: orNull(f.After)})
	}
	return event
}

type apiAuditEvents struct {
	Events []apiAuditEvent `json:"events"`
	Next   *string         `json:"next_cursor" doc:"null on the last page."`
}

var auditParams = append([]apiParam{
	{name: "actor", kind: "string", text: "Only what this one did."},
	{name: "action", kind: "string", text: "Only this."},
	{name: "object", kind: "string", text: "Only what was done to this."},
}, pageParams...)

func apiListAudit(s *site, c *apiCall) (reply, error) {
	after, limit, err := pageOf(c)
	if err != nil {
		return reply{}, err
	}
	f := auditFilter(c)
	f.Limit = limit + 1
	rows, err := s.Store.AuditAfter(c.Request().Context(), c.visitor().AccountID, f, after.Seq)
	rows, next := cut(c, rows, limit, func(e models.AuditEvent) cursor { return cursor{Seq: e.ID} })
	page := apiAuditEvents{Events: []apiAuditEvent{}, Next: orNull(next)}
	for _, e := range rows {
		page.Events = append(page.Events, apiAuditEventOf(e))
	}
	return reply{body: page, next: next}, err
}
