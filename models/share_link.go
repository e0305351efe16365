package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// ShareLink lets whoever holds its token see one domain's page, read-only,
// until it expires or is taken back. Only a hash of the token is stored.
type ShareLink struct {
	ID        string `gorm:"primaryKey"`
	AccountID string
	DomainID  string
	Name      string
	TokenHash []byte
	CreatedBy string // the user's id
	CreatedAt time.Time
	ExpiresAt time.Time
}

// MostShareLinks is how many links one domain may have at a time.
const MostShareLinks = 50

// AddShareLink stores a link to a domain for so long. ErrQuota when the domain
// has MostShareLinks, ErrNotFound when the account has it no more, ErrRole when
// who makes the link may not any more.
func (s *Store) AddShareLink(ctx context.Context, d Domain, name, userID string, tokenHash []byte, life time.Duration) (ShareLink, error) {
	link := ShareLink{ID: newID(), AccountID: d.AccountID, DomainID: d.ID, Name: name, TokenHash: tokenHash, CreatedBy: userID}
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.mayShare(ctx, tx, d, now); err != nil {
			return err
		}
		link.CreatedAt, link.ExpiresAt = now, now.Add(life)
		if err := tx.Create(&link).Error; err != nil {
			return err
		}
		return audit(tx, now, d.AccountID, AuditLinkMade, d.Name, nil, link.facts())
	})
	return link, outcome(err)
}

// mayShare holds a domain and says whether one more link to it may be made.
func (s *Store) mayShare(ctx context.Context, tx *gorm.DB, d Domain, now time.Time) error {
	if _, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE account_id = ? AND id = ?"+s.forUpdate(false), d.AccountID, d.ID)); err != nil {
		return err
	}
	if err := s.mayNow(ctx, tx, d.AccountID, ToShare); err != nil {
		return err
	}
	var links int64
	err := tx.Model(&ShareLink{}).Where("account_id = ? AND domain_id = ? AND expires_at > ?", d.AccountID, d.ID, now).Count(&links).Error
	if err == nil && links >= MostShareLinks {
		err = ErrQuota
	}
	return err
}

// ShareLinks lists the links to a domain that are in force, newest first.
func (s *Store) ShareLinks(ctx context.Context, d Domain) ([]ShareLink, error) {
	var links []ShareLink
	err := s.reader(ctx).Where("account_id = ? AND domain_id = ? AND expires_at > ?", d.AccountID, d.ID, s.now()).
		Order("created_at DESC, id DESC").Find(&links).Error
	return links, err
}

// RemoveShareLink takes a link back. ErrNotFound when the domain has it not.
func (s *Store) RemoveShareLink(ctx context.Context, d Domain, id string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		link, err := first[ShareLink](tx.Where("account_id = ? AND domain_id = ? AND id = ?", d.AccountID, d.ID, id))
		if err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND id = ?", d.AccountID, id).Delete(&ShareLink{}).Error; err != nil {
			return err
		}
		return audit(tx, now, d.AccountID, AuditLinkTakenBack, d.Name, link.facts(), nil)
	})
}

func (l ShareLink) facts() Facts {
	return Facts{"name": l.Name, "until": l.ExpiresAt.UTC().Format(time.RFC3339)}
}

// SharedDomain is what the holder of a token may see. ErrNotFound when no link
// in force has it, or its account is suspended or being deleted.
func (s *Store) SharedDomain(ctx context.Context, tokenHash []byte) (ShareLink, Domain, error) {
	link, err := first[ShareLink](s.reader(asSystem(ctx)).Where("token_hash = ? AND expires_at > ?", tokenHash, s.now()))
	if err != nil {
		return ShareLink{}, Domain{}, err
	}
	if _, err := first[Account](s.reader(asSystem(ctx)).Where("id = ? AND state = ?", link.AccountID, AccountActive)); err != nil {
		return ShareLink{}, Domain{}, err
	}
	d, err := first[Domain](s.reader(asSystem(ctx)).Where("account_id = ? AND id = ?", link.AccountID, link.DomainID))
	return link, d, err
}
