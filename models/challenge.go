package models

import (
	"context"
	"crypto/sha256"
	"time"

	"gorm.io/gorm"
)

// ChallengePurpose is what a browser has begun.
type ChallengePurpose string

// The purposes of a challenge.
const (
	ChallengeSecondStep ChallengePurpose = "second step"    // the password was right
	ChallengePasskeyAdd ChallengePurpose = "passkey"        // a passkey is being made
	ChallengePasskey    ChallengePurpose = "passkey log-in" // a passkey is being asked for
)

// Challenge is what a browser has begun and may finish, once and soon. Only a
// hash of its token is stored.
type Challenge struct {
	TokenHash []byte `gorm:"primaryKey"`
	Purpose   ChallengePurpose
	UserID    string // "" while it is not known who it is
	Data      []byte // what has to be known to finish it
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ChallengeLife is how long a challenge can be finished.
const ChallengeLife = 10 * time.Minute

func hashChallenge(p ChallengePurpose, token string) []byte {
	sum := sha256.Sum256([]byte("challenge\x00" + string(p) + "\x00" + token))
	return sum[:]
}

// AddChallenge stores a challenge under a token.
func (s *Store) AddChallenge(ctx context.Context, p ChallengePurpose, token, userID string, data []byte) error {
	if data == nil {
		data = []byte{}
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		return tx.Create(&Challenge{
			TokenHash: hashChallenge(p, token), Purpose: p, UserID: userID, Data: data, CreatedAt: now, ExpiresAt: now.Add(ChallengeLife),
		}).Error
	})
}

// Challenge finds what was begun under a token. ErrNotFound when it is unknown,
// finished or too old.
func (s *Store) Challenge(ctx context.Context, p ChallengePurpose, token string) (Challenge, error) {
	return first[Challenge](s.reader(ctx).Where("token_hash = ? AND expires_at > ?", hashChallenge(p, token), s.now()))
}

// UseChallenge is Challenge, and finishes it: of several at once one gets it,
// the others ErrNotFound.
func (s *Store) UseChallenge(ctx context.Context, p ChallengePurpose, token string) (Challenge, error) {
	var c Challenge
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) (err error) {
		c, err = first[Challenge](tx.Where("token_hash = ? AND expires_at > ?", hashChallenge(p, token), now))
		if err != nil {
			return err
		}
		res := tx.Where("token_hash = ?", c.TokenHash).Delete(&Challenge{})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		return nil
	})
	return c, err
}

// RemoveExpiredChallenges forgets what can no longer be finished.
func (s *Store) RemoveExpiredChallenges(ctx context.Context) (int64, error) {
	res := s.write.WithContext(ctx).Where("expires_at <= ?", s.now()).Delete(&Challenge{})
	return res.RowsAffected, res.Error
}
