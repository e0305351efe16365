package models

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// APIReplay is the answer to a request that has created something, kept under
// the key that the request came with.
type APIReplay struct {
	AccountID string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Route     string // method and path
	BodyHash  []byte
	BegunAt   time.Time
	Status    int    // 0 while the request is being worked on
	Answer    []byte // sealed, as it may hold a secret that is shown once
}

// Why a request with a known key is not worked on.
var (
	ErrKeyBusy   = errors.New("a request with this key is being worked on")
	ErrKeyReused = errors.New("this key came with another request")
)

const (
	// APIReplayLife is how long a key is remembered.
	APIReplayLife = 24 * time.Hour
	// MostAPIReplays is how many keys of one account are remembered at a time.
	MostAPIReplays = 10_000
	// apiReplayLease is how long a request may take; one that takes longer has
	// died with its process.
	apiReplayLease = time.Minute
	replayPurpose  = "api-replay"
)

// BeginReplay claims a key for a request. A nil answer means that it is to be
// worked on and then ended with EndReplay or DropReplay; otherwise this is the
// status and the answer that it had the first time. ErrKeyBusy and ErrKeyReused
// say that it is neither, ErrQuota that the account has MostAPIReplays keys.
func (s *Store) BeginReplay(ctx context.Context, r APIReplay) (status int, answer []byte, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		r.BegunAt, r.Status, r.Answer = now, 0, []byte{}
		res := tx.Exec("INSERT INTO api_replays (account_id, key, route, body_hash, begun_at, status, answer) VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
			r.AccountID, r.Key, r.Route, r.BodyHash, now, r.Answer)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 1 {
			return roomForReplay(tx, r.AccountID)
		}
		known, err := first[APIReplay](tx.Raw("SELECT * FROM api_replays WHERE account_id = ? AND key = ?"+s.forUpdate(false), r.AccountID, r.Key))
		if err != nil {
			return err
		}
		if known.over(now) {
			return tx.Save(&r).Error
		}
		if known.Route != r.Route || !bytes.Equal(known.BodyHash, r.BodyHash) {
			return ErrKeyReused
		}
		if known.Status == 0 {
			return ErrKeyBusy
		}
		status = known.Status
		answer, err = s.unseal(replayPurpose, known.owner(), known.Answer)
		return err
	})
	return status, answer, outcome(err)
}

// roomForReplay is ErrQuota when an account has too many keys.
func roomForReplay(tx *gorm.DB, accountID string) error {
	var n int64
	err := tx.Model(&APIReplay{}).Where("account_id = ?", accountID).Count(&n).Error
	if err == nil && n > MostAPIReplays {
		return ErrQuota
	}
	return err
}

// over tells that nothing is to be expected of a key any more.
func (r APIReplay) over(now time.Time) bool {
	life := APIReplayLife
	if r.Status == 0 {
		life = apiReplayLease
	}
	return !r.BegunAt.Add(life).After(now)
}

func (r APIReplay) owner() string { return r.AccountID + "\x00" + r.Key }

// EndReplay keeps the answer of a request that BeginReplay has let through.
func (s *Store) EndReplay(ctx context.Context, r APIReplay, status int, answer []byte) error {
	sealed, err := s.seal(replayPurpose, r.owner(), answer)
	if err != nil {
		return err
	}
	return s.write.WithContext(ctx).Model(&APIReplay{}).Where("account_id = ? AND key = ?", r.AccountID, r.Key).
		Updates(map[string]any{"status": status, "answer": sealed}).Error
}

// DropReplay forgets a key whose request has created nothing, so that it may
// be tried again.
func (s *Store) DropReplay(ctx context.Context, r APIReplay) error {
	return s.write.WithContext(ctx).Where("account_id = ? AND key = ? AND status = 0", r.AccountID, r.Key).Delete(&APIReplay{}).Error
}

// RemoveOldReplays forgets the keys that came before a time.
func (s *Store) RemoveOldReplays(ctx context.Context, before time.Time) error {
	return s.write.WithContext(asSystem(ctx)).Where("begun_at < ?", before.UTC()).Delete(&APIReplay{}).Error
}
