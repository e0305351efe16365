package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// MailState says what has become of a mail that we send.
type MailState string

// The states of an outgoing mail.
const (
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailFailed  MailState = "failed" // refused for good, or given up after a day
)

// OutgoingMail is a mail of ours to a person. It stays queued until the mail
// server has taken it, so it may go out twice but is never lost.
type OutgoingMail struct {
	ID            string
	AccountID     string // "" when no account has caused it
	Recipient     string
	Subject       string
	Text          string // plain text; emptied once sent, as it may hold a secret link
	State         MailState
	CreatedAt     time.Time
	ExpiresAt     time.Time // when it is given up
	Attempts      int
	NextAttemptAt *time.Time
	ClaimedUntil  *time.Time
	ClaimedBy     string
	SentAt        *time.Time
	LastError     string
}

// NewMail is a mail about to be queued. Recipient is one bare address.
type NewMail struct {
	AccountID string
	Recipient string
	Subject   string
	Text      string
}

const (
	// outgoingLife is how long sending is tried: the 24 hours that RFC 8460
	// §5.5 gives reports too.
	outgoingLife = 24 * time.Hour
	// mailsPerRecipient and mailsPerAccount bound the mails of a day, so that
	// nobody can fill a stranger's mailbox through us.
	mailsPerRecipient = 10
	mailsPerAccount   = 100
)

// QueueMail queues a mail by itself. What causes a mail in a transaction of
// this package queues it there. ErrQuota when the recipient or the account has
// had too many today.
func (s *Store) QueueMail(ctx context.Context, m NewMail) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error { return queueMail(tx, now, m) })
}

func queueMail(tx *gorm.DB, now time.Time, m NewMail) error {
	if err := roomForMail(tx, now, m); err != nil {
		return err
	}
	return addMail(tx, now, m)
}

// roomForMail is ErrQuota when a recipient or an account has had too many today.
func roomForMail(tx *gorm.DB, now time.Time, m NewMail) error {
	var n struct{ Recipient, Account int }
	day := now.Add(-24 * time.Hour)
	err := tx.Raw("SELECT (SELECT COUNT(*) FROM outgoing_mails WHERE recipient = ? AND created_at > ?) AS recipient,"+
		" (SELECT COUNT(*) FROM outgoing_mails WHERE account_id = ? AND account_id <> '' AND created_at > ?) AS account",
		m.Recipient, day, m.AccountID, day).Scan(&n).Error
	if err != nil {
		return err
	}
	if n.Recipient >= mailsPerRecipient || n.Account >= mailsPerAccount {
		return ErrQuota
	}
	return nil
}

func addMail(tx *gorm.DB, now time.Time, m NewMail) error {
	return tx.Create(&OutgoingMail{
		ID: newID(), AccountID: m.AccountID, Recipient: m.Recipient, Subject: m.Subject, Text: m.Text,
		State: MailWaiting, CreatedAt: now, ExpiresAt: now.Add(outgoingLife), NextAttemptAt: &now,
	}).Error
}

// ClaimMails gives holder up to limit mails that are due, and keeps them from
// all others for the length of lease.
func (s *Store) ClaimMails(ctx context.Context, holder string, limit int, lease time.Duration) ([]OutgoingMail, error) {
	var claimed []OutgoingMail
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var ids []string
		err := tx.Raw("UPDATE outgoing_mails SET claimed_by = @holder, claimed_until = @until, attempts = attempts + 1 WHERE id IN ("+
			"SELECT id FROM outgoing_mails WHERE state = 'waiting' AND next_attempt_at <= @now AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY next_attempt_at LIMIT @limit"+s.forUpdate(true)+") RETURNING id",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit}).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		return tx.Where("id IN ?", ids).Order("created_at, id").Find(&claimed).Error
	})
	return claimed, err
}

// MailDone notes that a claimed mail was taken by the mail server. Its text is
// kept only where somebody is meant to read it here (keepText).
func (s *Store) MailDone(ctx context.Context, m OutgoingMail, keepText bool) error {
	row := map[string]any{"state": MailSent, "sent_at": s.now(), "next_attempt_at": nil, "claimed_by": "", "claimed_until": nil, "last_error": ""}
	if !keepText {
		row["text"] = ""
	}
	return s.write.WithContext(asSystem(ctx)).Model(&OutgoingMail{}).Where("id = ?", m.ID).Updates(row).Error
}

// MailNotSent notes why a claimed mail could not be sent, and when to try it
// again; nil gives it up, and so does a time after its end.
func (s *Store) MailNotSent(ctx context.Context, m OutgoingMail, next *time.Time, detail string) error {
	row := map[string]any{"claimed_by": "", "claimed_until": nil, "last_error": detail}
	if next == nil || next.After(m.ExpiresAt) {
		row["state"], row["next_attempt_at"], row["text"] = MailFailed, nil, ""
	} else {
		row["next_attempt_at"] = next.UTC()
	}
	return s.write.WithContext(asSystem(ctx)).Model(&OutgoingMail{}).Where("id = ? AND claimed_by = ?", m.ID, m.ClaimedBy).Updates(row).Error
}

// RecentMails lists the newest outgoing mails of all accounts, for the page
// that stands in for a mail server on a laptop.
func (s *Store) RecentMails(ctx context.Context, limit int) ([]OutgoingMail, error) {
	var mails []OutgoingMail
	err := s.reader(asSystem(ctx)).Order("created_at DESC, id DESC").Limit(limit).Find(&mails).Error
	return mails, err
}

// RemoveOldMails deletes the rows of mails queued before a time that have been
// sent or given up, some at a time; done is true when none is left.
func (s *Store) RemoveOldMails(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec("DELETE FROM outgoing_mails WHERE id IN (SELECT id FROM outgoing_mails WHERE created_at < ? AND state <> 'waiting' LIMIT ?)",
		before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}
