package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// MailboxState says what is done with a mailbox.
type MailboxState string

// The states of a mailbox. It is tried once when it is connected, and nothing
// is taken before a person has started it.
const (
	MailboxTesting MailboxState = "testing"
	MailboxRunning MailboxState = "running"
	MailboxPaused  MailboxState = "paused"
)

// MailboxSecurity says how a mailbox is spoken to.
type MailboxSecurity string

// TLS from the first byte, TLS by STARTTLS, or none. None is for closed
// networks only (OUTBOUND_ALLOW).
const (
	MailboxTLS      MailboxSecurity = "tls"
	MailboxSTARTTLS MailboxSecurity = "starttls"
	MailboxPlain    MailboxSecurity = "plain"
)

// Mailbox is the IMAP mailbox that an account takes reports from.
type Mailbox struct {
	AccountID    string `gorm:"primaryKey"`
	Host         string
	Port         int
	Security     MailboxSecurity
	Username     string
	Password     []byte // sealed; Store.MailboxPassword reads it
	Folder       string // whose messages are taken
	DoneFolder   string // where they go
	FailedFolder string // where those go that hold no report to count

	State        MailboxState
	CreatedAt    time.Time
	NextPollAt   time.Time
	ClaimedUntil *time.Time
	ClaimedBy    string

	TriedAt  *time.Time // when it was last spoken to, or that was tried
	PolledAt *time.Time // when that last went well
	Error    string     // why it did not, in one sentence; "" when it did
	Failures int        // in a row
	Messages int        // in Folder, as last seen
	Taken    int64      // messages ever taken in
	PutAside int64      // of these, moved to FailedFolder
}

// MailboxVisit is what is noted of a visit to a mailbox.
type MailboxVisit struct {
	Messages int
	Taken    int64 // since the last note
	PutAside int64
	Error    string // "" when all went well
	// NextPollAt ends the visit and gives the mailbox back; nil goes on.
	NextPollAt *time.Time
}

const mailboxPassword = "mailbox-password"

// ConnectMailbox stores an account's mailbox, in place of the one before, to be
// tried at once. The password is encrypted.
func (s *Store) ConnectMailbox(ctx context.Context, m Mailbox, password string) error {
	sealed, err := s.seal(mailboxPassword, m.AccountID, []byte(password))
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		m.Password, m.State, m.CreatedAt, m.NextPollAt = sealed, MailboxTesting, now, now
		if err := outcome(tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&m).Error); err != nil {
			return err
		}
		if err := noteMailbox(tx, m, now, "was connected. Nothing is taken out of it before it is started."); err != nil {
			return err
		}
		return audit(tx, now, m.AccountID, AuditMailboxConnected, m.Username+" at "+m.Host, nil, m.facts())
	})
}

// Mailbox finds the mailbox of an account. ErrNotFound when it has none.
func (s *Store) Mailbox(ctx context.Context, accountID string) (Mailbox, error) {
	return first[Mailbox](s.reader(ctx).Where("account_id = ?", accountID))
}

// MailboxPassword decrypts the password of a mailbox. ErrSealed when the
// installation's key has changed since it was stored.
func (s *Store) MailboxPassword(m Mailbox) (string, error) {
	password, err := s.unseal(mailboxPassword, m.AccountID, m.Password)
	return string(password), err
}

// SetMailboxState starts, pauses or tries the mailbox of an account, at once:
// whoever is visiting it loses the claim.
func (s *Store) SetMailboxState(ctx context.Context, accountID string, state MailboxState) error {
	return s.changeMailbox(ctx, accountID, func(tx *gorm.DB, m Mailbox, now time.Time) error {
		err := tx.Model(&Mailbox{}).Where("account_id = ?", accountID).Updates(map[string]any{
			"state": state, "next_poll_at": now, "failures": 0, "claimed_by": "", "claimed_until": nil,
		}).Error
		if err != nil {
			return outcome(err)
		}
		changed := m
		changed.State = state
		if err := noteMailboxState(tx, m, now, state); err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditMailboxState, m.Username+" at "+m.Host, m.facts(), changed.facts())
	})
}

func (m Mailbox) facts() Facts {
	return Facts{"host": m.Host, "user name": m.Username, "folder": m.Folder, "state": string(m.State)}
}

