package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

const (
	// ClosingLife is how long the closing of an account can be taken back.
	ClosingLife = 7 * 24 * time.Hour
	// RemovalTime is within how long after that everything of it is removed.
	RemovalTime = 24 * time.Hour
)

// Holdings are what an account has, for who is about to delete it.
type Holdings struct {
	Domains, Reports, Deliveries int64
	Members                      int64
	// LastAccounts is how many of the members have no other account: their
	// logins go with this one.
	LastAccounts int64
	Tokens       int64 // of the API, in force
	Links        int64 // read-only, in force
	Forwards     int64
	DomainNames  []string `gorm:"-"` // the first HoldingNames
}

// HoldingNames is how many domains Holdings name.
const HoldingNames = 20

// Holdings counts what an account has.
func (s *Store) Holdings(ctx context.Context, accountID string) (Holdings, error) {
	var h Holdings
	args := map[string]any{"account": accountID, "now": s.now()}
	db := s.reader(asSystem(ctx))
	err := db.Raw(`SELECT (SELECT COUNT(*) FROM domains WHERE account_id = @account) AS domains,
		(SELECT COUNT(*) FROM reports WHERE account_id = @account) AS reports,
		(SELECT COUNT(*) FROM deliveries WHERE account_id = @account) AS deliveries,
		(SELECT COUNT(*) FROM memberships WHERE account_id = @account) AS members,
		(SELECT COUNT(*) FROM memberships m WHERE m.account_id = @account
			AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.user_id = m.user_id AND o.account_id <> m.account_id)) AS last_accounts,
		(SELECT COUNT(*) FROM api_tokens WHERE account_id = @account AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @now)) AS tokens,
		(SELECT COUNT(*) FROM share_links WHERE account_id = @account AND expires_at > @now) AS links,
		(SELECT COUNT(*) FROM forwards WHERE account_id = @account) AS forwards`, args).Scan(&h).Error
	if err != nil {
		return h, err
	}
	err = db.Raw("SELECT name FROM domains WHERE account_id = ? ORDER BY name LIMIT ?", accountID, HoldingNames).Scan(&h.DomainNames).Error
	return h, err
}

// CloseAccount begins the deletion of an account, which is removed after
// ClosingLife unless ReopenAccount takes that back. All its members are written
// to. ErrState when it is not active.
func (s *Store) CloseAccount(ctx context.Context, accountID string, mail func(closesAt time.Time) NewMail) (closesAt time.Time, err error) {
	closesAt = s.now().Add(ClosingLife)
	err = s.changeState(ctx, accountID, AccountActive, func(a *Account) { a.State, a.ClosesAt = AccountClosing, &closesAt }, func() NewMail { return mail(closesAt) })
	return closesAt, err
}

// ReopenAccount takes the closing of an account back and writes to all its
// members. ErrState when it is not closing, or when its time is over.
func (s *Store) ReopenAccount(ctx context.Context, accountID string, mail func() NewMail) error {
	return s.changeState(ctx, accountID, AccountClosing, func(a *Account) { a.State, a.ClosesAt = AccountActive, nil }, mail)
}

// changeState changes an account that is in a state.
func (s *Store) changeState(ctx context.Context, accountID string, from AccountState, change func(*Account), mail func() NewMail) error {
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		a, err := s.lockedAccount(tx, accountID)
		if err != nil {
			return err
		}
		if a.State != from || a.ClosesAt != nil && !now.Before(*a.ClosesAt) {
			return ErrState
		}
		if err := tellMembers(tx, now, a.ID, mail()); err != nil {
			return err
		}
		return changeAccount(tx, now, a, AuditAccountState, change)
	})
	return outcome(err)
}

// tellMembers writes to all members of an account. Who has had too much mail
// today is left out: that must not keep an owner from closing.
func tellMembers(tx *gorm.DB, now time.Time, accountID string, mail NewMail) error {
	var addresses []string
	err := tx.Raw("SELECT users.email FROM memberships JOIN users ON users.id = memberships.user_id WHERE memberships.account_id = ? ORDER BY users.email", accountID).Scan(&addresses).Error
	for _, address := range addresses {
		if err != nil {
			return err
		}
		mail.Recipient = address
		if err = queueMail(tx, now, mail); errors.Is(err, ErrQuota) {
			err = nil
		}
	}
	return err
}
