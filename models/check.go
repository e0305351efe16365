package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// CheckMemory is what the schedule and the next check need to know of the last
// one: dnscheck's State and Observation as JSON, which only dnscheck reads.
type CheckMemory struct {
	DomainID    string `gorm:"primaryKey"`
	State       string
	Observation string
}

// DueDomain is a domain whose check is due, with the memory of the last one,
// which is empty before the first.
type DueDomain struct {
	Domain
	Memory CheckMemory
	// LastReport is the newest day with a counted report, nil before the first.
	LastReport *Day
}

// Checked is the outcome of one check of a domain, to be stored by SaveChecks.
type Checked struct {
	At          time.Time
	State       DomainState
	Proven      bool // the delegation to this token was seen
	Memory      CheckMemory
	NextCheckAt time.Time
	// NextIfWatched is when to check again if a person has opened the setup
	// page while this check ran.
	NextIfWatched time.Time
	Verdict       string
	Effective     bool
	Delegated     bool
	Record        string
	CNAME         string
	Findings      []Finding
	MXHosts       []string // nil when they are not known, which keeps the last ones
	Zone          string   // "" when it was not found, which keeps the last one
	Servers       []Observation
}

// ClaimDueDomains gives holder up to limit domains whose check is due, and
// keeps them from all others for the length of lease. Domains that a person is
// looking at come first, however many others are overdue.
func (s *Store) ClaimDueDomains(ctx context.Context, holder string, limit int, lease time.Duration) ([]DueDomain, error) {
	var due []DueDomain
	err := s.inBackground(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		ids, err := s.claimDomains(tx, s.watchedDomains()+" WHERE watched_until > @now AND ", holder, limit, now, lease)
		if err != nil {
			return err
		}
		if len(ids) < limit {
			more, err := s.claimDomains(tx, "domains WHERE ", holder, limit-len(ids), now, lease)
			if err != nil {
				return err
			}
			ids = append(ids, more...)
		}
		if len(ids) > 0 {
			due, err = withMemory(tx, ids)
		}
		return err
	})
	return due, err
}

// watchedDomains is the table for a look at the few that are watched. SQLite
// would rather go through all that are due, which may be every domain, because
// they are in order already.
func (s *Store) watchedDomains() string {
	if s.engine == sqliteEngine {
		return "domains INDEXED BY domains_watched"
	}
	return "domains"
}

func (s *Store) claimDomains(tx *gorm.DB, from, holder string, limit int, now time.Time, lease time.Duration) (ids []string, err error) {
	err = tx.Raw("UPDATE domains SET claimed_by = @holder, claimed_until = @until, claim_number = claim_number + 1 WHERE id IN ("+
		"SELECT id FROM "+from+"next_check_at <= @now AND (claimed_until IS NULL OR claimed_until <= @now)"+
		" ORDER BY next_check_at LIMIT @limit"+s.forUpdate(true)+") RETURNING id",
		map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit}).Scan(&ids).Error
	return ids, err
}

func withMemory(tx *gorm.DB, ids []string) ([]DueDomain, error) {
	var domains []Domain
	if err := tx.Where("id IN ?", ids).Order("next_check_at, id").Find(&domains).Error; err != nil {
		return nil, err
	}
	var memories []CheckMemory
	if err := tx.Where("domain_id IN ?", ids).Find(&memories).Error; err != nil {
		return nil, err
	}
	reports, err := lastReports(tx, ids)
	due := make([]DueDomain, len(domains))
	for i, d := range domains {
		due[i].Domain, due[i].LastReport = d, reports[d.ID]
		for _, m := range memories {
			if m.DomainID == d.ID {
				due[i].Memory = m
			}
		}
	}
	return due, err
}

// lastReports gives the newest day with a counted report of each domain that
// has one.
func lastReports(tx *gorm.DB, ids []string) (map[string]*Day, error) {
	var rows []struct {
		ID  string
		Day *Day
	}
	err := tx.Raw("SELECT id, (SELECT MAX(day) FROM daily_totals WHERE domain_id = domains.id) AS day FROM domains WHERE id IN ?", ids).Scan(&rows).Error
	days := map[string]*Day{}
	for _, r := range rows {
		days[r.ID] = r.Day
	}
	return days, err
}

// Outcome is what the check of a claimed domain came to.
type Outcome struct {
	Domain  Domain // as ClaimDueDomains gave it
	Checked Checked
}

// SaveChecks stores what checks by holder have found, with the events that
// follow from it, in one transaction, and releases the claims. It gives an error
// or nil for each. ErrLost when that very claim has ended or passed on, be it to
// the same holder, or when the domain is gone; nothing is stored then. One that
// cannot be stored does not keep the others from it.
//
// A power cut may take back what was stored last: the domains are due again
// then, and are checked again (docs/decisions/0022).
func (s *Store) SaveChecks(ctx context.Context, holder string, outcomes []Outcome) []error {
	errs := make([]error, len(outcomes))
	err := s.inBackground(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		if err := s.lockChecked(tx, outcomes); err != nil {
			return err
		}
		for i, o := range outcomes {
			errs[i] = s.saveCheck(tx, holder, o.Domain, o.Checked, now)
			if errs[i] != nil && !errors.Is(errs[i], ErrLost) {
				return errs[i]
			}
		}
		return nil
	})
	if err == nil {
		return errs
	}
	for i := range outcomes {
		if errs[i] = err; len(outcomes) > 1 {
			errs[i] = s.SaveCheck(ctx, holder, outcomes[i].Domain, outcomes[i].Checked)
		}
	}
	return errs
}

