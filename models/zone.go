package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// ZoneChange says that a domain's record has come into the zone or has left
// it. Seq only rises and has no gaps in commit order: who has seen n has seen
// everything below n. The zone's SOA serial is the last of them.
type ZoneChange struct {
	Seq     int64 `gorm:"primaryKey"`
	Name    string
	Token   string
	Removed bool
	At      time.Time
}

// ZoneApex stands for the name in changes of what the zone holds beside the
// domains; their token is a sum of it.
const ZoneApex = ""

// ZoneEntry is one domain whose record the zone holds.
type ZoneEntry struct {
	Name  string
	Token string
}

// recordZoneChange adds a change in the caller's transaction. Taking the
// number by UPDATE holds its row until the commit, so that numbers become
// visible in order; a database sequence would not promise that.
func recordZoneChange(tx *gorm.DB, now time.Time, name, token string, removed bool) error {
	var seq int64
	if err := tx.Raw("UPDATE zone_sequence SET seq = seq + 1 WHERE id = 1 RETURNING seq").Scan(&seq).Error; err != nil {
		return err
	}
	return tx.Create(&ZoneChange{Seq: seq, Name: name, Token: token, Removed: removed, At: now}).Error
}

// ZoneSequence is the number of the newest change.
func (s *Store) ZoneSequence(ctx context.Context) (int64, error) {
	var seq int64
	err := s.reader(ctx).Raw("SELECT seq FROM zone_sequence WHERE id = 1").Scan(&seq).Error
	return seq, err
}

// RaiseZoneSequence makes the numbers of changes go on above seq, which a node
// has served already. A number that is higher stays.
func (s *Store) RaiseZoneSequence(ctx context.Context, seq int64) error {
	return s.inTx(ctx, func(tx *gorm.DB, _ time.Time) error {
		return tx.Exec("UPDATE zone_sequence SET seq = ? WHERE id = 1 AND seq < ?", seq, seq).Error
	})
}

// NoteZoneApex adds a change unless sum is that of the newest change of the
// apex, so that the serial rises with every change of the configuration. Of
// nodes that note the same at once each may add one.
func (s *Store) NoteZoneApex(ctx context.Context, sum string) error {
	var last string
	err := s.reader(ctx).Raw("SELECT token FROM zone_changes WHERE name = ? ORDER BY seq DESC LIMIT 1", ZoneApex).Scan(&last).Error
	if err != nil || last == sum {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		return recordZoneChange(tx, now, ZoneApex, sum, false)
	})
}

// ZoneEntries reads the whole zone and the number of the newest change that is
// in it, from one consistent view.
func (s *Store) ZoneEntries(ctx context.Context, each func(ZoneEntry) error) (seq int64, err error) {
	err = s.inSnapshot(asSystem(ctx), func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT seq FROM zone_sequence WHERE id = 1").Scan(&seq).Error; err != nil {
			return err
		}
		rows, err := tx.Raw("SELECT name, token FROM domains").Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e ZoneEntry
			if err := rows.Scan(&e.Name, &e.Token); err != nil {
				return err
			}
			if err := each(e); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return seq, err
}

// ZoneChangesSince lists up to limit changes after seq, oldest first.
func (s *Store) ZoneChangesSince(ctx context.Context, seq int64, limit int) ([]ZoneChange, error) {
	var changes []ZoneChange
	err := s.reader(ctx).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&changes).Error
	return changes, err
}
