package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// User is a person who logs in. E-mail addresses are stored in lower case. A
// person may be a member of several accounts.
type User struct {
	ID           string
	Email        string
	PasswordHash string
	CreatedAt    time.Time
}

// UserByEmail finds a user by the address in lower case.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return first[User](s.reader(ctx).Where("email = ?", email))
}

// UserByID finds a user.
func (s *Store) UserByID(ctx context.Context, id string) (User, error) {
	return first[User](s.reader(ctx).Where("id = ?", id))
}

// SetPassword replaces the hash of a user's password and ends all sessions of
// the user but the one whose token hash is keep (nil ends them all).
func (s *Store) SetPassword(ctx context.Context, userID, passwordHash string, keep []byte) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		return s.setPassword(tx, now, userID, passwordHash, keep, AuditPassword)
	})
}

func (s *Store) setPassword(tx *gorm.DB, now time.Time, userID, passwordHash string, keep []byte, action AuditAction) error {
	user, err := first[User](tx.Raw("SELECT * FROM users WHERE id = ?"+s.forUpdate(false), userID))
	if err != nil {
		return err
	}
	if err := tx.Model(&User{}).Where("id = ?", userID).Update("password_hash", passwordHash).Error; err != nil {
		return err
	}
	if err := endOtherSessions(tx, userID, keep); err != nil {
		return err
	}
	return auditPerson(tx, now, userID, action, user.Email, nil, nil)
}
