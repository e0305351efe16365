package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// DispatchState says what has become of one original on its way to one target.
type DispatchState string

// The states of a dispatch.
const (
	DispatchWaiting DispatchState = "waiting"
	DispatchSent    DispatchState = "sent"
	DispatchFailed  DispatchState = "failed"
)

// ForwardDispatch is one original on its way to one target.
type ForwardDispatch struct {
	ForwardID     string `gorm:"primaryKey"`
	DeliveryID    string `gorm:"primaryKey"`
	AccountID     string
	DomainID      string
	State         DispatchState
	CreatedAt     time.Time
	ExpiresAt     time.Time
	Attempts      int
	NextAttemptAt *time.Time
	SentAt        *time.Time
	LastError     string
}

// queueForwards puts judged deliveries into the queues of their domains'
// active forwards, in the transaction that judges them: what is judged is never
// forgotten. A delivery that is judged again is not sent again. Which ones go
// on is docs/decisions/0005-what-is-forwarded.md.
func queueForwards(tx *gorm.DB, now time.Time, deliveries []string) error {
	args := map[string]any{"now": now, "end": now.Add(outgoingLife), "ids": deliveries}
	res := tx.Exec(`INSERT INTO forward_dispatches (forward_id, delivery_id, account_id, domain_id, state, created_at, expires_at, attempts, next_attempt_at, last_error)
		SELECT f.id, v.id, v.account_id, v.domain_id, 'waiting', @now, @end, 0, @now, ''
		FROM deliveries v JOIN forwards f ON f.domain_id = v.domain_id AND f.state = 'active' JOIN domains d ON d.id = v.domain_id
		WHERE v.id IN @ids AND v.via IN ('mail', 'post') AND (f.origin <> 'record' OR d.verified_at IS NOT NULL)
		AND (v.state IN ('counted', 'unverified') OR v.state = 'quarantined' AND v.reason NOT IN ('not-a-report', 'foreign-domain'))
		ON CONFLICT DO NOTHING`, args)
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	return tx.Exec(`UPDATE forwards SET next_attempt_at = @now WHERE state = 'active' AND next_attempt_at IS NULL
		AND domain_id IN (SELECT domain_id FROM deliveries WHERE id IN @ids)`, args).Error
}

// ClaimForwards gives holder up to limit forwards that have something to do,
// and keeps them from all others for the length of lease. Claiming the target
// and not the original keeps one that is broken from taking all hands.
func (s *Store) ClaimForwards(ctx context.Context, holder string, limit int, lease time.Duration) ([]Forward, error) {
	var claimed []Forward
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var ids []string
		err := tx.Raw("UPDATE forwards SET claimed_by = @holder, claimed_until = @until WHERE id IN ("+
			"SELECT id FROM forwards WHERE next_attempt_at <= @now AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY next_attempt_at LIMIT @limit"+s.forUpdate(true)+") RETURNING id",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit}).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		err = tx.Exec(`UPDATE forward_dispatches SET state = 'failed', next_attempt_at = NULL, last_error = CASE WHEN last_error = '' THEN 'It could not be sent within a day.' ELSE last_error END
			WHERE forward_id IN ? AND state = 'waiting' AND expires_at <= ?`, ids, now).Error
		if err != nil {
			return err
		}
		return tx.Where("id IN ?", ids).Order("next_attempt_at, id").Find(&claimed).Error
	})
	return claimed, err
}

// DueDispatches lists what waits for a claimed forward and is due, oldest first.
func (s *Store) DueDispatches(ctx context.Context, f Forward, limit int) ([]ForwardDispatch, error) {
	var due []ForwardDispatch
	err := s.reader(asSystem(ctx)).Where("forward_id = ? AND state = ? AND next_attempt_at <= ?", f.ID, DispatchWaiting, s.now()).
		Order("created_at, delivery_id").Limit(limit).Find(&due).Error
	return due, err
}

