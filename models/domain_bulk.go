package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// DomainRoom is how full an account is, and how many more domains it may
// register now: Left is below zero when the quotas were lowered since.
type DomainRoom struct {
	Total, Pending, Left int
}

// DomainRoom counts the domains of an account.
func (s *Store) DomainRoom(ctx context.Context, accountID string) (DomainRoom, error) {
	return s.room(s.reader(ctx), accountID)
}

func (s *Store) room(db *gorm.DB, accountID string) (DomainRoom, error) {
	var r DomainRoom
	err := db.Raw("SELECT COUNT(*) AS total, COALESCE(SUM(CASE WHEN state = 'pending' THEN 1 ELSE 0 END), 0) AS pending FROM domains WHERE account_id = ?",
		accountID).Scan(&r).Error
	r.Left = min(s.Quotas.Domains-r.Total, s.Quotas.PendingDomains-r.Pending)
	return r, err
}

// AddedDomain is what became of one name of AddDomains. Err is nil, ErrTaken
// or ErrQuota.
type AddedDomain struct {
	Domain Domain
	Err    error
}

// AddDomains registers many names, which domainname.Parse must have accepted,
// as AddDomain does one, in one transaction. A name that cannot be added does
// not keep the others from it. The result has the order of names.
func (s *Store) AddDomains(ctx context.Context, accountID string, names []string) ([]AddedDomain, error) {
	added := make([]AddedDomain, len(names))
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		left, err := s.domainsLeft(tx, accountID)
		if err != nil {
			return err
		}
		taken, err := takenNames(tx, accountID, names)
		if err != nil {
			return err
		}
		for i, name := range names {
			switch {
			case taken[name]:
				added[i].Err = ErrTaken
			case left <= 0:
				added[i].Err = ErrQuota
			default:
				if added[i].Domain, err = s.createDomain(tx, now, accountID, name); err != nil {
					return err
				}
				taken[name] = true
				left--
			}
		}
		return nil
	})
	return added, outcome(err)
}

func takenNames(tx *gorm.DB, accountID string, names []string) (map[string]bool, error) {
	var have []string
	err := tx.Raw("SELECT name FROM domains WHERE account_id = ? AND name IN ?", accountID, names).Scan(&have).Error
	taken := make(map[string]bool, len(have))
	for _, name := range have {
		taken[name] = true
	}
	return taken, err
}
