package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
)

// ReplayDelivery has a delivery in quarantine or without proof read again, as
// if it came now. actor is the person who asked. ErrNotFound when it is not the
// account's or its bytes are past their retention, ErrState when it is in
// another state.
func (s *Store) ReplayDelivery(ctx context.Context, accountID, id, actor string) error {
	return s.requeueOne(ctx, accountID, id, DeliveryEvent{Kind: DeliveryReplayed, Actor: actor}, func(d Delivery) (map[string]any, bool) {
		// What was proven stays proven, though its key may be gone by now.
		again := map[string]any{}
		if d.DKIM != "pass" && d.DKIM != "weak" {
			again["dkim"] = ""
		}
		return again, d.State == DeliveryQuarantined || d.State == DeliveryUnverified
	})
}

// AcceptDelivery has a delivery without proof counted on a member's word
// (rulings.md 10). The errors are those of ReplayDelivery.
func (s *Store) AcceptDelivery(ctx context.Context, accountID, id, actor string) error {
	now := s.now()
	return s.requeueOne(ctx, accountID, id, DeliveryEvent{Kind: DeliveryAccepted, Actor: actor}, func(d Delivery) (map[string]any, bool) {
		return map[string]any{"accepted_at": now, "accepted_by": actor}, d.State == DeliveryUnverified
	})
}

// WithdrawDelivery takes AcceptDelivery back.
func (s *Store) WithdrawDelivery(ctx context.Context, accountID, id, actor string) error {
	return s.requeueOne(ctx, accountID, id, DeliveryEvent{Kind: DeliveryWithdrawn, Actor: actor}, func(d Delivery) (map[string]any, bool) {
		return map[string]any{"accepted_at": nil, "accepted_by": ""}, d.AcceptedAt != nil && d.State != DeliveryPending
	})
}

// requeueOne makes a delivery pending again with the changes that change gives,
// if it says that the state allows it.
func (s *Store) requeueOne(ctx context.Context, accountID, id string, e DeliveryEvent, change func(Delivery) (map[string]any, bool)) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		d, err := first[Delivery](tx.Raw("SELECT * FROM deliveries WHERE account_id = ? AND id = ?"+s.forUpdate(false), accountID, id))
		if err != nil {
			return err
		}
		changes, allowed := change(d)
		if !allowed {
			return ErrState
		}
		kept, err := hasBody(tx, id)
		if err != nil {
			return err
		}
		if !kept {
			return ErrNotFound
		}
		e.AccountID, e.DeliveryID = accountID, id
		if err := requeue(tx, e, changes, now); err != nil {
			return err
		}
		return audit(tx, now, accountID, e.Kind.audited(), id, d.facts(), nil)
	})
}

func hasBody(tx *gorm.DB, id string) (bool, error) {
	var kept bool
	err := tx.Raw("SELECT EXISTS (SELECT 1 FROM delivery_bodies WHERE delivery_id = ?)", id).Scan(&kept).Error
	return kept, err
}

// requeue makes a delivery pending. Its reports stay as they are until it is
// judged again.
func requeue(tx *gorm.DB, e DeliveryEvent, changes map[string]any, now time.Time) error {
	changes["state"], changes["next_attempt_at"], changes["attempts"] = DeliveryPending, now, 0
	changes["claimed_by"], changes["claimed_until"] = "", nil
	if err := tx.Model(&Delivery{}).Where("account_id = ? AND id = ?", e.AccountID, e.DeliveryID).Updates(changes).Error; err != nil {
		return err
	}
	return noteDelivery(tx, e, now)
}

// RemoveDelivery deletes a delivery that counts nothing: one in quarantine or
// without proof, with its bytes and what was read of it. ErrState for others.
func (s *Store) RemoveDelivery(ctx context.Context, accountID, id string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		// The domains first, then the delivery, then the reports: so do all who write.
		if err := s.lockDomainsOf(tx, accountID, id); err != nil {
			return err
		}
		d, err := first[Delivery](tx.Raw("SELECT * FROM deliveries WHERE account_id = ? AND id = ?"+s.forUpdate(false), accountID, id))
		if err != nil {
			return err
		}
		if d.State != DeliveryQuarantined && d.State != DeliveryUnverified {
			return ErrState
		}
		var reports []Report
		if err := tx.Where("account_id = ? AND delivery_id = ?", accountID, id).Find(&reports).Error; err != nil {
			return err
		}
		for _, r := range reports {
			if err := deleteReport(tx, r); err != nil {
				return err
			}
		}
		// Its bytes and events go with it.
		if err := tx.Where("account_id = ? AND id = ?", accountID, id).Delete(&Delivery{}).Error; err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditDeliveryRemoved, id, d.facts(), nil)
	})
}

// lockDomainsOf locks the domains that a delivery was sent for or reports on,
// as lockDomains does.
func (s *Store) lockDomainsOf(tx *gorm.DB, accountID, deliveryID string) error {
	if s.engine == sqliteEngine {
		return nil
	}
	return tx.Exec(`SELECT 1 FROM domains WHERE account_id = @account AND id IN (
		SELECT domain_id FROM reports WHERE account_id = @account AND delivery_id = @delivery
		UNION SELECT domain_id FROM deliveries WHERE account_id = @account AND id = @delivery) ORDER BY id FOR UPDATE`,
		map[string]any{"account": accountID, "delivery": deliveryID}).Error
}

func (d Delivery) facts() Facts {
	return Facts{"state": string(d.State), "via": string(d.Via), "received": d.ReceivedAt.UTC().Format(time.RFC3339)}
}

func (k DeliveryEventKind) audited() AuditAction {
	switch k {
	case DeliveryAccepted:
		return AuditDeliveryAccepted
	case DeliveryWithdrawn:
		return AuditDeliveryUndone
	default:
		return AuditDeliveryReplayed
	}
}

// maxRequeued bounds how many deliveries one check of a domain has read again.
// What is beyond it has its turn at the next change.
const maxRequeued = 500

// requeueAwaiting has those deliveries of a domain read again that hold results
// of DANE about a host which has just become known as its mail server: when
// they came it was nobody's (rulings.md 1).
func requeueAwaiting(tx *gorm.DB, d Domain, hosts []string, now time.Time) error {
	var gained []string
	for _, h := range hosts {
		if !slices.Contains(d.MXHosts, h) {
			gained = append(gained, h)
		}
	}
	if len(gained) == 0 {
		return nil
	}
	var waiting []Delivery
	err := tx.Select("id, account_id, awaited_mx").
		Where("domain_id = ? AND awaited_mx <> '[]' AND state <> ? AND id IN (SELECT delivery_id FROM delivery_bodies)", d.ID, DeliveryPending).
		Order("received_at, id").Limit(maxRequeued).Find(&waiting).Error
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if !slices.ContainsFunc(w.AwaitedMX, func(host string) bool { return slices.Contains(gained, host) }) {
			continue
		}
		e := DeliveryEvent{AccountID: w.AccountID, DeliveryID: w.ID, Kind: DeliveryMXKnown}
		if err := requeue(tx, e, map[string]any{}, now); err != nil {
			return err
		}
	}
	return nil
}
