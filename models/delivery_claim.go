package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// accountsAtOnce is how many accounts one claim serves before it goes on with
// what is oldest.
const accountsAtOnce = 16

// ClaimPendingDeliveries gives holder up to limit deliveries that wait to be
// read, and keeps them from all others for the length of lease. The accounts
// take turns, so that nobody waits behind what was sent to another; what is left
// of the limit goes to the oldest.
func (s *Store) ClaimPendingDeliveries(ctx context.Context, holder string, limit int, lease time.Duration) ([]Delivery, error) {
	var claimed []Delivery
	err := s.inBackground(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		c := claim{on: s.within(tx), skipLocked: s.forUpdate(true), holder: holder, now: now, until: now.Add(lease)}
		accounts, err := s.accountsInTurn(ctx, c.on)
		if err != nil || len(accounts) == 0 {
			return err
		}
		if len(accounts) > 1 {
			share := max(limit/len(accounts), 1)
			for _, account := range accounts {
				if err := c.take(ctx, "account_id = ? AND ", []any{account}, "received_at", min(share, limit-len(c.ids))); err != nil {
					return err
				}
			}
		}
		if err := c.take(ctx, "", nil, "next_attempt_at", limit-len(c.ids)); err != nil || len(c.ids) == 0 {
			return err
		}
		claimed, err = readClaimed(ctx, c.on, c.ids)
		return err
	})
	return claimed, err
}

// claim gathers the deliveries that a holder gets.
type claim struct {
	on         direct
	skipLocked string
	holder     string
	now, until time.Time
	ids        []string
}

// take claims the first of those that a condition picks.
func (c *claim) take(ctx context.Context, condition string, args []any, order string, limit int) error {
	if limit <= 0 {
		return nil
	}
	args = append([]any{c.holder, c.until}, append(args, c.now, c.now, limit)...)
	return c.on.each(ctx, "UPDATE deliveries SET claimed_by = ?, claimed_until = ?, attempts = attempts + 1 WHERE id IN ("+
		"SELECT id FROM deliveries WHERE "+condition+"state = 'pending' AND next_attempt_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?)"+
		" ORDER BY "+order+" LIMIT ?"+c.skipLocked+") RETURNING id", args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		c.ids = append(c.ids, id)
		return err
	})
}

// accountsInTurn gives the next accounts that have something pending, going
// round among all of them.
func (s *Store) accountsInTurn(ctx context.Context, on direct) ([]string, error) {
	after := ""
	if last := s.served.Load(); last != nil {
		after = *last
	}
	accounts, err := accountsPending(ctx, on, after)
	if err == nil && len(accounts) == 0 && after != "" {
		after = ""
		accounts, err = accountsPending(ctx, on, after)
	}
	last := ""
	if len(accounts) > 1 || after != "" && len(accounts) > 0 {
		last = accounts[len(accounts)-1]
	}
	s.served.Store(&last)
	return accounts, err
}

// accountsPending steps through the index from account to account: it does not
// matter how much waits for each.
func accountsPending(ctx context.Context, on direct, after string) (accounts []string, err error) {
	err = on.each(ctx, `WITH RECURSIVE turns (account_id) AS (
		SELECT MIN(account_id) FROM deliveries WHERE state = 'pending' AND account_id > ?
		UNION ALL SELECT (SELECT MIN(d.account_id) FROM deliveries d WHERE d.state = 'pending' AND d.account_id > turns.account_id)
			FROM turns WHERE turns.account_id IS NOT NULL)
		SELECT account_id FROM turns WHERE account_id IS NOT NULL LIMIT ?`, []any{after, accountsAtOnce}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		accounts = append(accounts, id)
		return err
	})
	return accounts, err
}
