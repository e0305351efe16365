package models

import (
	"context"
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
	EndedAt   *time.Time // when a check first saw something else, nil while Current
}

// TableName is the table of observations.
func (Observation) TableName() string { return "dns_observations" }

// place tells the servers of a domain apart.
func (o Observation) place() string { return o.Kind + " " + o.Server + " " + o.Addr }

func saveObservations(tx *gorm.DB, d Domain, c Checked) error {
	var before []Observation
	if err := tx.Where("domain_id = ? AND current", d.ID).Find(&before).Error; err != nil {
		return err
	}
	seen := map[string]Observation{}
	for _, o := range before {
		seen[o.place()] = o
	}
	done := map[string]bool{}
	var fresh []Observation
	for _, o := range c.Servers {
		key := o.place()
		if done[key] {
			continue
		}
		done[key] = true
		old, known := seen[key]
		delete(seen, key)
		if known && len(old.differences(o)) == 0 {
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
		fresh = append(fresh, o)
	}
	if len(fresh) > 0 {
		if err := tx.Create(&fresh).Error; err != nil {
			return err
		}
	}
	for _, o := range seen {
		if err := tx.Model(&Observation{}).Where("id = ?", o.ID).Updates(map[string]any{"current": false, "ended_at": c.At.UTC()}).Error; err != nil {
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
