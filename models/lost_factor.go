package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Factors are what a person logs in with beside the password.
type Factors struct {
	App      bool
	Passkeys bool
}

// RemoveLostFactors takes factors from a person who has lost them, ends all
// their sessions and writes to them. It is the operator's: nobody proves
// anything here. removed says which there were. ErrNotFound when the person has
// none of them; then nothing is changed.
func (s *Store) RemoveLostFactors(ctx context.Context, userID string, lost Factors, mail NewMail) (removed Factors, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		if lost.App {
			if removed.App, err = removeApp(tx, user.ID); err != nil {
				return err
			}
		}
		if lost.Passkeys {
			res := tx.Where("user_id = ?", user.ID).Delete(&Passkey{})
			if removed.Passkeys, err = res.RowsAffected > 0, res.Error; err != nil {
				return err
			}
		}
		if !removed.App && !removed.Passkeys {
			return ErrNotFound
		}
		if err := endOtherSessions(tx, user.ID, nil); err != nil {
			return err
		}
		return tellLostFactors(tx, now, user, removed, mail)
	})
	return removed, err
}

// removeApp forgets the authenticator app of a person, also one that waits for
// its first code, with its recovery codes. It says whether there was one that counted.
func removeApp(tx *gorm.DB, userID string) (had bool, err error) {
	var counted int64
	if err := tx.Model(&OneTimeSecret{}).Where("user_id = ? AND confirmed_at IS NOT NULL", userID).Count(&counted).Error; err != nil {
		return false, err
	}
	if err := tx.Where("user_id = ?", userID).Delete(&OneTimeSecret{}).Error; err != nil {
		return false, err
	}
	return counted > 0, tx.Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error
}

// tellLostFactors notes each kind of factor by itself, and writes one mail.
func tellLostFactors(tx *gorm.DB, now time.Time, user User, removed Factors, mail NewMail) error {
	if removed.App && removed.Passkeys {
		if err := auditPerson(tx, now, user.ID, AuditPasskeyRemoved, user.Email, nil, nil); err != nil {
			return err
		}
	}
	action := AuditPasskeyRemoved
	if removed.App {
		action = AuditSecondStepOff
	}
	return tellPerson(tx, now, user, action, mail)
}
