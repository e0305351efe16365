package models

import (
	"context"
	"time"
)

// AcquireLease takes or renews the lease called name for holder. It returns
// whether holder has it now; term rises each time it changes hands, so that a
// former holder's writes can be told from the present one's.
func (s *Store) AcquireLease(ctx context.Context, name, holder string, life time.Duration) (held bool, term int64, err error) {
	now := s.now()
	var row struct {
		Holder string
		Term   int64
	}
	err = s.write.WithContext(ctx).Raw(`
		INSERT INTO leases (name, holder, term, until) VALUES (@name, @holder, 1, @until)
		ON CONFLICT (name) DO UPDATE SET
			term = CASE WHEN leases.holder = excluded.holder THEN leases.term ELSE leases.term + 1 END,
			holder = excluded.holder,
			until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until <= @now
		RETURNING holder, term`,
		map[string]any{"name": name, "holder": holder, "until": now.Add(life), "now": now}).Scan(&row).Error
	return row.Holder == holder, row.Term, err
}

// ReleaseLease gives the lease back if holder has it, so that another node
// need not wait for its end.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	return s.write.WithContext(ctx).Exec("UPDATE leases SET until = ? WHERE name = ? AND holder = ?", s.now(), name, holder).Error
}
