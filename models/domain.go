package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"gorm.io/gorm"
)

// DomainState says whether the delegation of a domain has been proven.
type DomainState string

// The states of a domain: pending until its CNAME is seen, then active; lapsed
// after seven days of authoritative absence.
const (
	Pending DomainState = "pending"
	Active  DomainState = "active"
	Lapsed  DomainState = "lapsed"
)

// Domain is a name registered by an account.
type Domain struct {
	ID        string
	AccountID string
	Name      string // A-labels, lower case, no final dot
	Token     string
	// SecretGeneration counts how often the secret of the report URL was
	// renewed; SecretHash is what a POST is looked up by.
	SecretGeneration int
	SecretHash       []byte

	State      DomainState
	StateSince time.Time
	CreatedAt  time.Time
	VerifiedAt *time.Time // first proof, nil before

	// What the schedule of checks needs to remember.
	WatchedUntil *time.Time // a person has the setup page open until then
	NextCheckAt  time.Time
	ClaimedUntil *time.Time
	ClaimedBy    string
	ClaimNumber  int64 // counts the claims, so that an old one is known when its worker comes back
	CheckedAt    *time.Time
	Checks       int // since the registration

	// The last verdict.
	Verdict   string
	Effective bool
	Delegated bool
	Record    string
	CNAME     string `gorm:"column:cname"`
	Findings  JSONList[Finding]
	// Zone is the zone that the name lies in, as last observed: the name
	// itself, a parent when the name has no zone of its own, "" when unknown.
	Zone    string
	MXHosts JSONList[string] `gorm:"column:mx_hosts"` // as last observed

	// What lists are sorted by: the sessions of the WeekDays days that end with
	// WeekTo, their failures in parts of a billion (-1 without sessions), and
	// the arrival of the newest counted report (nil when it is past its retention).
	WeekTo       Day
	WeekSessions int64
	WeekFailing  int64 `gorm:"default:-1"`
	LastReportAt *time.Time
}

// Finding is one sentence of a verdict, with its id from the catalogue.
type Finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

// IssuedToken remembers a token for ever, so that it is never issued twice and
// a dangling CNAME can never lead to somebody else.
type IssuedToken struct {
	Token    string `gorm:"primaryKey"`
	IssuedAt time.Time
}

// tokenTries bounds how often a token is drawn again after a collision, which
// at 60 bits means that the source of randomness is broken.
const tokenTries = 5

// AddDomain registers name, which domainname.Parse must have accepted, for an
// account. The name server answers for it from then on, and its first check is
// due at once. ErrTaken when the account has the name already, ErrQuota when
// it has too many.
func (s *Store) AddDomain(ctx context.Context, accountID, name string) (Domain, error) {
	var d Domain
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		left, err := s.domainsLeft(tx, accountID)
		if err != nil {
			return err
		}
		if left <= 0 {
			return ErrQuota
		}
		d, err = s.createDomain(tx, now, accountID, name)
		return err
	})
	return d, outcome(err)
}

func (s *Store) createDomain(tx *gorm.DB, now time.Time, accountID, name string) (Domain, error) {
	d := Domain{ID: newID(), AccountID: accountID, Name: name, State: Pending, SecretGeneration: 1, Verdict: "pending", WeekFailing: noSessions, CreatedAt: now, StateSince: now, NextCheckAt: now}
	d.SecretHash = s.secretHash(d)
	var err error
	if d.Token, err = s.issueToken(tx, now); err != nil {
		return d, err
	}
	if err := tx.Create(&d).Error; err != nil {
		return d, err
	}
	if err := recordEvent(tx, d, now, EventRegistered, ""); err != nil {
		return d, err
	}
	if err := recordZoneChange(tx, now, d.Name, d.Token, false); err != nil {
		return d, err
	}
	return d, audit(tx, now, accountID, AuditDomainAdded, d.Name, nil, d.facts())
}

func (d Domain) facts() Facts { return Facts{"state": string(d.State), "token": d.Token} }

// domainsLeft is how many more domains an account may register. It holds the
// account until the transaction ends.
func (s *Store) domainsLeft(tx *gorm.DB, accountID string) (int, error) {
	if err := tx.Raw("SELECT id FROM accounts WHERE id = ?"+s.forUpdate(false), accountID).Scan(new(string)).Error; err != nil {
		return 0, err
	}
	room, err := s.room(tx, accountID)
	return room.Left, err
}

