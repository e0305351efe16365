package models

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

// TransferLife is how long an offer to take a domain over can be accepted.
const TransferLife = 7 * 24 * time.Hour

// ErrSameAccount says that a domain would be handed over to where it is.
var ErrSameAccount = errors.New("the domain is in this account already")

// Transfer offers a domain to another account: whoever has the link that is
// mailed to Email, and may do so in their account, takes it over. A domain has
// one offer at most. Only a hash of the link's token is stored.
type Transfer struct {
	ID        string
	AccountID string // that gives the domain away
	DomainID  string
	Email     string
	TokenHash []byte
	OfferedBy string // the address of the person, or the name of the token
	CreatedAt time.Time
	ExpiresAt time.Time
}

// TableName is the table of offers.
func (Transfer) TableName() string { return "domain_transfers" }

// NewTransfer is an offer about to be made; Token stands in the link of Mail.
type NewTransfer struct {
	Email, Token, OfferedBy string
	Mail                    NewMail
}

func hashTransfer(token string) []byte {
	sum := sha256.Sum256([]byte("transfer\x00" + token))
	return sum[:]
}

func (t Transfer) facts() Facts { return Facts{"to": t.Email} }

// OfferTransfer stores an offer and queues its mail; an earlier offer of the
// domain ends. ErrQuota when too much mail was caused today, ErrRole when who
// offers it may not any more.
func (s *Store) OfferTransfer(ctx context.Context, d Domain, n NewTransfer) (Transfer, error) {
	var t Transfer
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.lockAccount(tx, d.AccountID); err != nil {
			return err
		}
		if err := s.mayNow(ctx, tx, d.AccountID, ToMoveDomains); err != nil {
			return err
		}
		if _, err := first[Domain](tx.Where("account_id = ? AND id = ?", d.AccountID, d.ID)); err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID).Delete(&Transfer{}).Error; err != nil {
			return err
		}
		t = Transfer{
			ID: newID(), AccountID: d.AccountID, DomainID: d.ID, Email: n.Email, TokenHash: hashTransfer(n.Token),
			OfferedBy: storable(n.OfferedBy), CreatedAt: now, ExpiresAt: now.Add(TransferLife),
		}
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		if err := queueMail(tx, now, n.Mail); err != nil {
			return err
		}
		return audit(tx, now, d.AccountID, AuditTransferOffered, d.Name, nil, t.facts())
	})
	return t, outcome(err)
}

// TransferOf is the offer of a domain that is in force. ErrNotFound when there
// is none.
func (s *Store) TransferOf(ctx context.Context, d Domain) (Transfer, error) {
	return first[Transfer](s.reader(ctx).Where("account_id = ? AND domain_id = ? AND expires_at > ?", d.AccountID, d.ID, s.now()))
}

// Transfers lists the offers of an account that are in force, newest first. A
// domain has one at most.
func (s *Store) Transfers(ctx context.Context, accountID string) ([]OpenTransfer, error) {
	var rows []OpenTransfer
	err := s.reader(ctx).Table("domain_transfers").Select("domain_transfers.*, domains.name AS domain_name").
		Joins("JOIN domains ON domains.id = domain_transfers.domain_id AND domains.account_id = domain_transfers.account_id").
		Where("domain_transfers.account_id = ? AND domain_transfers.expires_at > ?", accountID, s.now()).
		Order("domain_transfers.created_at DESC, domain_transfers.id DESC").Find(&rows).Error
	return rows, err
}

// WithdrawTransfer takes the offer of a domain back. ErrNotFound when there is none.
func (s *Store) WithdrawTransfer(ctx context.Context, d Domain) error {
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		t, err := first[Transfer](tx.Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID))
		if err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND id = ?", d.AccountID, t.ID).Delete(&Transfer{}).Error; err != nil {
			return err
		}
		return audit(tx, now, d.AccountID, AuditTransferWithdrawn, d.Name, t.facts(), nil)
	})
	return outcome(err)
}