// RemoveMailbox forgets the mailbox of an account with its password.
func (s *Store) RemoveMailbox(ctx context.Context, accountID string) error {
	return s.changeMailbox(ctx, accountID, func(tx *gorm.DB, m Mailbox, now time.Time) error {
		if err := tx.Where("account_id = ?", accountID).Delete(&Mailbox{}).Error; err != nil {
			return outcome(err)
		}
		if err := noteMailbox(tx, m, now, "was disconnected, and its password forgotten."); err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditMailboxRemoved, m.Username+" at "+m.Host, m.facts(), nil)
	})
}

// changeMailbox hands the mailbox of an account to change, which nobody else
// changes meanwhile. ErrNotFound when it has none.
func (s *Store) changeMailbox(ctx context.Context, accountID string, change func(tx *gorm.DB, m Mailbox, now time.Time) error) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		m, err := first[Mailbox](tx.Raw("SELECT * FROM mailboxes WHERE account_id = ?"+s.forUpdate(false), accountID))
		if err != nil {
			return err
		}
		return change(tx, m, now)
	})
}

// ClaimDueMailboxes gives holder up to limit mailboxes that are to be visited,
// and keeps them from all others for the length of lease.
func (s *Store) ClaimDueMailboxes(ctx context.Context, holder string, limit int, lease time.Duration) ([]Mailbox, error) {
	var claimed []Mailbox
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var ids []string
		err := tx.Raw("UPDATE mailboxes SET claimed_by = @holder, claimed_until = @until WHERE account_id IN ("+
			"SELECT account_id FROM mailboxes WHERE state <> @paused AND next_poll_at <= @now AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY next_poll_at LIMIT @limit"+s.forUpdate(true)+") RETURNING account_id",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit, "paused": MailboxPaused}).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		return tx.Where("account_id IN ?", ids).Order("next_poll_at, account_id").Find(&claimed).Error
	})
	return claimed, err
}

// HoldMailbox renews the claim of holder. ErrLost when another node has the
// mailbox, or when it was paused, changed or disconnected.
func (s *Store) HoldMailbox(ctx context.Context, holder, accountID string, lease time.Duration) error {
	res := s.claimedMailbox(ctx, holder, accountID).Update("claimed_until", s.now().Add(lease))
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrLost
	}
	return res.Error
}

// claimedMailbox is a mailbox as long as holder has it.
func (s *Store) claimedMailbox(ctx context.Context, holder, accountID string) *gorm.DB {
	return s.write.WithContext(ctx).Model(&Mailbox{}).Where("account_id = ? AND claimed_by = ?", accountID, holder)
}

// SaveMailboxVisit notes how a visit of holder goes. One that only tried the
// mailbox pauses it at its end. ErrLost when the claim was lost.
func (s *Store) SaveMailboxVisit(ctx context.Context, holder, accountID string, v MailboxVisit) error {
	err := s.changeMailbox(ctx, accountID, func(tx *gorm.DB, m Mailbox, now time.Time) error {
		if m.ClaimedBy != holder {
			return ErrLost
		}
		if err := tx.Model(&Mailbox{}).Where("account_id = ?", accountID).Updates(visitChange(v, now)).Error; err != nil {
			return outcome(err)
		}
		return noteMailboxVisit(tx, m, now, v.Error)
	})
	if errors.Is(err, ErrNotFound) {
		return ErrLost
	}
	return err
}

func visitChange(v MailboxVisit, now time.Time) map[string]any {
	change := map[string]any{
		"tried_at": now, "error": v.Error,
		"taken": gorm.Expr("taken + ?", v.Taken), "put_aside": gorm.Expr("put_aside + ?", v.PutAside),
	}
	if v.Error == "" {
		change["polled_at"], change["messages"], change["failures"] = now, v.Messages, 0
	} else {
		change["failures"] = gorm.Expr("failures + 1")
	}
	if v.NextPollAt != nil {
		change["next_poll_at"], change["claimed_by"], change["claimed_until"] = v.NextPollAt.UTC(), "", nil
		change["state"] = gorm.Expr("CASE WHEN state = ? THEN ? ELSE state END", MailboxTesting, MailboxPaused)
	}
	return change
}