// DispatchDone notes that a target has taken an original.
func (s *Store) DispatchDone(ctx context.Context, d ForwardDispatch) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		err := tx.Model(&ForwardDispatch{}).Where("forward_id = ? AND delivery_id = ?", d.ForwardID, d.DeliveryID).
			Updates(map[string]any{"state": DispatchSent, "sent_at": now, "next_attempt_at": nil, "last_error": ""}).Error
		if err != nil {
			return err
		}
		return tx.Model(&Forward{}).Where("id = ?", d.ForwardID).Updates(map[string]any{"last_success_at": now, "attempts": 0}).Error
	})
}

// DispatchNotDone notes why a target has not taken an original, and when to try
// it again; nil gives it up, and so does a time after its end.
func (s *Store) DispatchNotDone(ctx context.Context, d ForwardDispatch, next *time.Time, detail string) error {
	row := map[string]any{"attempts": d.Attempts + 1, "last_error": detail}
	if next == nil || next.After(d.ExpiresAt) {
		row["state"], row["next_attempt_at"] = DispatchFailed, nil
	} else {
		row["next_attempt_at"] = next.UTC()
	}
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		err := tx.Model(&ForwardDispatch{}).Where("forward_id = ? AND delivery_id = ? AND state = ?", d.ForwardID, d.DeliveryID, DispatchWaiting).Updates(row).Error
		if err != nil {
			return err
		}
		return tx.Model(&Forward{}).Where("id = ?", d.ForwardID).Updates(map[string]any{"last_error_at": now, "last_error": detail}).Error
	})
}

// ConfirmForward makes a claimed forward active whose target has echoed its
// challenge.
func (s *Store) ConfirmForward(ctx context.Context, f Forward) error {
	now := s.now()
	return s.write.WithContext(asSystem(ctx)).Model(&Forward{}).Where("id = ? AND state = ? AND challenge = ?", f.ID, ForwardUnconfirmed, f.Challenge).
		Updates(map[string]any{"state": ForwardActive, "confirmed_at": now, "challenge": "", "attempts": 0, "last_error": "", "last_error_at": nil}).Error
}

// ForwardNotConfirmed notes why a target has not echoed its challenge.
func (s *Store) ForwardNotConfirmed(ctx context.Context, f Forward, detail string) error {
	return s.write.WithContext(asSystem(ctx)).Model(&Forward{}).Where("id = ? AND challenge = ?", f.ID, f.Challenge).
		Updates(map[string]any{"last_error": detail, "last_error_at": s.now()}).Error
}

// ReleaseForward gives a claimed forward back. With retry it is left alone
// until then, and the failure is counted; without, it is due when the next of
// its originals is.
func (s *Store) ReleaseForward(ctx context.Context, f Forward, retry *time.Time) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, _ time.Time) error {
		held, err := first[Forward](tx.Raw("SELECT * FROM forwards WHERE id = ? AND claimed_by = ?"+s.forUpdate(false), f.ID, f.ClaimedBy))
		if errors.Is(err, ErrNotFound) {
			return nil // removed meanwhile, or claimed by another
		}
		if err != nil {
			return err
		}
		row := map[string]any{"claimed_by": "", "claimed_until": nil}
		next, err := nextDispatch(tx, f.ID)
		if err != nil {
			return err
		}
		if held.State == ForwardUnconfirmed {
			next = retry
		}
		if retry != nil {
			row["attempts"] = f.Attempts + 1
			if next != nil && next.Before(*retry) {
				next = retry
			}
		}
		if row["next_attempt_at"] = any(nil); next != nil {
			row["next_attempt_at"] = next.UTC()
		}
		return tx.Model(&Forward{}).Where("id = ?", f.ID).Updates(row).Error
	})
}

func nextDispatch(tx *gorm.DB, forwardID string) (*time.Time, error) {
	var rows []ForwardDispatch
	err := tx.Where("forward_id = ? AND state = ?", forwardID, DispatchWaiting).Order("next_attempt_at").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].NextAttemptAt, nil
}

// RemoveOldDispatches deletes the rows of dispatches queued before a time, some
// at a time; done is true when none is left.
func (s *Store) RemoveOldDispatches(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec("DELETE FROM forward_dispatches WHERE (forward_id, delivery_id) IN"+
		" (SELECT forward_id, delivery_id FROM forward_dispatches WHERE created_at < ? AND state <> 'waiting' LIMIT ?)", before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}
