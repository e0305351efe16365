package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Sessions lists the sessions of a person that are not over, the one used last
// first.
func (s *Store) Sessions(ctx context.Context, userID string) ([]Session, error) {
	var list []Session
	err := s.reader(asSystem(ctx)).Where("user_id = ? AND expires_at > ?", userID, s.now()).Order("last_seen_at DESC, id").Limit(100).Find(&list).Error
	return list, err
}

// EndSessionOf ends one session of a person. ErrNotFound when they have it not.
func (s *Store) EndSessionOf(ctx context.Context, userID, id string) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		res := tx.Where("user_id = ? AND id = ?", userID, id).Delete(&Session{})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		return s.auditSession(tx, now, userID)
	})
}

// EndOtherSessions ends all sessions of a person but the one whose token hash
// is keep.
func (s *Store) EndOtherSessions(ctx context.Context, userID string, keep []byte) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		if err := endOtherSessions(tx, userID, keep); err != nil {
			return err
		}
		return s.auditSession(tx, now, userID)
	})
}

func endOtherSessions(tx *gorm.DB, userID string, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	// What was begun elsewhere with what counted before is not finished either.
	if err := tx.Where("user_id = ?", userID).Delete(&Challenge{}).Error; err != nil {
		return err
	}
	return tx.Where("user_id = ? AND token_hash <> ?", userID, keep).Delete(&Session{}).Error
}

func (s *Store) auditSession(tx *gorm.DB, now time.Time, userID string) error {
	user, err := first[User](tx.Where("id = ?", userID))
	if err != nil {
		return err
	}
	return auditPerson(tx, now, userID, AuditSessions, user.Email, nil, nil)
}
