package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// AuditDays is how many days an event is kept, as long as the rows of reports
// by default.
const AuditDays = 400

// AuditAction names what was done.
type AuditAction string

// The actions of the audit log.
const (
	AuditAccountMade       AuditAction = "account made"
	AuditAccountRenamed    AuditAction = "account renamed"
	AuditAccountState      AuditAction = "account state changed"
	AuditMemberInvited     AuditAction = "member invited"
	AuditInvitationGone    AuditAction = "invitation taken back"
	AuditMemberJoined      AuditAction = "member joined"
	AuditMemberChanged     AuditAction = "member changed"
	AuditMemberRemoved     AuditAction = "member removed"
	AuditDomainAdded       AuditAction = "domain added"
	AuditDomainRemoved     AuditAction = "domain deleted"
	AuditTransferOffered   AuditAction = "domain offered"
	AuditTransferWithdrawn AuditAction = "offer of domain taken back"
	AuditDomainGiven       AuditAction = "domain handed over"
	AuditDomainTaken       AuditAction = "domain taken over"
	AuditDomainTagged      AuditAction = "domain tagged"
	AuditSecretRenewed     AuditAction = "report URL renewed" // #nosec G101 -- no secret, words
	AuditForwardAdded      AuditAction = "forward added"
	AuditForwardAsked      AuditAction = "forward asked again"
	AuditForwardConfirmed  AuditAction = "forward confirmed"
	AuditForwardRemoved    AuditAction = "forward removed"
	AuditMailboxConnected  AuditAction = "mailbox connected"
	AuditMailboxState      AuditAction = "mailbox state changed"
	AuditMailboxRemoved    AuditAction = "mailbox disconnected"
	AuditLinkMade          AuditAction = "read-only link made"
	AuditLinkTakenBack     AuditAction = "read-only link taken back"
	AuditDeliveryAccepted  AuditAction = "delivery accepted"
	AuditDeliveryUndone    AuditAction = "delivery no longer accepted"
	AuditDeliveryReplayed  AuditAction = "delivery replayed"
	AuditDeliveryRemoved   AuditAction = "delivery deleted"
	AuditReportsUploaded   AuditAction = "reports uploaded"
	AuditReporterBlocked   AuditAction = "reporter blocked"
	AuditReporterFree      AuditAction = "reporter unblocked"
	AuditSelfTest          AuditAction = "self-test started"
	AuditTokenMade         AuditAction = "API token made"
	AuditTokenRevoked      AuditAction = "API token revoked"
	AuditPassword          AuditAction = "password changed"
	AuditReset             AuditAction = "password reset by mail"
	AuditEmail             AuditAction = "address changed"
	AuditSessions          AuditAction = "sessions ended"
)

// AuditEvent is one change in the audit log of an account: who did it, from
// where, to what, and the facts before and after. Events are only ever added;
// the database refuses to change one, or to delete one before its time.
type AuditEvent struct {
	ID        int64
	AccountID string
	At        time.Time
	ActorID   string // the user's id; "" when it was no person
	Actor     string // as Actor.Name was then
	Address   string
	Action    AuditAction
	Object    string // what was changed, by the name that people know it by
	Before    string // a JSON object; "" for none
	After     string
	// Number counts the events of the account from 1, Hash is the SHA-256 of
	// this one and of Previous, which is the hash of the one before.
	Number   int64
	Previous []byte
	Hash     []byte
}

// Facts are what the audit log keeps of a thing: short values that people know
// it by, never a secret.
type Facts map[string]string

func (f Facts) text() string {
	if len(f) == 0 {
		return ""
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Sprintf("%q", err) // strings always have a JSON form
	}
	return string(text)
}

// audit adds an event in the transaction of the change that it tells of, as the
// last of it (see chain), put down to the actor of the transaction's context.
func audit(tx *gorm.DB, now time.Time, accountID string, action AuditAction, object string, before, after Facts) error {
	return auditAll(tx, now, accountID, action, []AuditEvent{{Object: object, Before: before.text(), After: after.text()}})
}

