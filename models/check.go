package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Observation is what one server last said about a domain. A row is written
// when the answer changes; until then only LastSeen and TTL move.
type Observation struct {
	ID        int64
	AccountID string
	DomainID  string
	Server    string
	Addr      string
	Kind      string           // authoritative, resolver or own
	CNAME     string           `gorm:"column:cname"`
	TXT       JSONList[string] `gorm:"column:txt"`
	Rcode     string
	TTL       uint32 `gorm:"column:ttl"`
	EDE       string `gorm:"column:ede"`
	Error     string
	Verdict   string
	Current   bool // seen in the last check
	FirstSeen time.Time
	LastSeen  time.Time
}

// TableName is the table of observations.
func (Observation) TableName() string { return "dns_observations" }

// sameAnswer leaves out what differs from one second to the next.
func (o Observation) sameAnswer(p Observation) bool {
	return o.CNAME == p.CNAME && o.Rcode == p.Rcode && o.Error == p.Error && o.Verdict == p.Verdict && slices.Equal(o.TXT, p.TXT)
}

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
}

// Checked is the outcome of one check of a domain, to be stored by SaveCheck.
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
	MXHosts       []string
	Servers       []Observation
}

// ClaimDueDomains gives holder up to limit domains whose check is due, and
// keeps them from all others for the length of lease.
func (s *Store) ClaimDueDomains(ctx context.Context, holder string, limit int, lease time.Duration) ([]DueDomain, error) {
	var due []DueDomain
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		var ids []string
		err := tx.Raw("UPDATE domains SET claimed_by = @holder, claimed_until = @until WHERE id IN ("+
			"SELECT id FROM domains WHERE next_check_at <= @now AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY next_check_at LIMIT @limit"+s.forUpdate(true)+") RETURNING id",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit}).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		due, err = withMemory(tx, ids)
		return err
	})
	return due, err
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
	due := make([]DueDomain, len(domains))
	for i, d := range domains {
		due[i].Domain = d
		for _, m := range memories {
			if m.DomainID == d.ID {
				due[i].Memory = m
			}
		}
	}
	return due, nil
}

// SaveCheck stores what a check of d by holder has found, with the events that
// follow from it, and releases the claim. ErrLost when the claim has passed to
// another worker or the domain is gone; nothing is stored then.
func (s *Store) SaveCheck(ctx context.Context, holder string, d Domain, c Checked) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if c.State == Active {
			if err := s.lockName(tx, d.Name); err != nil {
				return err
			}
		}
		held, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE id = ? AND claimed_by = ? AND claimed_until > ?"+s.forUpdate(false), d.ID, holder, now))
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
		c.Memory.DomainID = held.ID
		if err := tx.Save(&c.Memory).Error; err != nil {
			return err
		}
		if err := s.saveState(tx, held, c, now); err != nil {
			return err
		}
		return recordChanges(tx, held, c, now)
	})
}

// lockName makes the proofs of one name take turns, whichever account they are
// for, and in the same order, so that they never wait for each other.
func (s *Store) lockName(tx *gorm.DB, name string) error {
	if s.engine == sqliteEngine {
		return nil
	}
	return tx.Exec("SELECT 1 FROM domains WHERE name = ? ORDER BY id FOR UPDATE", name).Error
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
	return tx.Model(&Domain{}).Where("id = ?", d.ID).Updates(row).Error
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

func saveObservations(tx *gorm.DB, d Domain, c Checked) error {
	var before []Observation
	if err := tx.Where("domain_id = ? AND current", d.ID).Find(&before).Error; err != nil {
		return err
	}
	seen := map[string]Observation{}
	for _, o := range before {
		seen[o.Kind+" "+o.Server+" "+o.Addr] = o
	}
	done := map[string]bool{}
	for _, o := range c.Servers {
		key := o.Kind + " " + o.Server + " " + o.Addr
		if done[key] {
			continue
		}
		done[key] = true
		old, known := seen[key]
		delete(seen, key)
		if known && old.sameAnswer(o) {
			err := tx.Model(&Observation{}).Where("id = ?", old.ID).Updates(map[string]any{"last_seen": c.At.UTC(), "ttl": o.TTL, "ede": o.EDE}).Error
			if err != nil {
				return err
			}
			continue
		}
		if known {
			seen[key] = old
		}
		o.AccountID, o.DomainID, o.Current, o.FirstSeen, o.LastSeen = d.AccountID, d.ID, true, c.At.UTC(), c.At.UTC()
		if err := tx.Create(&o).Error; err != nil {
			return err
		}
	}
	for _, o := range seen {
		if err := tx.Model(&Observation{}).Where("id = ?", o.ID).Update("current", false).Error; err != nil {
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
		{EventRecord, c.Record, d.CheckedAt != nil && c.Record != d.Record && c.Record != ""},
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

// Observations lists what each server said in the last check of a domain.
func (s *Store) Observations(ctx context.Context, d Domain) ([]Observation, error) {
	var observations []Observation
	err := s.reader(ctx).Where("account_id = ? AND domain_id = ? AND current", d.AccountID, d.ID).
		Order("kind, server, addr").Find(&observations).Error
	return observations, err
}