// SaveCheck is SaveChecks of one.
func (s *Store) SaveCheck(ctx context.Context, holder string, d Domain, c Checked) error {
	return s.SaveChecks(ctx, holder, []Outcome{{d, c}})[0]
}

func (s *Store) saveCheck(tx *gorm.DB, holder string, d Domain, c Checked, now time.Time) error {
	held, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE id = ? AND claimed_by = ? AND claim_number = ? AND claimed_until > ?",
		d.ID, holder, d.ClaimNumber, now))
	if errors.Is(err, ErrNotFound) {
		return ErrLost
	}
	if err != nil {
		return err
	}
	if held.State != d.State && !c.Proven {
		c.State = held.State // it has moved during the check: only proof moves it again
	}
	if err := saveObservations(tx, held, c); err != nil {
		return err
	}
	if c.MXHosts == nil {
		c.MXHosts = held.MXHosts
	}
	c.Memory.DomainID = held.ID
	if err := tx.Save(&c.Memory).Error; err != nil {
		return err
	}
	if err := s.saveState(tx, held, c, now); err != nil {
		return err
	}
	return recordChanges(tx, held, c, now)
}

// lockChecked holds the domains until the transaction ends, and those of other
// accounts whose name is proven now, so that the proofs of one name take turns.
// All are taken in the same order, so that no two wait for each other.
func (s *Store) lockChecked(tx *gorm.DB, outcomes []Outcome) error {
	if s.engine == sqliteEngine {
		return nil // which has one writer
	}
	ids, proven := make([]string, len(outcomes)), []string{""}
	for i, o := range outcomes {
		if ids[i] = o.Domain.ID; o.Checked.State == Active {
			proven = append(proven, o.Domain.Name)
		}
	}
	return tx.Exec("SELECT 1 FROM domains WHERE id IN ? OR name IN ? ORDER BY name, id FOR UPDATE", ids, proven).Error
}

func (s *Store) saveState(tx *gorm.DB, d Domain, c Checked, now time.Time) error {
	next := c.NextCheckAt
	if d.WatchedUntil != nil && d.WatchedUntil.After(now) && !c.NextIfWatched.IsZero() && c.NextIfWatched.Before(next) {
		next = c.NextIfWatched
	}
	row := map[string]any{
		"state":         c.State,
		"next_check_at": next.UTC(), "claimed_until": nil, "claimed_by": "", "checked_at": c.At.UTC(), "checks": d.Checks + 1,
		"verdict": c.Verdict, "effective": c.Effective, "delegated": c.Delegated, "record": c.Record, "cname": c.CNAME,
		"findings": JSONList[Finding](c.Findings), "mx_hosts": JSONList[string](c.MXHosts),
	}
	if c.Zone != "" {
		row["zone"] = c.Zone
	}
	if c.State != d.State {
		row["state_since"] = now
	}
	if c.Proven && d.VerifiedAt == nil {
		row["verified_at"] = now
	}
	if c.State == Active && d.State != Active {
		if err := handOver(tx, d, now); err != nil {
			return err
		}
	}
	if err := tx.Model(&Domain{}).Where("id = ?", d.ID).Updates(row).Error; err != nil {
		return err
	}
	return requeueAwaiting(tx, d, c.MXHosts, now)
}

// handOver takes "active" from another account that has proven the same name
// before: the newest proof wins, and both are told by an event.
func handOver(tx *gorm.DB, d Domain, now time.Time) error {
	var others []Domain
	if err := tx.Where("name = ? AND state = ? AND id <> ?", d.Name, Active, d.ID).Find(&others).Error; err != nil {
		return err
	}
	for _, other := range others {
		if err := tx.Model(&Domain{}).Where("id = ?", other.ID).Updates(map[string]any{"state": Pending, "state_since": now}).Error; err != nil {
			return err
		}
		if err := recordEvent(tx, other, now, EventPending, "another account has proven this name"); err != nil {
			return err
		}
	}
	return nil
}

func recordChanges(tx *gorm.DB, d Domain, c Checked, now time.Time) error {
	changes := []struct {
		kind    EventKind
		detail  string
		changed bool
	}{
		{EventKind(c.State), "", c.State != d.State},
		{EventVerdict, d.Verdict + " → " + c.Verdict, d.CheckedAt != nil && c.Verdict != d.Verdict},
		{EventRecord, c.Record, d.Record != "" && c.Record != d.Record},
		{EventMX, strings.Join(c.MXHosts, ", "), d.CheckedAt != nil && !slices.Equal(c.MXHosts, d.MXHosts)},
	}
	for _, ch := range changes {
		if !ch.changed {
			continue
		}
		if err := recordEvent(tx, d, now, ch.kind, ch.detail); err != nil {
			return err
		}
	}
	return nil
}
