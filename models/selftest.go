package models

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"gorm.io/gorm"
)

// SelfTestState says how far a self-test is.
type SelfTestState string

// The states of a self-test.
const (
	SelfTestRunning SelfTestState = "running"
	SelfTestPassed  SelfTestState = "passed"
	SelfTestFailed  SelfTestState = "failed"
)

// SelfTestPatience is how long a self-test is waited for, from its start to the
// report's arrival.
const SelfTestPatience = 3 * time.Minute

// SelfTest is one report of our own that takes the way of a real one.
type SelfTest struct {
	ID           string
	AccountID    string
	DomainID     string
	Nonce        string // in the report-id: by it the report is known again
	StartedAt    time.Time
	State        SelfTestState
	Stages       JSONList[SelfTestStage]
	DeliveryID   *string // nil until the report has come in and was read
	FinishedAt   *time.Time
	ClaimedUntil *time.Time
	ClaimedBy    string
	Sent         bool
}

// SelfTestStage is one step of the way, as the sender of the report saw it.
type SelfTestStage struct {
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Failed bool      `json:"failed,omitempty"`
	Detail string    `json:"detail"`
}

// Over reports whether nothing more is to be waited for.
func (t SelfTest) Over(now time.Time) bool {
	return t.State != SelfTestRunning || now.Sub(t.StartedAt) >= SelfTestPatience
}

// selfTestsPerDay bounds the self-tests of one domain in 24 hours.
const selfTestsPerDay = 10

// StartSelfTest starts a self-test of a domain, or gives the one that is
// running. ErrQuota after too many in a day.
func (s *Store) StartSelfTest(ctx context.Context, accountID, domain string) (SelfTest, error) {
	var t SelfTest
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		d, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE account_id = ? AND name = ?"+s.forUpdate(false), accountID, domain))
		if err != nil {
			return err
		}
		var before []SelfTest
		if err := tx.Where("account_id = ? AND domain_id = ? AND started_at > ?", accountID, d.ID, now.Add(-24*time.Hour)).Order("started_at DESC").Find(&before).Error; err != nil {
			return err
		}
		if len(before) > 0 && !before[0].Over(now) {
			t = before[0]
			return nil
		}
		if len(before) >= selfTestsPerDay {
			return ErrQuota
		}
		nonce, err := hosted.NewSecret(s.Random)
		if err != nil {
			return err
		}
		t = SelfTest{ID: newID(), AccountID: accountID, DomainID: d.ID, Nonce: nonce, StartedAt: now, State: SelfTestRunning}
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditSelfTest, d.Name, nil, nil)
	})
	return t, outcome(err)
}

// LastSelfTest is the newest self-test of a domain, without who is running it.
// ErrNotFound when there was none.
func (s *Store) LastSelfTest(ctx context.Context, d Domain) (SelfTest, error) {
	t := SelfTest{AccountID: d.AccountID, DomainID: d.ID}
	err := s.asking(ctx).one(ctx, `SELECT id, nonce, started_at, state, stages, delivery_id, finished_at, sent FROM self_tests
		WHERE account_id = ? AND domain_id = ? ORDER BY started_at DESC, id DESC LIMIT 1`, []any{d.AccountID, d.ID},
		&t.ID, &t.Nonce, &t.StartedAt, &t.State, &t.Stages, &t.DeliveryID, &t.FinishedAt, &t.Sent)
	return t, err
}

// SelfTestByNonce finds the self-test of a domain that a report belongs to.
func (s *Store) SelfTestByNonce(ctx context.Context, domainID, nonce string) (SelfTest, error) {
	return first[SelfTest](s.reader(asSystem(ctx)).Where("domain_id = ? AND nonce = ?", domainID, nonce))
}

// DueSelfTest is a claimed self-test with its domain.
type DueSelfTest struct {
	SelfTest
	Domain Domain
}

// ClaimSelfTests gives holder up to limit self-tests that nobody is running,
// and keeps them from all others for the length of lease.
func (s *Store) ClaimSelfTests(ctx context.Context, holder string, limit int, lease time.Duration) ([]DueSelfTest, error) {
	var due []DueSelfTest
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var ids []string
		err := tx.Raw("UPDATE self_tests SET claimed_by = @holder, claimed_until = @until WHERE id IN ("+
			"SELECT id FROM self_tests WHERE state = 'running' AND NOT sent AND started_at > @oldest AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY started_at LIMIT @limit"+s.forUpdate(true)+") RETURNING id",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "oldest": now.Add(-SelfTestPatience), "limit": limit}).Scan(&ids).Error
		if err != nil {
			return err
		}
		for _, id := range ids {
			t, err := first[SelfTest](tx.Where("id = ?", id))
			if err != nil {
				return err
			}
			d, err := first[Domain](tx.Where("id = ?", t.DomainID))
			if err != nil {
				return err
			}
			due = append(due, DueSelfTest{t, d})
		}
		return nil
	})
	return due, err
}

// SaveSelfTest stores how far the sending of a claimed self-test is: its
// stages, whether it is sent and, when it is over without arrival, its state.
func (s *Store) SaveSelfTest(ctx context.Context, t SelfTest) error {
	row := map[string]any{"stages": t.Stages, "sent": t.Sent}
	if t.State == SelfTestFailed {
		row["state"], row["finished_at"] = t.State, s.now()
	}
	return s.write.WithContext(asSystem(ctx)).Model(&SelfTest{}).Where("id = ? AND claimed_by = ?", t.ID, t.ClaimedBy).Updates(row).Error
}

// finishSelfTest notes that the report of a self-test was read, once.
func finishSelfTest(tx *gorm.DB, now time.Time, id, deliveryID string, passed bool) error {
	state := SelfTestFailed
	if passed {
		state = SelfTestPassed
	}
	return tx.Model(&SelfTest{}).Where("id = ? AND delivery_id IS NULL", id).
		Updates(map[string]any{"state": state, "delivery_id": deliveryID, "finished_at": now}).Error
}

// RemoveOldSelfTests deletes self-tests started before a time.
func (s *Store) RemoveOldSelfTests(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec("DELETE FROM self_tests WHERE id IN (SELECT id FROM self_tests WHERE started_at < ? LIMIT ?)", before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}
