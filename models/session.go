package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Session is one logged-in browser. Only the SHA-256 of its token is stored.
type Session struct {
	TokenHash  []byte `gorm:"primaryKey"`
	ID         string // names it on the page that lists it
	UserID     string
	AccountID  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	Device     string // what the browser said it is, cut short
	Address    string // the network address that it was begun from
	TwoFactors bool   // it was begun with two factors: a code of the app beside the password, or a passkey
}

// Visitor is who a session belongs to: the person, the account that is open,
// and what the person may do in it.
type Visitor struct {
	UserID       string
	Email        string
	AccountID    string
	AccountName  string
	AccountState AccountState
	ClosesAt     *time.Time // Account.ClosesAt
	Role         Role
	Tags         JSONList[string] // limit what is seen and done to the domains with one of them; none for no limit
	SessionID    string
	LastSeenAt   time.Time
	// TwoFactors says how the session was begun, DemandsTwoFactors what the
	// account wants of it.
	TwoFactors, DemandsTwoFactors bool
}

// Limited says that a visitor sees a part of the account's domains only.
func (v Visitor) Limited() bool { return len(v.Tags) > 0 }

// May says whether a visitor may do something in the account that is open. In
// an account that is suspended nobody may do anything, in one that is closing
// only look and take it back, and in one that demands two factors nobody who
// has shown one only. Who sees a part of it only may do nothing that reaches
// further.
func (v Visitor) May(a Action) bool {
	open := v.AccountState == AccountActive || v.AccountState == AccountClosing && a.whileClosing()
	return open && !v.LacksFactor() && v.Role.May(a) && (!v.Limited() || a.ofOneDomain())
}

// LacksFactor says that the account demands two factors and the session was
// begun with one.
func (v Visitor) LacksFactor() bool { return v.DemandsTwoFactors && !v.TwoFactors }

// NewSession is a session about to begin. Device and Address are shown to the
// person, so that they know it again.
type NewSession struct {
	TokenHash []byte
	UserID    string
	AccountID string
	Life      time.Duration
	Device    string
	Address   string
	// TwoFactors says that the person has proven themself by two factors.
	TwoFactors bool
}

// AddSession stores a new session.
func (s *Store) AddSession(ctx context.Context, n NewSession) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		return tx.Create(&Session{
			TokenHash: n.TokenHash, ID: newID(), UserID: n.UserID, AccountID: n.AccountID,
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(n.Life),
			Device: storable(n.Device), Address: n.Address, TwoFactors: n.TwoFactors,
		}).Error
	})
}

// OpenAccount opens another account in a session, of whose user it must be
// one. ErrNotFound when it is not.
func (s *Store) OpenAccount(ctx context.Context, tokenHash []byte, accountID string) error {
	res := s.write.WithContext(asSystem(ctx)).Exec("UPDATE sessions SET account_id = ? WHERE token_hash = ? AND expires_at > ?"+
		" AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = sessions.user_id AND m.account_id = ?)",
		accountID, tokenHash, s.now(), accountID)
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrNotFound
	}
	return res.Error
}

// Visitor finds who a session belongs to. ErrNotFound when it is unknown or
// over, or when its user has left the account.
func (s *Store) Visitor(ctx context.Context, tokenHash []byte) (Visitor, error) {
	var v Visitor
	err := s.reading().one(ctx, `SELECT s.user_id, u.email, s.account_id, a.name, a.state, a.closes_at, m.role, m.tags, s.id, s.last_seen_at, s.two_factors, a.two_factors
		FROM sessions s JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = s.account_id
		JOIN memberships m ON m.user_id = u.id AND m.account_id = a.id
		WHERE s.token_hash = ? AND s.expires_at > ?`, []any{tokenHash, s.now()},
		&v.UserID, &v.Email, &v.AccountID, &v.AccountName, &v.AccountState, &v.ClosesAt, &v.Role, &v.Tags, &v.SessionID, &v.LastSeenAt, &v.TwoFactors, &v.DemandsTwoFactors)
	return v, err
}

// TouchSession notes that a session was used.
func (s *Store) TouchSession(ctx context.Context, tokenHash []byte) error {
	return s.write.WithContext(asSystem(ctx)).Model(&Session{}).Where("token_hash = ?", tokenHash).
		Update("last_seen_at", s.now()).Error
}

// EndSession forgets a session. One that is unknown is no error.
func (s *Store) EndSession(ctx context.Context, tokenHash []byte) error {
	return s.write.WithContext(asSystem(ctx)).Where("token_hash = ?", tokenHash).Delete(&Session{}).Error
}

// RemoveExpiredSessions forgets the sessions that are over.
func (s *Store) RemoveExpiredSessions(ctx context.Context) (int64, error) {
	res := s.write.WithContext(asSystem(ctx)).Where("expires_at <= ?", s.now()).Delete(&Session{})
	return res.RowsAffected, res.Error
}