func (s *Store) issueToken(tx *gorm.DB, now time.Time) (string, error) {
	for range tokenTries {
		token, err := hosted.NewToken(s.Random)
		if err != nil {
			return "", err
		}
		res := tx.Exec("INSERT INTO issued_tokens (token, issued_at) VALUES (?, ?) ON CONFLICT DO NOTHING", token, now)
		if res.Error != nil {
			return "", res.Error
		}
		if res.RowsAffected == 1 {
			return token, nil
		}
	}
	return "", errors.New("the source of randomness repeats itself")
}

func (s *Store) secretHash(d Domain) []byte {
	return hosted.HashSecret(s.ReportSecret(d))
}

// ReportSecret is the secret in the URL that reports about d are POSTed to.
func (s *Store) ReportSecret(d Domain) string {
	return hosted.ReportSecret(s.SecretKey, d.ID, d.SecretGeneration)
}

// RenewSecret makes a new secret for the report URL of a domain; the old one
// is unknown from then on.
func (s *Store) RenewSecret(ctx context.Context, accountID, name string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		d, err := first[Domain](tx.Where("account_id = ? AND name = ?", accountID, name))
		if err != nil {
			return err
		}
		d.SecretGeneration++
		err = tx.Model(&Domain{}).Where("account_id = ? AND id = ?", accountID, d.ID).Updates(map[string]any{
			"secret_generation": d.SecretGeneration, "secret_hash": s.secretHash(d),
		}).Error
		if err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditSecretRenewed, d.Name, nil, nil)
	})
}

// Domain finds a domain of an account by its name.
func (s *Store) Domain(ctx context.Context, accountID, name string) (Domain, error) {
	return first[Domain](s.reader(ctx).Where("account_id = ? AND name = ?", accountID, name))
}

// Addressee is the domain that a token or secret leads to, and its account.
type Addressee struct{ DomainID, AccountID string }

// AddresseeOfToken finds whom mail to a token is for. ErrNotFound when the token
// is none of ours.
func (s *Store) AddresseeOfToken(ctx context.Context, token string) (Addressee, error) {
	return s.addressee(ctx, "token = ?", token)
}

// AddresseeOfSecret finds whom a POST with a secret is for. ErrNotFound when the
// secret is none of ours.
func (s *Store) AddresseeOfSecret(ctx context.Context, secret string) (Addressee, error) {
	return s.addressee(ctx, "secret_hash = ?", hosted.HashSecret(secret))
}

func (s *Store) addressee(ctx context.Context, where string, value any) (Addressee, error) {
	var a Addressee
	err := s.reading().one(ctx, "SELECT id, account_id FROM domains WHERE "+where, []any{value}, &a.DomainID, &a.AccountID)
	return a, err
}

// DomainByID finds a domain for a worker that has it from a claimed row.
func (s *Store) DomainByID(ctx context.Context, id string) (Domain, error) {
	return first[Domain](s.reader(asSystem(ctx)).Where("id = ?", id))
}

// DomainsToJudge reads of some domains what decides whether a report is about
// them: their ids, accounts, names and mail servers. Those that are gone are
// left out.
func (s *Store) DomainsToJudge(ctx context.Context, ids []string) (map[string]Domain, error) {
	list, args := idsIn(ids)
	domains := make(map[string]Domain, len(ids))
	err := s.reading().each(ctx, "SELECT id, account_id, name, mx_hosts FROM domains WHERE id IN "+list, args, func(scan func(...any) error) error {
		var d Domain
		err := scan(&d.ID, &d.AccountID, &d.Name, &d.MXHosts)
		domains[d.ID] = d
		return err
	})
	return domains, err
}

// DomainsNamed lists the domains of an account among names.
func (s *Store) DomainsNamed(ctx context.Context, accountID string, names []string) ([]Domain, error) {
	var domains []Domain
	err := s.reader(ctx).Where("account_id = ? AND name IN ?", accountID, names).Order("name").Find(&domains).Error
	return domains, err
}

// DomainFilter narrows the list of an account's domains.
type DomainFilter struct {
	Search string // part of the name
	State  DomainState
	Limit  int // 0 for no limit
	Offset int
}

// conditions says which domains of an account match, with the arguments.
func (f DomainFilter) conditions(accountID string) (conditions string, args []any) {
	conditions, args = "account_id = ?", []any{accountID}
	if f.Search != "" {
		conditions, args = conditions+` AND name LIKE ? ESCAPE '\'`, append(args, "%"+escapeLike(strings.ToLower(f.Search))+"%")
	}
	if f.State != "" {
		conditions, args = conditions+" AND state = ?", append(args, string(f.State))
	}
	return conditions, args
}

