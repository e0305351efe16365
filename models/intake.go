package models

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Judged is what ingest has found out about one claimed delivery.
type Judged struct {
	Delivery Delivery // with the state, reason and proof to be stored
	Reports  []FullReport
}

// cell is what the rollups are kept for.
type cell struct {
	AccountID string
	DomainID  string
	Day       Day
	Reporter  string
}

// SaveJudged stores a batch of judged deliveries of holder with their reports
// and recomputes every rollup cell they touch, all in one transaction. A
// delivery whose claim was lost is left out, so that a batch may run twice or
// on two nodes. Its final state (counted or duplicate) is decided here, where
// the other reports are known.
func (s *Store) SaveJudged(ctx context.Context, holder string, batch []Judged) error {
	return s.inTx(ctx, func(tx *gorm.DB, _ time.Time) error {
		if err := s.lockDomains(tx, batch); err != nil {
			return err
		}
		touched := map[cell]bool{}
		for _, j := range batch {
			held, err := holds(tx, holder, j.Delivery.ID)
			if err != nil {
				return err
			}
			if !held {
				continue
			}
			if err := saveJudged(tx, j, touched); err != nil {
				return err
			}
		}
		return recompute(tx, touched)
	})
}

// lockDomains makes batches about the same domain take turns, always in the
// same order, so that two nodes never wait for each other.
func (s *Store) lockDomains(tx *gorm.DB, batch []Judged) error {
	if s.engine == sqliteEngine {
		return nil
	}
	var ids []string
	for _, j := range batch {
		for _, r := range j.Reports {
			ids = append(ids, r.DomainID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return tx.Exec("SELECT 1 FROM domains WHERE id IN ? ORDER BY id FOR UPDATE", ids).Error
}

func holds(tx *gorm.DB, holder, deliveryID string) (bool, error) {
	var n int64
	err := tx.Model(&Delivery{}).Where("id = ? AND claimed_by = ? AND state = ?", deliveryID, holder, DeliveryPending).Count(&n).Error
	return n == 1, err
}

func saveJudged(tx *gorm.DB, j Judged, touched map[cell]bool) error {
	d := j.Delivery
	news := 0
	for _, r := range j.Reports {
		fresh, err := saveReport(tx, r, touched)
		if err != nil {
			return err
		}
		if fresh {
			news++
		}
	}
	if d.State == DeliveryCounted && news == 0 {
		d.State = DeliveryDuplicate
	}
	return tx.Model(&Delivery{}).Where("id = ?", d.ID).Updates(map[string]any{
		"state": d.State, "reason": d.Reason, "detail": d.Detail, "reporter": d.Reporter, "domain_id": d.DomainID,
		"dkim": d.DKIM, "dkim_domain": d.DKIMDomain, "dkim_selector": d.DKIMSelector, "dkim_reason": d.DKIMReason,
		"next_attempt_at": nil, "claimed_by": "", "claimed_until": nil,
	}).Error
}

// saveReport stores a report unless its domain has the same content already.
// When it has, the better proven of the two stands, so that the order of
// arrival does not matter. It reports whether the counts may have changed.
func saveReport(tx *gorm.DB, r FullReport, touched map[cell]bool) (fresh bool, err error) {
	r.KeyHash = keyHash(r.Report)
	gone, err := domainGone(tx, r.DomainID)
	if err != nil || gone {
		return false, err
	}
	if err := noteReporter(tx, r.Report); err != nil {
		return false, err
	}
	old, err := first[Report](tx.Where("domain_id = ? AND content_hash = ?", r.DomainID, r.ContentHash))
	switch {
	case err == ErrNotFound:
		err = insertReport(tx, &r)
	case err != nil:
		return false, err
	case r.Trust.rank() <= old.Trust.rank():
		return false, nil
	default:
		touched[cellOf(old)] = true
		err = upgradeReport(tx, old, &r)
		if err == nil {
			err = settle(tx, old, touched)
		}
	}
	if err != nil {
		return false, err
	}
	touched[cellOf(r.Report)] = true
	return true, settle(tx, r.Report, touched)
}

// keyHash stands for (reporter, report-id, start, end) in an index: a report-id
// may be longer than an index takes.
func keyHash(r Report) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d", r.Reporter, r.ReportID, r.StartAt.UnixMicro(), r.EndAt.UnixMicro())
	return h.Sum(nil)
}

func domainGone(tx *gorm.DB, id string) (bool, error) {
	var n int64
	err := tx.Model(&Domain{}).Where("id = ?", id).Count(&n).Error
	return n == 0, err
}

func noteReporter(tx *gorm.DB, r Report) error {
	if r.Trust == Unverified {
		return nil
	}
	return tx.Exec(`INSERT INTO reporters (account_id, identity, first_seen) VALUES (?, ?, ?)
		ON CONFLICT (account_id, identity) DO UPDATE SET first_seen = excluded.first_seen WHERE excluded.first_seen < reporters.first_seen`,
		r.AccountID, r.Reporter, r.ReceivedAt.UTC()).Error
}

func insertReport(tx *gorm.DB, r *FullReport) error {
	r.ID = newID()
	r.Standing = NotCounted
	if err := tx.Create(&r.Report).Error; err != nil {
		return err
	}
	for i := range r.Policies {
		r.Policies[i].DomainID, r.Policies[i].ReportID = r.DomainID, r.ID
	}
	for i := range r.Failures {
		r.Failures[i].DomainID, r.Failures[i].ReportID = r.DomainID, r.ID
	}
	if len(r.Policies) > 0 {
		if err := tx.CreateInBatches(&r.Policies, 200).Error; err != nil {
			return err
		}
	}
	if len(r.Failures) > 0 {
		return tx.CreateInBatches(&r.Failures, 500).Error
	}
	return nil
}

// upgradeReport lets a report that is better proven take the place of the one
// with the same content.
func upgradeReport(tx *gorm.DB, old Report, r *FullReport) error {
	r.ID = old.ID
	return tx.Model(&Report{}).Where("domain_id = ? AND id = ?", old.DomainID, old.ID).Updates(map[string]any{
		"trust": r.Trust, "reporter": r.Reporter, "key_hash": r.KeyHash, "delivery_id": r.DeliveryID, "received_at": r.ReceivedAt, "standing": NotCounted,
	}).Error
}

// settle decides which of the revisions of a report counts: the better proven
// one, then the one with more sessions, then the greater hash (rulings.md 6).
// It depends on the rows only, never on the order in which they came.
func settle(tx *gorm.DB, r Report, touched map[cell]bool) error {
	var revisions []Report
	err := tx.Where("domain_id = ? AND key_hash = ? AND trust <> ?", r.DomainID, r.KeyHash, Unverified).Find(&revisions).Error
	if err != nil || len(revisions) == 0 {
		return err
	}
	best := slices.MaxFunc(revisions, compareRevisions)
	for _, rev := range revisions {
		standing := Superseded
		if rev.ID == best.ID {
			standing = Counted
		}
		if rev.Standing == standing {
			continue
		}
		touched[cellOf(rev)] = true
		err := tx.Model(&Report{}).Where("domain_id = ? AND id = ?", rev.DomainID, rev.ID).Update("standing", standing).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func compareRevisions(a, b Report) int {
	return cmp.Or(
		cmp.Compare(a.Trust.rank(), b.Trust.rank()),
		cmp.Compare(a.Successful+a.Failed, b.Successful+b.Failed),
		bytes.Compare(a.ContentHash, b.ContentHash),
	)
}

func cellOf(r Report) cell {
	return cell{AccountID: r.AccountID, DomainID: r.DomainID, Day: r.Day, Reporter: r.Reporter}
}
