package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// DeliveryEventKind is what happened to a delivery between its arrival and its
// last judgement.
type DeliveryEventKind string

// The kinds of events of a delivery.
const (
	DeliveryWaited    DeliveryEventKind = "waited"    // for somebody else, such as the name servers of its sender
	DeliveryFailed    DeliveryEventKind = "failed"    // a fault of ours kept it from being read
	DeliveryReplayed  DeliveryEventKind = "replayed"  // a member had it read again
	DeliveryAccepted  DeliveryEventKind = "accepted"  // a member had it counted without proof
	DeliveryWithdrawn DeliveryEventKind = "withdrawn" // a member took that back
	DeliveryMXKnown   DeliveryEventKind = "mx-known"  // the domain's mail servers became known, so it was read again
)

// DeliveryEvent is an event of a delivery. What repeats itself is one row.
type DeliveryEvent struct {
	ID         int64
	AccountID  string
	DeliveryID string
	At         time.Time // the first time
	LastAt     time.Time
	Times      int64
	Kind       DeliveryEventKind
	Detail     string
	Actor      string // who did it, or "" when it was no person
}

// noteDelivery records an event, or counts it when the same has happened before.
func noteDelivery(tx *gorm.DB, e DeliveryEvent, now time.Time) error {
	res := tx.Exec("UPDATE delivery_events SET times = times + 1, last_at = ? WHERE account_id = ? AND delivery_id = ? AND kind = ? AND detail = ? AND actor = ?",
		now, e.AccountID, e.DeliveryID, e.Kind, e.Detail, e.Actor)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	e.At, e.LastAt, e.Times = now, now, 1
	return tx.Create(&e).Error
}

// DeliveryEvents lists what happened to a delivery of an account since it
// arrived, in the order of the last time.
func (s *Store) DeliveryEvents(ctx context.Context, accountID, deliveryID string) ([]DeliveryEvent, error) {
	var events []DeliveryEvent
	err := s.reader(ctx).Where("account_id = ? AND delivery_id = ?", accountID, deliveryID).Order("last_at, id").Find(&events).Error
	return events, err
}