// takeBackOffersOf deletes the offers that a member has made and nobody accepted.
func takeBackOffersOf(tx *gorm.DB, now time.Time, m AccountMember) error {
	var list []OpenTransfer
	err := tx.Table("domain_transfers").Select("domain_transfers.*, domains.name AS domain_name").
		Joins("JOIN domains ON domains.id = domain_transfers.domain_id").
		Where("domain_transfers.account_id = ? AND domain_transfers.offered_by = ?", m.AccountID, m.Email).Order("domain_transfers.id").Find(&list).Error
	if err != nil {
		return err
	}
	for _, t := range list {
		if err := tx.Where("account_id = ? AND id = ?", m.AccountID, t.ID).Delete(&Transfer{}).Error; err != nil {
			return err
		}
		if err := audit(tx, now, m.AccountID, AuditTransferWithdrawn, t.DomainName, t.facts(), nil); err != nil {
			return err
		}
	}
	return nil
}

// OpenTransfer is an offer with the names of its domain and, where it is found
// by its link, of the account that makes it.
type OpenTransfer struct {
	Transfer
	DomainName  string
	AccountName string
}

// TransferByToken finds the offer that a link is about. ErrNotFound when the
// link is unknown, used, taken back or too old, or its account is not open.
func (s *Store) TransferByToken(ctx context.Context, token string) (OpenTransfer, error) {
	return s.openTransfer(s.reader(asSystem(ctx)), token)
}

func (s *Store) openTransfer(tx *gorm.DB, token string) (OpenTransfer, error) {
	return first[OpenTransfer](tx.Table("domain_transfers").
		Select("domain_transfers.*, domains.name AS domain_name, accounts.name AS account_name").
		Joins("JOIN domains ON domains.id = domain_transfers.domain_id AND domains.account_id = domain_transfers.account_id").
		Joins("JOIN accounts ON accounts.id = domain_transfers.account_id").
		Where("domain_transfers.token_hash = ? AND domain_transfers.expires_at > ? AND accounts.state = ?", hashTransfer(token), s.now(), AccountActive))
}

// Taker is who takes a domain over: a person for an account of theirs, or a
// program for its own when UserID is "".
type Taker struct{ AccountID, UserID string }

// AcceptTransfer moves the domain of an offer into the taker's account, with
// its token, its state, its reports and its history. What the giving account
// has let others see or know ends: read-only links, forwards and the report
// URL; its tags go too. ErrNotFound as TransferByToken, ErrRole when the person
// may not do this in that account, ErrSameAccount, ErrTaken when the account has the
// name already, ErrQuota when it has as many domains as it may.
func (s *Store) AcceptTransfer(ctx context.Context, token string, to Taker) (Domain, error) {
	var d Domain
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		t, err := s.openTransfer(tx, token)
		if err != nil {
			return err
		}
		if t.AccountID == to.AccountID {
			return ErrSameAccount
		}
		taking, err := s.lockBoth(tx, t.AccountID, to)
		if err != nil {
			return err
		}
		// Who came second finds it gone: only one of them deletes the row.
		res := tx.Where("id = ? AND account_id = ?", t.ID, t.AccountID).Delete(&Transfer{})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		if d, err = s.moveDomain(tx, now, t, taking); err != nil {
			return err
		}
		return auditTransfer(tx, now, d, t, taking)
	})
	return d, outcome(err)
}

// auditTransfer tells both accounts of a transfer, in the order of their ids.
func auditTransfer(tx *gorm.DB, now time.Time, d Domain, t OpenTransfer, taking Account) error {
	for _, id := range slices.Sorted(slices.Values([]string{t.AccountID, taking.ID})) {
		action, facts := AuditDomainGiven, Facts{"to": taking.Name}
		if id == taking.ID {
			action, facts = AuditDomainTaken, Facts{"from": t.AccountName, "state": string(d.State), "token": d.Token}
		}
		if err := audit(tx, now, id, action, d.Name, nil, facts); err != nil {
			return err
		}
	}
	return nil
}

// lockBoth holds the two accounts of a transfer, always in the same order, and
// gives the one that takes.
func (s *Store) lockBoth(tx *gorm.DB, from string, to Taker) (Account, error) {
	ids := []string{from, to.AccountID}
	slices.Sort(ids)
	held := map[string]Account{}
	for _, id := range ids {
		a, err := s.lockedAccount(tx, id)
		if err != nil {
			return a, err
		}
		if a.State != AccountActive {
			return a, ErrNotFound
		}
		held[id] = a
	}
	if to.UserID == "" {
		return held[to.AccountID], nil
	}
	m, err := memberOf(tx, to.AccountID, to.UserID)
	if errors.Is(err, ErrNotFound) || err == nil && (!m.Role.May(ToMoveDomains) || len(m.Tags) > 0) {
		err = ErrRole
	}
	return held[to.AccountID], err
}