// window adds to a query which of its rows are asked for.
func (f DomainFilter) window(query string, args []any) (string, []any) {
	if f.Limit == 0 {
		return query, args
	}
	return query + " LIMIT ? OFFSET ?", append(args[:len(args):len(args)], f.Limit, f.Offset)
}

// Domains lists an account's domains by name, and how many match in all.
func (s *Store) Domains(ctx context.Context, accountID string, f DomainFilter) ([]Domain, int64, error) {
	conditions, args := f.conditions(accountID)
	q := s.reader(ctx).Model(&Domain{}).Where(conditions, args...)
	var total int64
	if err := q.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	if f.Limit > 0 {
		q = q.Limit(f.Limit).Offset(f.Offset)
	}
	var domains []Domain
	err := q.Order("name").Find(&domains).Error
	return domains, total, err
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(storable(s))
}

// RemoveDomain deletes a domain with everything known about it. Its token is
// kept for ever, so that a CNAME left behind leads nowhere.
func (s *Store) RemoveDomain(ctx context.Context, accountID, name string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		d, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE account_id = ? AND name = ?"+s.forUpdate(false), accountID, name))
		if err != nil {
			return err
		}
		return s.removeLocked(tx, d, now)
	})
}

// removeLocked removes a domain whose row the transaction has locked.
func (s *Store) removeLocked(tx *gorm.DB, d Domain, now time.Time) error {
	if err := s.lockAccountDays(tx, d.AccountID); err != nil {
		return err
	}
	if err := removeDomainRows(tx, d); err != nil {
		return err
	}
	if err := recordZoneChange(tx, now, d.Name, d.Token, true); err != nil {
		return err
	}
	return audit(tx, now, d.AccountID, AuditDomainRemoved, d.Name, d.facts(), nil)
}

// lockAccountDays takes the days of an account in the order in which batches
// of reports take them.
func (s *Store) lockAccountDays(tx *gorm.DB, accountID string) error {
	if s.engine == sqliteEngine {
		return nil
	}
	return tx.Exec("SELECT 1 FROM account_days WHERE account_id = ? ORDER BY day FOR UPDATE", accountID).Error
}

// takeOutDays takes the sums of a domain out of those of its account.
func takeOutDays(tx *gorm.DB, d Domain) error {
	for _, step := range []string{
		"UPDATE account_days SET successful = successful - t.s, failed = failed - t.f, reports = reports - t.r" +
			" FROM (SELECT day, SUM(successful) AS s, SUM(failed) AS f, SUM(reports) AS r FROM daily_totals WHERE domain_id = @domain GROUP BY day) AS t" +
			" WHERE account_days.account_id = @account AND account_days.day = t.day",
		"DELETE FROM account_days WHERE account_id = @account AND reports = 0",
	} {
		if err := tx.Exec(step, map[string]any{"domain": d.ID, "account": d.AccountID}).Error; err != nil {
			return err
		}
	}
	return nil
}

func removeDomainRows(tx *gorm.DB, d Domain) error {
	if err := takeOutDays(tx, d); err != nil {
		return err
	}
	steps := []string{
		"DELETE FROM daily_totals WHERE domain_id = @domain",
		"DELETE FROM daily_policies WHERE domain_id = @domain",
		"DELETE FROM daily_failures WHERE domain_id = @domain",
		"DELETE FROM failure_details WHERE domain_id = @domain",
		"DELETE FROM policy_results WHERE domain_id = @domain",
		"DELETE FROM reports WHERE domain_id = @domain",
		"DELETE FROM delivery_bodies WHERE delivery_id IN (SELECT id FROM deliveries WHERE domain_id = @domain)",
		"DELETE FROM deliveries WHERE domain_id = @domain",
		"DELETE FROM intake_days WHERE owner = @domain",
		"DELETE FROM domains WHERE account_id = @account AND id = @domain",
	}
	for _, step := range steps {
		if err := tx.Exec(step, map[string]any{"domain": d.ID, "account": d.AccountID}).Error; err != nil {
			return err
		}
	}
	return nil
}

// WatchDomain notes that a person has the setup page of a domain open for the
// next while, and brings its next check forward. It writes only when there is
// something to change, as every poll of the page calls it.
func (s *Store) WatchDomain(ctx context.Context, d Domain, until, next time.Time) error {
	return s.write.WithContext(ctx).Exec(
		"UPDATE domains SET watched_until = ?, next_check_at = CASE WHEN next_check_at > ? THEN ? ELSE next_check_at END WHERE account_id = ? AND id = ?",
		until.UTC(), next.UTC(), next.UTC(), d.AccountID, d.ID).Error
}
