package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// EventKind is what happened to a domain; charts mark it on its day.
type EventKind string

// The kinds of events.
const (
	EventRegistered EventKind = "registered"
	EventActive     EventKind = "active"
	EventLapsed     EventKind = "lapsed"
	EventPending    EventKind = "pending" // another account has proven the name
	EventMoved      EventKind = "moved"   // from another account to this one
	EventVerdict    EventKind = "verdict"
	EventRecord     EventKind = "record" // the text was replaced by Detail, or is gone when that is ""
	EventMX         EventKind = "mx"
)

// DomainEvent is a change of a domain or of what was observed of it.
type DomainEvent struct {
	ID        int64
	AccountID string
	DomainID  string
	At        time.Time
	Kind      EventKind
	Detail    string
}

func recordEvent(tx *gorm.DB, d Domain, now time.Time, kind EventKind, detail string) error {
	return tx.Create(&DomainEvent{AccountID: d.AccountID, DomainID: d.ID, At: now, Kind: kind, Detail: detail}).Error
}

// DomainEvents lists the events of a domain from one time to another, oldest
// first. The account is not asked for again: SQLite would go through all of its
// events.
func (s *Store) DomainEvents(ctx context.Context, d Domain, from, to time.Time) ([]DomainEvent, error) {
	var events []DomainEvent
	err := s.asking(ctx).each(ctx, "SELECT id, at, kind, detail FROM domain_events WHERE domain_id = ? AND at >= ? AND at < ? ORDER BY at, id",
		[]any{d.ID, from.UTC(), to.UTC()}, func(scan func(...any) error) error {
			e := DomainEvent{AccountID: d.AccountID, DomainID: d.ID}
			err := scan(&e.ID, &e.At, &e.Kind, &e.Detail)
			events = append(events, e)
			return err
		})
	return events, err
}

// AccountEvent is an event with the name of its domain.
type AccountEvent struct {
	DomainEvent
	Name string
}

// AccountEvents lists the newest events of an account since a time.
func (s *Store) AccountEvents(ctx context.Context, accountID string, since time.Time, limit int) ([]AccountEvent, error) {
	var events []AccountEvent
	err := s.asking(ctx).each(ctx, `SELECT e.id, e.domain_id, e.at, e.kind, e.detail, d.name
		FROM domain_events e JOIN domains d ON d.id = e.domain_id
		WHERE e.account_id = ? AND e.at >= ? ORDER BY e.at DESC, e.id DESC LIMIT ?`,
		[]any{accountID, since.UTC(), limit}, func(scan func(...any) error) error {
			e := AccountEvent{DomainEvent: DomainEvent{AccountID: accountID}}
			err := scan(&e.ID, &e.DomainID, &e.At, &e.Kind, &e.Detail, &e.Name)
			events = append(events, e)
			return err
		})
	return events, err
}
