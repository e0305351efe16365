package models

import (
	"context"
	"errors"
	"time"

	"github.com/sealpost/sealpost/internal/totp"
	"gorm.io/gorm"
)

// OneTimeSecret is what the authenticator app of a person makes one-time codes
// from (RFC 6238). It asks for nothing before it is confirmed by a first code.
type OneTimeSecret struct {
	UserID      string `gorm:"primaryKey"`
	Secret      []byte // encrypted
	LastStep    int64  // the newest step whose code was used; none before it counts again
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

// RecoveryCode stands in for a code of the app, once. Only its hash is stored.
type RecoveryCode struct {
	UserID    string `gorm:"primaryKey"`
	CodeHash  []byte `gorm:"primaryKey"`
	CreatedAt time.Time
}

// What the audit log says of the second step.
const (
	AuditSecondStepOn  AuditAction = "authenticator app added"
	AuditSecondStepOff AuditAction = "authenticator app removed"
	AuditRecoveryCodes AuditAction = "recovery codes renewed"
	AuditRecoveryUsed  AuditAction = "recovery code used"
)

// ErrCode says that a one-time code or a recovery code is wrong, or was used
// before.
var ErrCode = errors.New("the code is wrong or was used before")

const (
	// offerLife is how long a secret that was shown waits for its first code.
	offerLife = time.Hour
	// oneTimePurpose chooses the key that secrets are encrypted with.
	oneTimePurpose = "one-time secret"
)

// SecondStep is how a person stands to the second step of a login.
type SecondStep struct {
	Since     *time.Time // nil while the password is enough
	CodesLeft int        // recovery codes that were not used yet
}

// SecondStepOf says whether a person's login has a second step.
func (s *Store) SecondStepOf(ctx context.Context, userID string) (SecondStep, error) {
	var step SecondStep
	own, err := first[OneTimeSecret](s.reader(ctx).Where("user_id = ? AND confirmed_at IS NOT NULL", userID))
	if errors.Is(err, ErrNotFound) {
		return step, nil
	}
	if err != nil {
		return step, err
	}
	var left int64
	err = s.reader(ctx).Model(&RecoveryCode{}).Where("user_id = ?", userID).Count(&left).Error
	return SecondStep{Since: own.ConfirmedAt, CodesLeft: int(left)}, err
}

// OfferOneTimeSecret draws a new secret for a person, who confirms it by a
// first code. ErrState when one is confirmed already.
func (s *Store) OfferOneTimeSecret(ctx context.Context, userID string) error {
	secret, err := totp.NewSecret(s.Random)
	if err != nil {
		return err
	}
	sealed, err := s.seal(oneTimePurpose, userID, []byte(secret))
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		res := tx.Exec(`INSERT INTO one_time_secrets (user_id, secret, last_step, created_at) VALUES (?, ?, 0, ?)
			ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
			WHERE one_time_secrets.confirmed_at IS NULL`, userID, sealed, now)
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrState
		}
		return res.Error
	})
}

// OfferedSecret is the secret that a person has not confirmed yet. ErrNotFound
// when there is none, or when it was shown too long ago.
func (s *Store) OfferedSecret(ctx context.Context, userID string) (string, error) {
	return s.offered(s.reader(ctx), s.now(), userID)
}

func (s *Store) offered(tx *gorm.DB, now time.Time, userID string) (string, error) {
	own, err := first[OneTimeSecret](tx.Where("user_id = ? AND confirmed_at IS NULL AND created_at > ?", userID, now.Add(-offerLife)))
	if err != nil {
		return "", err
	}
	secret, err := s.unseal(oneTimePurpose, userID, own.Secret)
	return string(secret), err
}

// ConfirmOneTimeSecret makes the secret that was offered the second step of a
// person's login and gives the recovery codes, which nobody can see again. The
// session keep counts as begun with both steps; all others of the person end.
// ErrCode, or ErrNotFound as OfferedSecret.
func (s *Store) ConfirmOneTimeSecret(ctx context.Context, userID, code string, keep []byte, mail NewMail) (codes []string, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		secret, err := s.offered(tx, now, userID)
		if err != nil {
			return err
		}
		step, ok := totp.Match(secret, code, now)
		if !ok {
			return ErrCode
		}
		res := tx.Model(&OneTimeSecret{}).Where("user_id = ? AND confirmed_at IS NULL", userID).
			Updates(map[string]any{"confirmed_at": now, "last_step": step})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		if codes, err = s.replaceRecoveryCodes(tx, now, userID); err != nil {
			return err
		}
		if err := endOtherSessions(tx, userID, keep); err != nil {
			return err
		}
		if err := tx.Model(&Session{}).Where("user_id = ? AND token_hash = ?", userID, keep).Update("two_factors", true).Error; err != nil {
			return err
		}
		return tellPerson(tx, now, user, AuditSecondStepOn, mail)
	})
	return codes, err
}

