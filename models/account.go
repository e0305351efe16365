package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// AccountState says whether the members of an account may use it.
type AccountState string

// The states of an account. Reports are taken in and records are answered in
// all of them: what the senders of mail see does not depend on ours.
const (
	AccountActive    AccountState = "active"
	AccountSuspended AccountState = "suspended" // by the operator; its members are kept out
	AccountClosing   AccountState = "closing"   // by its owner, who can take it back until ClosesAt
	AccountRemoving  AccountState = "removing"  // since ClosesAt; nobody is a member any more
)

// Account is the tenant: domains, deliveries and reports belong to one.
type Account struct {
	ID        string
	Name      string
	State     AccountState
	ClosesAt  *time.Time // from when on a closing account is removed
	CreatedAt time.Time
	// TwoFactors says that members are let in with two factors only.
	TwoFactors bool
}

// MaxAccountName bounds the name of an account, in characters.
const MaxAccountName = 80

// SignUp makes a user, an account named after the address and the membership
// of its owner. ErrTaken when the address is known already.
func (s *Store) SignUp(ctx context.Context, email, passwordHash string) (User, Account, error) {
	user := User{ID: newID(), Email: email, PasswordHash: passwordHash}
	var account Account
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		user.CreatedAt = now
		if err := tx.Create(&user).Error; err != nil {
			return err
		}
		var err error
		account, err = createAccount(tx, now, user.ID, email)
		return err
	})
	return user, account, outcome(err)
}

// AddAccount makes another account whose owner a user is. ErrQuota when the
// user owns too many.
func (s *Store) AddAccount(ctx context.Context, userID, name string) (Account, error) {
	var account Account
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := first[User](tx.Raw("SELECT * FROM users WHERE id = ?"+s.forUpdate(false), userID))
		if err != nil {
			return err
		}
		var owned int64
		if err := tx.Model(&Membership{}).Where("user_id = ? AND role = ?", user.ID, Owner).Count(&owned).Error; err != nil {
			return err
		}
		if owned >= accountsPerOwner {
			return ErrQuota
		}
		account, err = createAccount(tx, now, user.ID, name)
		return err
	})
	return account, outcome(err)
}

// accountsPerOwner bounds the accounts that one person owns.
const accountsPerOwner = 50

func createAccount(tx *gorm.DB, now time.Time, ownerID, name string) (Account, error) {
	account := Account{ID: newID(), Name: name, State: AccountActive, CreatedAt: now}
	if err := tx.Create(&account).Error; err != nil {
		return account, err
	}
	if err := tx.Create(&Membership{AccountID: account.ID, UserID: ownerID, Role: Owner, CreatedAt: now}).Error; err != nil {
		return account, err
	}
	return account, audit(tx, now, account.ID, AuditAccountMade, name, nil, nil)
}

// Account finds an account.
func (s *Store) Account(ctx context.Context, accountID string) (Account, error) {
	return first[Account](s.reader(ctx).Where("id = ?", accountID))
}

// RenameAccount gives an account another name.
func (s *Store) RenameAccount(ctx context.Context, accountID, name string) error {
	return s.changeAccount(ctx, accountID, AuditAccountRenamed, func(a *Account) { a.Name = name })
}

// SuspendAccount keeps the members of an account out, or lets them in again.
// ErrState when it is being deleted.
func (s *Store) SuspendAccount(ctx context.Context, accountID string, suspended bool) error {
	state := AccountActive
	if suspended {
		state = AccountSuspended
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		a, err := s.lockedAccount(tx, accountID)
		if err == nil && a.ClosesAt != nil {
			err = ErrState
		}
		if err != nil {
			return err
		}
		return changeAccount(tx, now, a, AuditAccountState, func(a *Account) { a.State = state })
	})
}

func (s *Store) changeAccount(ctx context.Context, accountID string, action AuditAction, change func(*Account)) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		a, err := s.lockedAccount(tx, accountID)
		if err != nil {
			return err
		}
		return changeAccount(tx, now, a, action, change)
	})
}

// changeAccount changes an account that the transaction holds.
func changeAccount(tx *gorm.DB, now time.Time, a Account, action AuditAction, change func(*Account)) error {
	before := a.facts()
	change(&a)
	err := tx.Model(&Account{}).Where("id = ?", a.ID).Updates(map[string]any{"name": a.Name, "state": a.State, "closes_at": a.ClosesAt, "two_factors": a.TwoFactors}).Error
	if err != nil {
		return err
	}
	return audit(tx, now, a.ID, action, a.Name, before, a.facts())
}

func (a Account) facts() Facts {
	f := Facts{"name": a.Name, "state": string(a.State)}
	if a.TwoFactors {
		f["two factors"] = "demanded"
	}
	if a.ClosesAt != nil {
		f["closes"] = a.ClosesAt.UTC().Format(time.RFC3339)
	}
	return f
}

// lockAccount holds an account until the transaction ends. ErrNotFound when
// there is none.
func (s *Store) lockAccount(tx *gorm.DB, accountID string) error {
	_, err := s.lockedAccount(tx, accountID)
	return err
}

func (s *Store) lockedAccount(tx *gorm.DB, accountID string) (Account, error) {
	return first[Account](tx.Raw("SELECT * FROM accounts WHERE id = ?"+s.forUpdate(false), accountID))
}
