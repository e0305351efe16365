package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

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