func (s *Store) moveDomain(tx *gorm.DB, now time.Time, t OpenTransfer, to Account) (Domain, error) {
	d, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE account_id = ? AND id = ?"+s.forUpdate(false), t.AccountID, t.DomainID))
	if err != nil {
		return d, err
	}
	if err := s.roomFor(tx, d, to.ID); err != nil {
		return d, err
	}
	if err := s.moveRows(tx, d, to.ID); err != nil {
		return d, err
	}
	d.AccountID = to.ID
	d.SecretGeneration++
	d.SecretHash = s.secretHash(d)
	err = tx.Model(&Domain{}).Where("id = ?", d.ID).Updates(map[string]any{
		"account_id": to.ID, "secret_generation": d.SecretGeneration, "secret_hash": d.SecretHash, "watched_until": nil,
	}).Error
	if err != nil {
		return d, err
	}
	return d, recordEvent(tx, d, now, EventMoved, "")
}

// roomFor says whether an account may take a domain in.
func (s *Store) roomFor(tx *gorm.DB, d Domain, accountID string) error {
	taken, err := takenNames(tx, accountID, []string{d.Name})
	if err != nil {
		return err
	}
	if taken[d.Name] {
		return ErrTaken
	}
	room, err := s.room(tx, accountID)
	if err == nil && (room.Total >= s.Quotas.Domains || d.State == Pending && room.Left <= 0) {
		err = ErrQuota
	}
	return err
}

// movedTables name the account beside the domain, and go along with it.
func movedTables() []string {
	return []string{"deliveries", "reports", "daily_totals", "dns_observations", "domain_events", "self_tests", "domain_recents", "domain_problems", "reverse_names"}
}

// moveRows gives an account what hangs on a domain. It takes locks in the order
// in which batches of reports do: reporters, then the days of accounts.
func (s *Store) moveRows(tx *gorm.DB, d Domain, to string) error {
	args := map[string]any{"domain": d.ID, "from": d.AccountID, "to": to}
	steps := []string{
		// What one account has blocked counts in the other, or the other way
		// round: SettleReporter goes over them.
		`INSERT INTO reporters (account_id, identity, first_seen, unsettled) SELECT @to, reporter, MIN(received_at), true
			FROM reports WHERE domain_id = @domain AND trust <> 'unverified' GROUP BY reporter ORDER BY reporter
			ON CONFLICT (account_id, identity) DO UPDATE SET unsettled = true,
			first_seen = CASE WHEN excluded.first_seen < reporters.first_seen THEN excluded.first_seen ELSE reporters.first_seen END`,
		"DELETE FROM share_links WHERE domain_id = @domain", "DELETE FROM forwards WHERE domain_id = @domain", "DELETE FROM domain_tags WHERE domain_id = @domain",
		"UPDATE delivery_events SET account_id = @to WHERE delivery_id IN (SELECT id FROM deliveries WHERE domain_id = @domain)",
	}
	for _, table := range movedTables() {
		steps = append(steps, "UPDATE "+table+" SET account_id = @to WHERE domain_id = @domain")
	}
	for _, step := range steps {
		if err := tx.Exec(step, args).Error; err != nil {
			return err
		}
	}
	return s.moveDays(tx, d, to)
}

// moveDays takes the sums of a domain out of those of one account and into
// those of another.
func (s *Store) moveDays(tx *gorm.DB, d Domain, to string) error {
	ids := []string{d.AccountID, to}
	slices.Sort(ids)
	for _, id := range ids {
		if err := s.lockAccountDays(tx, id); err != nil {
			return err
		}
	}
	if err := takeOutDays(tx, d); err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO account_days (account_id, day, successful, failed, reports)
		SELECT @to, day, SUM(successful), SUM(failed), SUM(reports) FROM daily_totals WHERE domain_id = @domain GROUP BY day ORDER BY day
		ON CONFLICT (account_id, day) DO UPDATE SET successful = account_days.successful + excluded.successful,
		failed = account_days.failed + excluded.failed, reports = account_days.reports + excluded.reports`,
		map[string]any{"to": to, "domain": d.ID}).Error
}

// RemoveExpiredTransfers deletes the offers that nobody has accepted in time.
func (s *Store) RemoveExpiredTransfers(ctx context.Context) error {
	return s.write.WithContext(asSystem(ctx)).Where("expires_at <= ?", s.now()).Delete(&Transfer{}).Error
}
