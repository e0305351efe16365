package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

const (
	// accountsAtOnce is how many accounts share what one round of a claim takes.
	accountsAtOnce = 16
	// claimRounds bounds the rounds of a claim.
	claimRounds = 4
)

// ClaimPendingDeliveries gives holder up to limit deliveries that wait to be
// read, and keeps them from all others for the length of lease. The accounts
// take turns, so that nobody waits behind what was sent to another; what some
// leave of their share goes to the others.
func (s *Store) ClaimPendingDeliveries(ctx context.Context, holder string, limit int, lease time.Duration) ([]Delivery, error) {
	var claimed []Delivery
	err := s.inBackground(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		c := claim{on: s.within(tx), skipLocked: s.forUpdate(true), holder: holder, now: now, until: now.Add(lease)}
		for range claimRounds {
			accounts, err := s.accountsInTurn(ctx, c)
			if err == nil {
				err = c.share(ctx, accounts, limit)
			}
			if err != nil {
				return err
			}
			if len(accounts) == 0 || len(c.ids) == limit {
				break
			}
		}
		if len(c.ids) == 0 {
			return nil
		}
		var err error
		claimed, err = readClaimed(ctx, c.on, c.ids)
		return err
	})
	return claimed, err
}

// ReleaseClaims gives back deliveries that holder has claimed and not begun to read.
func (s *Store) ReleaseClaims(ctx context.Context, holder string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, _ time.Time) error {
		return tx.Exec(`UPDATE deliveries SET claimed_by = '', claimed_until = NULL, attempts = attempts - 1
			WHERE id IN ? AND claimed_by = ? AND state = 'pending'`, ids, holder).Error
	})
}

// claim gathers the deliveries that a holder gets.
type claim struct {
	on         direct
	skipLocked string
	holder     string
	now, until time.Time
	ids        []string
}

// share fills a claim up to its limit with what waits for some accounts, as much
// for each as there is.
func (c *claim) share(ctx context.Context, accounts []string, limit int) error {
	for len(accounts) > 0 && len(c.ids) < limit {
		var more []string // those that may have more than their share
		share := max((limit-len(c.ids))/len(accounts), 1)
		for _, account := range accounts {
			before := len(c.ids)
			if err := c.take(ctx, account, min(share, limit-before)); err != nil {
				return err
			}
			if len(c.ids)-before == share {
				more = append(more, account)
			}
		}
		accounts = more
	}
	return nil
}

// take claims the first of what waits for an account.
func (c *claim) take(ctx context.Context, account string, limit int) error {
	if limit <= 0 {
		return nil
	}
	return c.on.each(ctx, "UPDATE deliveries SET claimed_by = ?, claimed_until = ?, attempts = attempts + 1 WHERE id IN ("+
		"SELECT id FROM deliveries WHERE account_id = ? AND state = 'pending' AND next_attempt_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?)"+
		" ORDER BY next_attempt_at LIMIT ?"+c.skipLocked+") RETURNING id", []any{c.holder, c.until, account, c.now, c.now, limit}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		c.ids = append(c.ids, id)
		return err
	})
}

// accountsInTurn gives the next accounts that have something due, going
// round among all of them.
func (s *Store) accountsInTurn(ctx context.Context, c claim) ([]string, error) {
	after := ""
	if last := s.served.Load(); last != nil {
		after = *last
	}
	accounts, err := accountsPending(ctx, c, after)
	if err == nil && len(accounts) == 0 && after != "" {
		after = ""
		accounts, err = accountsPending(ctx, c, after)
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
func accountsPending(ctx context.Context, c claim, after string) (accounts []string, err error) {
	err = c.on.each(ctx, `WITH RECURSIVE turns (account_id) AS (
		SELECT MIN(account_id) FROM deliveries WHERE state = 'pending' AND account_id > ? AND next_attempt_at <= ?
		UNION ALL SELECT (SELECT MIN(d.account_id) FROM deliveries d WHERE d.state = 'pending' AND d.account_id > turns.account_id AND d.next_attempt_at <= ?)
			FROM turns WHERE turns.account_id IS NOT NULL)
		SELECT account_id FROM turns WHERE account_id IS NOT NULL LIMIT ?`, []any{after, c.now, c.now, accountsAtOnce}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		accounts = append(accounts, id)
		return err
	})
	return accounts, err
}