// UseCode takes a code of a person's app, or one of the recovery codes, each
// once. ErrCode when it is neither; ErrNotFound when the person has no app.
func (s *Store) UseCode(ctx context.Context, userID, typed string) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		own, err := first[OneTimeSecret](tx.Where("user_id = ? AND confirmed_at IS NOT NULL", userID))
		if err != nil {
			return err
		}
		if hash, ok := totp.HashRecoveryCode(userID, typed); ok {
			return useRecoveryCode(tx, now, user, hash)
		}
		secret, err := s.unseal(oneTimePurpose, userID, own.Secret)
		if err != nil {
			return err
		}
		step, ok := totp.Match(string(secret), typed, now)
		if !ok || step <= own.LastStep {
			return ErrCode
		}
		return tx.Model(&OneTimeSecret{}).Where("user_id = ?", userID).Update("last_step", step).Error
	})
}

func useRecoveryCode(tx *gorm.DB, now time.Time, user User, hash []byte) error {
	res := tx.Where("user_id = ? AND code_hash = ?", user.ID, hash).Delete(&RecoveryCode{})
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return ErrCode
	}
	return auditPerson(tx, now, user.ID, AuditRecoveryUsed, user.Email, nil, nil)
}

// RenewRecoveryCodes gives a person new recovery codes; the old ones open
// nothing any more. ErrNotFound when the person has no app.
func (s *Store) RenewRecoveryCodes(ctx context.Context, userID string, mail NewMail) (codes []string, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		if _, err := first[OneTimeSecret](tx.Where("user_id = ? AND confirmed_at IS NOT NULL", userID)); err != nil {
			return err
		}
		if codes, err = s.replaceRecoveryCodes(tx, now, userID); err != nil {
			return err
		}
		return tellPerson(tx, now, user, AuditRecoveryCodes, mail)
	})
	return codes, err
}

func (s *Store) replaceRecoveryCodes(tx *gorm.DB, now time.Time, userID string) ([]string, error) {
	codes, err := totp.NewRecoveryCodes(s.Random)
	if err != nil {
		return nil, err
	}
	if err := tx.Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error; err != nil {
		return nil, err
	}
	rows := make([]RecoveryCode, len(codes))
	for i, code := range codes {
		hash, _ := totp.HashRecoveryCode(userID, code)
		rows[i] = RecoveryCode{UserID: userID, CodeHash: hash, CreatedAt: now}
	}
	return codes, tx.Create(&rows).Error
}

// RemoveSecondStep takes the app and the recovery codes away: the password is
// enough from then on. ErrNotFound when the person has no app.
func (s *Store) RemoveSecondStep(ctx context.Context, userID string, mail NewMail) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		user, err := s.lockedUser(tx, userID)
		if err != nil {
			return err
		}
		res := tx.Where("user_id = ? AND confirmed_at IS NOT NULL", userID).Delete(&OneTimeSecret{})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		if err := tx.Where("user_id = ?", userID).Delete(&RecoveryCode{}).Error; err != nil {
			return err
		}
		return tellPerson(tx, now, user, AuditSecondStepOff, mail)
	})
}

// tellPerson notes what has changed about how a person logs in, and writes to
// them. Too much mail on one day is no reason to refuse the change.
func tellPerson(tx *gorm.DB, now time.Time, user User, action AuditAction, mail NewMail) error {
	if err := auditPerson(tx, now, user.ID, action, user.Email, nil, nil); err != nil {
		return err
	}
	mail.Recipient = user.Email
	if err := queueMail(tx, now, mail); err != nil && !errors.Is(err, ErrQuota) {
		return err
	}
	return nil
}

// lockedUser holds a user until the transaction ends.
func (s *Store) lockedUser(tx *gorm.DB, userID string) (User, error) {
	return first[User](tx.Raw("SELECT * FROM users WHERE id = ?"+s.forUpdate(false), userID))
}
