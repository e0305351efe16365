package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

const (
	// removalBatch bounds the rows that one transaction of a removal deletes.
	removalBatch = 200
	// removalSettles is how long the row of an account outlives its time, so
	// that what was under way then finds it gone and leaves nothing behind.
	removalSettles = 10 * time.Minute
)

// DueRemovals lists accounts whose closing cannot be taken back any more.
func (s *Store) DueRemovals(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	err := s.reader(ctx).Raw("SELECT id FROM accounts WHERE closes_at IS NOT NULL AND closes_at <= ? AND state IN ? ORDER BY closes_at, id LIMIT ?",
		s.now(), []AccountState{AccountClosing, AccountRemoving}, limit).Scan(&ids).Error
	return ids, err
}

// RemoveAccount removes an account of DueRemovals with everything that is
// known about it, in many short transactions: it may be stopped at any point
// and goes on with the next call. First nobody gets in any more, then domain
// after domain goes, the account's own rows are last. Tokens of domains stay
// remembered. done is false while the account's row has to wait for what was
// under way. ErrNotFound when it is gone, ErrState when its time has not come.
func (s *Store) RemoveAccount(ctx context.Context, accountID string) (done bool, err error) {
	closesAt, err := s.beginRemoval(ctx, accountID)
	if err != nil {
		return false, err
	}
	for {
		d, err := first[Domain](s.reader(ctx).Where("account_id = ?", accountID).Order("id"))
		if err != nil {
			if err := ignoreNotFound(err); err != nil {
				return false, err
			}
			break
		}
		if err := s.removeInParts(ctx, d); err != nil {
			return false, err
		}
	}
	for _, table := range accountTables() {
		if err := s.empty(ctx, table, "account_id", accountID); err != nil {
			return false, err
		}
	}
	if s.now().Before(closesAt.Add(removalSettles)) {
		return false, nil
	}
	return true, s.finishRemoval(ctx, accountID)
}

// beginRemoval takes everybody and everything out of an account that could
// still act in it. What it deletes is bounded by quotas.
func (s *Store) beginRemoval(ctx context.Context, accountID string) (closesAt time.Time, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		a, err := s.lockedAccount(tx, accountID)
		if err != nil {
			return err
		}
		if a.ClosesAt == nil || now.Before(*a.ClosesAt) || a.State != AccountClosing && a.State != AccountRemoving {
			return ErrState
		}
		closesAt = *a.ClosesAt
		if err := tx.Model(&Account{}).Where("id = ?", a.ID).Update("state", AccountRemoving).Error; err != nil {
			return err
		}
		if err := s.removePersons(tx, a.ID); err != nil {
			return err
		}
		for _, table := range []string{"memberships", "sessions", "invitations", "api_tokens", "api_replays", "mailboxes", "share_links", "domain_transfers"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE account_id = ?", a.ID).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return closesAt, outcome(err)
}

// removePersons removes the members who have no other account, with all that
// they log in with.
func (s *Store) removePersons(tx *gorm.DB, accountID string) error {
	var members []string
	if err := tx.Raw("SELECT user_id FROM memberships WHERE account_id = ? ORDER BY user_id", accountID).Scan(&members).Error; err != nil {
		return err
	}
	for _, id := range members {
		// Held first and looked at then: who joins another account meanwhile waits, or is seen.
		user, err := s.lockedUser(tx, id)
		if err != nil {
			return err
		}
		var others int64
		if err := tx.Model(&Membership{}).Where("user_id = ? AND account_id <> ?", id, accountID).Count(&others).Error; err != nil {
			return err
		}
		if others > 0 {
			continue
		}
		if err := removePerson(tx, user); err != nil {
			return err
		}
	}
	return nil
}

func removePerson(tx *gorm.DB, user User) error {
	for _, table := range personTables() {
		if err := tx.Exec("DELETE FROM "+table+" WHERE user_id = ?", user.ID).Error; err != nil {
			return err
		}
	}
	if err := tx.Exec("DELETE FROM outgoing_mails WHERE recipient = ?", user.Email).Error; err != nil {
		return err
	}
	return tx.Where("id = ?", user.ID).Delete(&User{}).Error
}

// personTables hang on a person.
func personTables() []string {
	return []string{"sessions", "memberships", "mail_links", "one_time_secrets", "recovery_codes", "passkeys", "identities", "challenges"}
}

// domainTables hang on a domain, and can hold more than one transaction should
// delete. What is not in them is little, and goes with the row of the domain.
func domainTables() []string {
	return []string{
		"failure_details", "policy_results", "reports", "forward_dispatches", "deliveries", "daily_failures", "daily_policies", "daily_totals",
		"dns_observations", "domain_events", "self_tests", "reverse_names", "domain_problems", "ledger_pages",
	}
}

// accountTables hang on an account and on no domain, or not always.
func accountTables() []string {
	return []string{"deliveries", "outgoing_mails", "reporters", "account_days", "account_notices", "audit_events", "audit_chains"}
}

// removeInParts removes a domain as RemoveDomain does, but what there is most
// of in transactions of its own before.
func (s *Store) removeInParts(ctx context.Context, d Domain) error {
	for _, table := range domainTables() {
		if err := s.empty(ctx, table, "domain_id", d.ID); err != nil {
			return err
		}
	}
	return ignoreNotFound(s.RemoveDomain(ctx, d.AccountID, d.Name))
}

// empty deletes the rows of a table that have a value, some at a time.
func (s *Store) empty(ctx context.Context, table, column, value string) error {
	row := "rowid"
	if s.engine == postgresEngine {
		row = "ctid"
	}
	query := "DELETE FROM " + table + " WHERE " + row + " IN (SELECT " + row + " FROM " + table + " WHERE " + column + " = ? LIMIT ?)"
	for {
		var deleted int64
		err := s.inTx(ctx, func(tx *gorm.DB, _ time.Time) error {
			res := tx.Exec(query, value, removalBatch)
			deleted = res.RowsAffected
			return res.Error
		})
		if err != nil || deleted < removalBatch {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// finishRemoval deletes the row of an account, and what has come in since its
// tables were emptied.
func (s *Store) finishRemoval(ctx context.Context, accountID string) error {
	return s.inTx(ctx, func(tx *gorm.DB, _ time.Time) error {
		for _, table := range accountTables() {
			if err := tx.Exec("DELETE FROM "+table+" WHERE account_id = ?", accountID).Error; err != nil {
				return err
			}
		}
		if err := tx.Exec("DELETE FROM intake_days WHERE owner = ?", accountID).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM accounts WHERE id = ? AND state = ?", accountID, AccountRemoving).Error
	})
}
