package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Account is the tenant: domains, deliveries and reports belong to one.
type Account struct {
	ID        string
	Name      string
	CreatedAt time.Time
}

// User is a person who logs in. E-mail addresses are stored in lower case.
type User struct {
	ID           string
	Email        string
	PasswordHash string
	CreatedAt    time.Time
}

// Role is what a member may do in an account.
type Role string

// The roles, from the one that may do everything downwards.
const (
	Owner    Role = "owner"
	Manager  Role = "manager"
	Member   Role = "member"
	ReadOnly Role = "read-only"
)

// Membership ties a user to an account.
type Membership struct {
	AccountID string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Role      Role
	CreatedAt time.Time
}

// SignUp makes a user, an account named after the address and the membership
// of its owner. ErrTaken when the address is known already.
func (s *Store) SignUp(ctx context.Context, email, passwordHash string) (User, Account, error) {
	user := User{ID: newID(), Email: email, PasswordHash: passwordHash}
	account := Account{ID: newID(), Name: email}
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		user.CreatedAt, account.CreatedAt = now, now
		if err := tx.Create(&user).Error; err != nil {
			return err
		}
		if err := tx.Create(&account).Error; err != nil {
			return err
		}
		return tx.Create(&Membership{AccountID: account.ID, UserID: user.ID, Role: Owner, CreatedAt: now}).Error
	})
	return user, account, outcome(err)
}

// UserByEmail finds a user by the address in lower case.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return first[User](s.reader(ctx).Where("email = ?", email))
}

// SetPassword replaces the hash of a user's password and ends all sessions of
// the user but the one whose token hash is keep (nil ends them all).
func (s *Store) SetPassword(ctx context.Context, userID, passwordHash string, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	return s.inTx(ctx, func(tx *gorm.DB, _ time.Time) error {
		res := tx.Model(&User{}).Where("id = ?", userID).Update("password_hash", passwordHash)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return ErrNotFound
		}
		return tx.Where("user_id = ? AND token_hash <> ?", userID, keep).Delete(&Session{}).Error
	})
}

// AccountsOf lists the accounts that a user is a member of, oldest first.
func (s *Store) AccountsOf(ctx context.Context, userID string) ([]Account, error) {
	var accounts []Account
	err := s.reader(ctx).
		Joins("JOIN memberships m ON m.account_id = accounts.id").
		Where("m.user_id = ?", userID).Order("m.created_at, accounts.id").Find(&accounts).Error
	return accounts, err
}
