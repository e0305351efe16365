package models

import (
	"context"
	"maps"
	"slices"
	"time"
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
	err := s.reading().one(ctx, "SELECT deliveries, bytes FROM intake_days WHERE owner = ? AND day = ?", []any{domainID, DayOf(s.now())}, &used.Deliveries, &used.Bytes)
	err = ignoreNotFound(err)
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
func (s *Store) withinQuota(ctx context.Context, on direct, accepts [][]NewDelivery, now time.Time) (stored []NewDelivery, over []bool, err error) {
	day := DayOf(now)
	used, err := usedToday(ctx, on, accepts, day)
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
	return stored, over, addToday(ctx, on, added, day)
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
// more for the same owners until the transaction ends. All go through the rows
// in one order.
func usedToday(ctx context.Context, on direct, accepts [][]NewDelivery, day Day) (map[string]IntakeDay, error) {
	owners := map[string]IntakeDay{}
	for _, accept := range accepts {
		maps.Copy(owners, ownersOf(accept))
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(owners)), 100) {
		var args []any
		for _, owner := range some {
			args = append(args, owner, day)
		}
		err := on.each(ctx, "INSERT INTO intake_days (owner, day, deliveries, bytes) VALUES "+listOf("(?, ?, 0, 0)", len(some))+
			" ON CONFLICT (owner, day) DO UPDATE SET deliveries = intake_days.deliveries RETURNING owner, deliveries, bytes", args,
			func(scan func(...any) error) error {
				var d IntakeDay
				err := scan(&d.Owner, &d.Deliveries, &d.Bytes)
				owners[d.Owner] = d
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return owners, nil
}

func addToday(ctx context.Context, on direct, added map[string]IntakeDay, day Day) error {
	for _, owner := range slices.Sorted(maps.Keys(added)) {
		err := on.exec(ctx, "UPDATE intake_days SET deliveries = deliveries + ?, bytes = bytes + ? WHERE owner = ? AND day = ?",
			added[owner].Deliveries, added[owner].Bytes, owner, day)
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
