package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Removal says what ends together with a membership. Tokens and links belong to
// the account and else go on, but who made them has seen their secrets.
type Removal struct {
	Tokens bool // the API tokens that the person has made
	Links  bool // and their read-only links
}

// Handiwork is what a person has made in an account that works without them.
type Handiwork struct {
	Tokens []APIToken // in force, newest first
	Links  []NamedLink
}

// NamedLink is a read-only link with the name of its domain.
type NamedLink struct {
	ShareLink
	Domain string
}

// HandiworkOf lists what a person has made in an account and is in force.
func (s *Store) HandiworkOf(ctx context.Context, accountID, userID string) (h Handiwork, err error) {
	now := s.now()
	err = s.reader(ctx).Where("account_id = ? AND created_by = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", accountID, userID, now).
		Order("created_at DESC, id DESC").Find(&h.Tokens).Error
	if err != nil {
		return h, err
	}
	h.Links, err = linksOf(s.reader(ctx), now, accountID, userID)
	return h, err
}

// linksOf lists the read-only links that a person has made in an account and are
// in force, by domain.
func linksOf(db *gorm.DB, now time.Time, accountID, userID string) (links []NamedLink, err error) {
	err = db.Table("share_links").Select("share_links.*, domains.name AS domain").
		Joins("JOIN domains ON domains.id = share_links.domain_id").
		Where("share_links.account_id = ? AND share_links.created_by = ? AND share_links.expires_at > ?", accountID, userID, now).
		Order("domains.name, share_links.id").Find(&links).Error
	return links, err
}

// apply ends what a member has made.
func (r Removal) apply(tx *gorm.DB, now time.Time, m Membership) error {
	if r.Tokens {
		if err := revokeTokensOf(tx, now, m); err != nil {
			return err
		}
	}
	if r.Links {
		return takeBackLinksOf(tx, now, m)
	}
	return nil
}

// revokeTokensOf ends the tokens that a member has made. Those of a member limited
// to tags end in any case: with the membership the limit goes, and they would see all.
func revokeTokensOf(tx *gorm.DB, now time.Time, m Membership) error {
	var tokens []APIToken
	if err := tx.Where("account_id = ? AND created_by = ? AND revoked_at IS NULL", m.AccountID, m.UserID).Order("id").Find(&tokens).Error; err != nil {
		return err
	}
	for _, t := range tokens {
		if err := t.revoke(tx, now); err != nil {
			return err
		}
	}
	return nil
}

func takeBackLinksOf(tx *gorm.DB, now time.Time, m Membership) error {
	links, err := linksOf(tx, now, m.AccountID, m.UserID)
	if err != nil || len(links) == 0 {
		return err
	}
	if err := tx.Where("account_id = ? AND created_by = ?", m.AccountID, m.UserID).Delete(&ShareLink{}).Error; err != nil {
		return err
	}
	events := make([]AuditEvent, len(links))
	for i, l := range links {
		events[i] = AuditEvent{Object: l.Domain, Before: l.facts().text()}
	}
	return auditAll(tx, now, m.AccountID, AuditLinkTakenBack, events)
}
