package models

import (
	"context"
	"time"
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
// has MostShareLinks.
func (s *Store) AddShareLink(ctx context.Context, d Domain, name, userID string, tokenHash []byte, life time.Duration) (ShareLink, error) {
	links, err := s.ShareLinks(ctx, d)
	if err != nil {
		return ShareLink{}, err
	}
	if len(links) >= MostShareLinks {
		return ShareLink{}, ErrQuota
	}
	now := s.now()
	link := ShareLink{
		ID: newID(), AccountID: d.AccountID, DomainID: d.ID, Name: name, TokenHash: tokenHash,
		CreatedBy: userID, CreatedAt: now, ExpiresAt: now.Add(life),
	}
	return link, outcome(s.write.WithContext(ctx).Create(&link).Error)
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
	res := s.write.WithContext(ctx).Where("account_id = ? AND domain_id = ? AND id = ?", d.AccountID, d.ID, id).Delete(&ShareLink{})
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrNotFound
	}
	return res.Error
}

// SharedDomain is what the holder of a token may see. ErrNotFound when no link
// in force has it.
func (s *Store) SharedDomain(ctx context.Context, tokenHash []byte) (ShareLink, Domain, error) {
	link, err := first[ShareLink](s.reader(ctx).Where("token_hash = ? AND expires_at > ?", tokenHash, s.now()))
	if err != nil {
		return ShareLink{}, Domain{}, err
	}
	d, err := first[Domain](s.reader(ctx).Where("account_id = ? AND id = ?", link.AccountID, link.DomainID))
	return link, d, err
}
