package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// retentionBatch bounds how long one deletion holds the writer.
const retentionBatch = 500

// RemoveOldBodies deletes the bytes of deliveries received before a time, some
// at a time; done is true when none is left. Those still pending stay.
func (s *Store) RemoveOldBodies(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec(`DELETE FROM delivery_bodies WHERE delivery_id IN (
		SELECT b.delivery_id FROM accounts a JOIN deliveries d ON d.account_id = a.id JOIN delivery_bodies b ON b.delivery_id = d.id
		WHERE d.received_at < ? AND d.state <> 'pending' LIMIT ?)`, before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}

// RemoveOldObservations deletes what servers said of a domain and have not said
// again since a time, some at a time; done is true when none is left. What the
// last check saw stays, however old.
func (s *Store) RemoveOldObservations(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec(`DELETE FROM dns_observations WHERE id IN (
		SELECT id FROM dns_observations WHERE NOT current AND last_seen < ? LIMIT ?)`, before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}

// RemoveOldEvents deletes what was seen of domains before a time (verdicts,
// records, mail servers), some at a time; done is true when none is left. How a
// domain came, became active and lapsed stays: these are few, as a lapse takes
// a week.
func (s *Store) RemoveOldEvents(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec(`DELETE FROM domain_events WHERE id IN (
		SELECT id FROM domain_events WHERE kind IN ('verdict', 'record', 'mx') AND at < ? LIMIT ?)`, before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}

// RemoveOldDeliveries deletes the rows of deliveries received before a time,
// with their bytes if these are still there, some at a time; done is true when
// none is left. Those still pending stay, and those whose reports do.
func (s *Store) RemoveOldDeliveries(ctx context.Context, before time.Time) (done bool, err error) {
	res := s.write.WithContext(asSystem(ctx)).Exec(`DELETE FROM deliveries WHERE id IN (
		SELECT d.id FROM accounts a JOIN deliveries d ON d.account_id = a.id WHERE d.received_at < ? AND d.state <> 'pending'
		AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.delivery_id = d.id) LIMIT ?)`, before.UTC(), retentionBatch)
	return res.RowsAffected < retentionBatch, res.Error
}

// RemoveOldReports deletes report rows whose day and arrival both lie before a
// time, some at a time; done is true when none is left. Their cells stay for
// ever and are frozen, as they could not be computed again.
func (s *Store) RemoveOldReports(ctx context.Context, before time.Time) (done bool, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, _ time.Time) error {
		var old []Report
		err := tx.Select("domain_id, id, day, reporter").Where("received_at < ? AND day < ?", before.UTC(), DayOf(before)).
			Limit(retentionBatch).Find(&old).Error
		if err != nil {
			return err
		}
		done = len(old) < retentionBatch
		ids := make([]string, len(old))
		for i, r := range old {
			ids[i] = r.DomainID
		}
		if err := s.lockDomains(tx, ids); err != nil {
			return err
		}
		for _, r := range old {
			if err := removeReport(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

func removeReport(tx *gorm.DB, r Report) error {
	args := map[string]any{"domain": r.DomainID, "report": r.ID, "day": r.Day, "reporter": r.Reporter}
	for _, step := range []string{
		"UPDATE daily_totals SET frozen = true WHERE domain_id = @domain AND day = @day AND reporter = @reporter",
	} {
		if err := tx.Exec(step, args).Error; err != nil {
			return err
		}
	}
	return deleteReport(tx, r)
}

// deleteReport deletes the rows of a report, and leaves its cell alone.
func deleteReport(tx *gorm.DB, r Report) error {
	for _, step := range []string{
		"DELETE FROM failure_details WHERE domain_id = ? AND report_id = ?",
		"DELETE FROM policy_results WHERE domain_id = ? AND report_id = ?",
		"DELETE FROM reports WHERE domain_id = ? AND id = ?",
	} {
		if err := tx.Exec(step, r.DomainID, r.ID).Error; err != nil {
			return err
		}
	}
	return nil
}
