package models

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
	"gorm.io/gorm"
)

// DomainOrder is how a list of domains is sorted.
type DomainOrder string

// The orders of a list of domains. Names decide between equals.
const (
	ByNeed         DomainOrder = "need" // what needs a hand first
	ByName         DomainOrder = "name"
	BySessions     DomainOrder = "sessions"      // of the last WeekDays, most first
	ByFailureShare DomainOrder = "failure-share" // of the last WeekDays, largest first
	ByLastReport   DomainOrder = "last-report"   // newest arrival first
)

// needOrder ranks domains by what their last check found. An index has the same words.
const needOrder = `CASE WHEN state = 'lapsed' THEN 0
    ELSE CASE verdict WHEN 'fail' THEN 0 WHEN 'warn' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END END`

// terms is the order in SQL; that ByNeed has parts (needParts). Each has an
// index that begins with the account.
func (o DomainOrder) terms() string {
	switch o {
	case BySessions:
		return "week_sessions DESC, name"
	case ByFailureShare:
		return "week_failing DESC, name"
	case ByLastReport:
		return "last_report_at DESC NULLS LAST, name"
	default:
		return "name"
	}
}

// WeekDays is how many days the sessions cover that lists are sorted by.
const WeekDays = 7

// noSessions is the failing part of a week in which nothing is reported.
const noSessions = -1

// rank is what lists sort a domain by.
type rank struct {
	weekTo       Day
	sessions     int64
	failing      int64
	lastReportAt *time.Time
}

func rankOf(today Day, recent ledger.Recent, lastReport *time.Time) rank {
	successful, failed := recent.Sum(int32(today-WeekDays+1), int32(today))
	r := rank{today, successful + failed, noSessions, lastReport}
	if r.sessions > 0 {
		r.failing = int64(float64(failed) / float64(r.sessions) * 1e9)
	}
	return r
}

func saveRank(ctx context.Context, on direct, domainID string, r rank) error {
	return on.exec(ctx, "UPDATE domains SET week_to = ?, week_sessions = ?, week_failing = ?, last_report_at = ? WHERE id = ?",
		r.weekTo, r.sessions, r.failing, r.lastReportAt, domainID)
}

// rollBatch bounds how long one step of RollWeeks holds the writer.
const rollBatch = 200

// RollWeeks moves the weeks that lists are sorted by on to the present day,
// some domains at a time. Several nodes may do so at once.
func (s *Store) RollWeeks(ctx context.Context) error {
	for {
		rolled, err := s.rollSome(ctx)
		if err != nil || rolled == 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (s *Store) rollSome(ctx context.Context) (rolled int, err error) {
	var due bool
	if err := s.reader(asSystem(ctx)).Raw("SELECT EXISTS (SELECT 1 FROM domains WHERE week_to < ? AND week_sessions > 0)", DayOf(s.now())).Scan(&due).Error; err != nil || !due {
		return 0, err // nearly always, without taking the writer's time
	}
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var ids []string
		if err := tx.Raw("SELECT id FROM domains WHERE week_to < ? AND week_sessions > 0 ORDER BY id LIMIT ?"+s.forUpdate(true), DayOf(now), rollBatch).Scan(&ids).Error; err != nil {
			return err
		}
		rolled = len(ids)
		for _, id := range ids {
			if err := rollWeek(ctx, s.within(tx), DayOf(now), id); err != nil {
				return err
			}
		}
		return nil
	})
	return rolled, err
}

func rollWeek(ctx context.Context, on direct, today Day, domainID string) error {
	var days []byte
	var at *time.Time
	if err := on.one(ctx, "SELECT days, received_at FROM domain_recents WHERE domain_id = ?", []any{domainID}, &days, &at); err != nil {
		return err
	}
	recent, err := ledger.ReadRecent(days)
	if err != nil {
		return err
	}
	return saveRank(ctx, on, domainID, rankOf(today, recent, at))
}
