package models

import (
	"context"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// IntakeDay is how much came in on one UTC day for one owner: a domain for what
// is sent to its token or secret, the account for what its members bring.
type IntakeDay struct {
	Owner      string `gorm:"primaryKey"`
	Day        Day    `gorm:"primaryKey;autoIncrement:false"`
	Deliveries int64
	Bytes      int64
}

// fits reports whether one more group of deliveries is within the quotas.
func (q Quotas) fits(used IntakeDay, more IntakeDay) bool {
	return (q.DayDeliveries == 0 || used.Deliveries+more.Deliveries <= q.DayDeliveries) &&
		(q.DayBytes == 0 || used.Bytes+more.Bytes <= q.DayBytes)
}

// OverQuota reports whether nothing more is taken for a domain today.
func (s *Store) OverQuota(ctx context.Context, domainID string) (bool, error) {
	var used IntakeDay
	err := s.reader(ctx).Where("owner = ? AND day = ?", domainID, DayOf(s.now())).Limit(1).Find(&used).Error
	return !s.Quotas.fits(used, IntakeDay{Deliveries: 1, Bytes: 1}), err
}

// intakeOwner is whose quota a delivery counts against, or "" for none: what an
// operator imports has no bound.
func intakeOwner(d Delivery) string {
	switch {
	case d.Via == ViaImport:
		return ""
	case d.DomainID != nil && (d.Via == ViaMail || d.Via == ViaPost):
		return *d.DomainID
	default:
		return d.AccountID
	}
}

// withinQuota divides accepts into those that are stored and those that are
// not, and adds the former to the day. over tells of each whether it is beyond
// a quota; all deliveries of an accept share its fate.
func (s *Store) withinQuota(tx *gorm.DB, accepts [][]NewDelivery, now time.Time) (stored []NewDelivery, over []bool, err error) {
	day := DayOf(now)
	used, err := s.usedToday(tx, accepts, day)
	if err != nil {
		return nil, nil, err
	}
	over = make([]bool, len(accepts))
	added := map[string]IntakeDay{}
	for i, accept := range accepts {
		more := ownersOf(accept)
		for owner, m := range more {
			over[i] = over[i] || !s.Quotas.fits(used[owner], m)
		}
		if over[i] {
			continue
		}
		stored = append(stored, accept...)
		for owner, m := range more {
			used[owner], added[owner] = plus(used[owner], m), plus(added[owner], m)
		}
	}
	return stored, over, addToday(tx, added, day)
}

func ownersOf(accept []NewDelivery) map[string]IntakeDay {
	more := map[string]IntakeDay{}
	for _, d := range accept {
		if owner := intakeOwner(d.Delivery); owner != "" {
			more[owner] = plus(more[owner], IntakeDay{Deliveries: 1, Bytes: d.Size})
		}
	}
	return more
}

func plus(a, b IntakeDay) IntakeDay {
	return IntakeDay{Deliveries: a.Deliveries + b.Deliveries, Bytes: a.Bytes + b.Bytes}
}

// usedToday reads what the owners have used, and keeps other nodes from taking
// more for the same owners until the transaction ends.
func (s *Store) usedToday(tx *gorm.DB, accepts [][]NewDelivery, day Day) (map[string]IntakeDay, error) {
	owners := map[string]IntakeDay{}
	for _, accept := range accepts {
		maps.Copy(owners, ownersOf(accept))
	}
	if len(owners) == 0 {
		return owners, nil
	}
	rows := make([]IntakeDay, 0, len(owners))
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		rows = append(rows, IntakeDay{Owner: owner, Day: day})
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, 100).Error; err != nil {
		return nil, err
	}
	err := tx.Raw("SELECT * FROM intake_days WHERE day = ? AND owner IN ? ORDER BY owner"+s.forUpdate(false), day, slices.Sorted(maps.Keys(owners))).Scan(&rows).Error
	clear(owners)
	for _, r := range rows {
		owners[r.Owner] = r
	}
	return owners, err
}

func addToday(tx *gorm.DB, added map[string]IntakeDay, day Day) error {
	for _, owner := range slices.Sorted(maps.Keys(added)) {
		err := tx.Exec("UPDATE intake_days SET deliveries = deliveries + ?, bytes = bytes + ? WHERE owner = ? AND day = ?",
			added[owner].Deliveries, added[owner].Bytes, owner, day).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveOldIntakeDays forgets what came in before a time: quotas are by day.
func (s *Store) RemoveOldIntakeDays(ctx context.Context, before time.Time) error {
	return s.write.WithContext(ctx).Where("day < ?", DayOf(before)).Delete(&IntakeDay{}).Error
}
