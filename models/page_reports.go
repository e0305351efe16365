package models

import (
	"context"

	"gorm.io/gorm"
)

// NamedReport is a report with the name of its domain.
type NamedReport struct {
	Report
	Name string
}

// FirstReport is the report about a domain's earliest day. ErrNotFound when
// there is none.
func (s *Store) FirstReport(ctx context.Context, d Domain) (Report, error) {
	return first[Report](s.reader(ctx).Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID).Order("day, received_at, id"))
}

// OtherVersions counts the reports of the same key with other content
// (rulings.md 6).
func (s *Store) OtherVersions(ctx context.Context, r Report) (int64, error) {
	var n int64
	err := s.reader(ctx).Model(&Report{}).
		Where("domain_id = ? AND account_id = ? AND key_hash = ? AND id <> ?", r.DomainID, r.AccountID, r.KeyHash, r.ID).Count(&n).Error
	return n, err
}

// DomainNames gives the names of an account's domains by their ids.
func (s *Store) DomainNames(ctx context.Context, accountID string, ids []string) (map[string]string, error) {
	var rows []Domain
	err := s.reader(ctx).Select("id, name").Where("account_id = ? AND id IN ?", accountID, ids).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, d := range rows {
		names[d.ID] = d.Name
	}
	return names, err
}

// Kept says what is still there of a delivery.
type Kept struct {
	Body     bool   // the bytes as they arrived
	ReportID string // a report that it brought, or ""
	Trust    Trust  // of that report
	DomainID string // which that report is about
}

// KeptOf says what is still there of each of the given deliveries of an account.
func (s *Store) KeptOf(ctx context.Context, accountID string, ids []string) (map[string]Kept, error) {
	kept := make(map[string]Kept, len(ids))
	err := s.inSnapshot(ctx, func(tx *gorm.DB) error {
		var bodies []string
		err := tx.Raw(`SELECT b.delivery_id FROM delivery_bodies b JOIN deliveries d ON d.id = b.delivery_id
			WHERE d.account_id = ? AND d.id IN ?`, accountID, ids).Scan(&bodies).Error
		if err != nil {
			return err
		}
		var reports []Report
		err = tx.Select("id, delivery_id, domain_id, trust").Where("account_id = ? AND delivery_id IN ?", accountID, ids).Order("id DESC").Find(&reports).Error
		for _, id := range bodies {
			kept[id] = Kept{Body: true}
		}
		for _, r := range reports {
			kept[r.DeliveryID] = Kept{Body: kept[r.DeliveryID].Body, ReportID: r.ID, Trust: r.Trust, DomainID: r.DomainID}
		}
		return err
	})
	return kept, err
}
