package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Passkey is a key that a device of a person keeps, and with which they log in
// without a password (WebAuthn).
type Passkey struct {
	ID           string
	UserID       string
	CredentialID []byte // as the device calls it
	Credential   []byte // the public key and what else its next use is checked with
	Name         string
	CreatedAt    time.Time
	LastUsedAt   *time.Time
}

// What the audit log says of passkeys.
const (
	AuditPasskeyAdded   AuditAction = "passkey added"
	AuditPasskeyNamed   AuditAction = "passkey renamed"
	AuditPasskeyRemoved AuditAction = "passkey removed"
)

const (
	// MaxPasskeyName bounds the name of a passkey, in characters.
	MaxPasskeyName = 60
	// passkeysPerPerson bounds the passkeys of one person.
	passkeysPerPerson = 20
)

// AddPasskey stores a passkey of p.UserID, whose id and time are set here. The
// session keep counts as begun with two factors. ErrQuota when the person has
// too many, ErrTaken when somebody has this one.
func (s *Store) AddPasskey(ctx context.Context, p Passkey, keep []byte, mail NewMail) error {
	return outcome(s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, p.UserID)
		if err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&Passkey{}).Where("user_id = ?", p.UserID).Count(&n).Error; err != nil {
			return err
		}
		if n >= passkeysPerPerson {
			return ErrQuota
		}
		p.ID, p.Name, p.CreatedAt = newID(), storable(p.Name), now
		if err := tx.Create(&p).Error; err != nil {
			return err
		}
		if err := tx.Model(&Session{}).Where("user_id = ? AND token_hash = ?", p.UserID, keep).Update("two_factors", true).Error; err != nil {
			return err
		}
		return tellPerson(tx, now, user, AuditPasskeyAdded, mail)
	}))
}

// Passkeys lists the passkeys of a person, oldest first.
func (s *Store) Passkeys(ctx context.Context, userID string) ([]Passkey, error) {
	var list []Passkey
	err := s.reader(ctx).Where("user_id = ?", userID).Order("created_at, id").Find(&list).Error
	return list, err
}

// PasskeyByCredential finds the passkey that a device has answered with.
func (s *Store) PasskeyByCredential(ctx context.Context, credentialID []byte) (Passkey, error) {
	return first[Passkey](s.reader(ctx).Where("credential_id = ?", credentialID))
}

// PasskeyUsed stores what the next use of a passkey is checked with.
func (s *Store) PasskeyUsed(ctx context.Context, credentialID, credential []byte) error {
	return s.write.WithContext(ctx).Model(&Passkey{}).Where("credential_id = ?", credentialID).
		Updates(map[string]any{"credential": credential, "last_used_at": s.now()}).Error
}

// RenamePasskey gives a passkey of a person another name. ErrNotFound when they
// have it not.
func (s *Store) RenamePasskey(ctx context.Context, userID, id, name string) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		p, err := first[Passkey](tx.Where("user_id = ? AND id = ?", userID, id))
		if err != nil {
			return err
		}
		if err := tx.Model(&Passkey{}).Where("user_id = ? AND id = ?", userID, id).Update("name", storable(name)).Error; err != nil {
			return err
		}
		user, err := first[User](tx.Where("id = ?", userID))
		if err != nil {
			return err
		}
		return auditPerson(tx, now, userID, AuditPasskeyNamed, user.Email, Facts{"passkey": p.Name}, Facts{"passkey": name})
	})
}

// RemovePasskey takes a passkey away from a person. ErrNotFound when they have
// it not.
func (s *Store) RemovePasskey(ctx context.Context, userID, id string, mail NewMail) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		res := tx.Where("user_id = ? AND id = ?", userID, id).Delete(&Passkey{})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		return tellPerson(tx, now, user, AuditPasskeyRemoved, mail)
	})
}