// auditAll adds events about several things that one transaction has done, as
// the last of it.
func auditAll(tx *gorm.DB, now time.Time, accountID string, action AuditAction, events []AuditEvent) error {
	by := actorOf(tx.Statement.Context)
	for _, e := range events {
		e.AccountID, e.At, e.Action = accountID, now, action
		e.ActorID, e.Actor, e.Address = by.UserID, storable(by.Name), storable(by.Address)
		e.Object, e.Before, e.After = storable(e.Object), storable(e.Before), storable(e.After)
		if err := chain(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// Audit adds an event about something that was done in no transaction of this
// package.
func (s *Store) Audit(ctx context.Context, accountID string, action AuditAction, object string, after Facts) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error { return audit(tx, now, accountID, action, object, nil, after) })
}

// auditPerson adds an event about a person to the logs of all their accounts.
func auditPerson(tx *gorm.DB, now time.Time, userID string, action AuditAction, email string, before, after Facts) error {
	var accounts []string
	if err := tx.Raw("SELECT account_id FROM memberships WHERE user_id = ? ORDER BY account_id", userID).Scan(&accounts).Error; err != nil {
		return err
	}
	for _, id := range accounts {
		if err := audit(tx, now, id, action, email, before, after); err != nil {
			return err
		}
	}
	return nil
}

// AuditFilter narrows the audit log of an account.
type AuditFilter struct {
	Actor  string
	Action AuditAction
	Object string
	Limit  int
	Offset int
}

func (s *Store) auditLog(ctx context.Context, accountID string, f AuditFilter) *gorm.DB {
	q := s.reader(ctx).Model(&AuditEvent{}).Where("account_id = ?", accountID)
	if f.Actor != "" {
		q = q.Where("actor = ?", storable(f.Actor))
	}
	if f.Action != "" {
		q = q.Where("action = ?", f.Action)
	}
	if f.Object != "" {
		q = q.Where("object = ?", storable(f.Object))
	}
	return q
}

// AuditLog lists the events of an account, newest first, and how many match.
func (s *Store) AuditLog(ctx context.Context, accountID string, f AuditFilter) ([]AuditEvent, int64, error) {
	var total int64
	if err := s.auditLog(ctx, accountID, f).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var events []AuditEvent
	err := s.auditLog(ctx, accountID, f).Order("id DESC").Limit(f.Limit).Offset(f.Offset).Find(&events).Error
	return events, total, err
}

// EachAuditEvent visits all events of an account that match, newest first.
func (s *Store) EachAuditEvent(ctx context.Context, accountID string, f AuditFilter, visit func(AuditEvent) error) error {
	return eachPage(func(after *AuditEvent) ([]AuditEvent, error) {
		q := s.auditLog(ctx, accountID, f)
		if after != nil {
			q = q.Where("id < ?", after.ID)
		}
		var events []AuditEvent
		err := q.Order("id DESC").Limit(exportPage).Find(&events).Error
		return events, err
	}, visit)
}

// RemoveOldAuditEvents deletes the events from before a time, some at a time;
// done is true when none is left. The database lets nothing newer go, and an
// event stays as long as one before it in its account does.
func (s *Store) RemoveOldAuditEvents(ctx context.Context, before time.Time) (done bool, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, _ time.Time) error {
		if err := tx.Exec("UPDATE audit_retention SET until = ? WHERE id = 1 AND until < ?", before.UTC(), before.UTC()).Error; err != nil {
			return err
		}
		var old []AuditEvent
		err := tx.Raw(`SELECT * FROM audit_events e WHERE at < ? AND NOT EXISTS (
			SELECT 1 FROM audit_events k WHERE k.account_id = e.account_id AND k.id < e.id AND k.at >= ?) ORDER BY id LIMIT ?`,
			before.UTC(), before.UTC(), retentionBatch).Scan(&old).Error
		if err != nil || len(old) == 0 {
			done = err == nil
			return err
		}
		done = len(old) < retentionBatch
		return unchain(tx, old)
	})
	return done, err
}
