package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Session is one logged-in browser. Only the SHA-256 of its token is stored.
type Session struct {
	TokenHash  []byte `gorm:"primaryKey"`
	UserID     string
	AccountID  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// Visitor is who a session belongs to: the person, the account that is open,
// and what the person may do in it.
type Visitor struct {
	UserID      string
	Email       string
	AccountID   string
	AccountName string
	Role        Role
	LastSeenAt  time.Time
}

// AddSession stores a new session that ends after life.
func (s *Store) AddSession(ctx context.Context, tokenHash []byte, userID, accountID string, life time.Duration) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		return tx.Create(&Session{
			TokenHash: tokenHash, UserID: userID, AccountID: accountID,
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(life),
		}).Error
	})
}

// Visitor finds who a session belongs to. ErrNotFound when it is unknown or
// over, or when its user has left the account.
func (s *Store) Visitor(ctx context.Context, tokenHash []byte) (Visitor, error) {
	q := s.reader(ctx).Table("sessions").
		Select("sessions.user_id, users.email, sessions.account_id, accounts.name AS account_name, memberships.role, sessions.last_seen_at").
		Joins("JOIN users ON users.id = sessions.user_id").
		Joins("JOIN accounts ON accounts.id = sessions.account_id").
		Joins("JOIN memberships ON memberships.user_id = users.id AND memberships.account_id = accounts.id").
		Where("sessions.token_hash = ? AND sessions.expires_at > ?", tokenHash, s.now())
	return first[Visitor](q)
}

// TouchSession notes that a session was used.
func (s *Store) TouchSession(ctx context.Context, tokenHash []byte) error {
	return s.write.WithContext(ctx).Model(&Session{}).Where("token_hash = ?", tokenHash).
		Update("last_seen_at", s.now()).Error
}

// EndSession forgets a session. One that is unknown is no error.
func (s *Store) EndSession(ctx context.Context, tokenHash []byte) error {
	return s.write.WithContext(ctx).Where("token_hash = ?", tokenHash).Delete(&Session{}).Error
}

// RemoveExpiredSessions forgets the sessions that are over.
func (s *Store) RemoveExpiredSessions(ctx context.Context) (int64, error) {
	res := s.write.WithContext(ctx).Where("expires_at <= ?", s.now()).Delete(&Session{})
	return res.RowsAffected, res.Error
}
