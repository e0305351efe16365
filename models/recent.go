package models

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
)

// DomainRecent is what lists of domains show of the newest days of one.
type DomainRecent struct {
	ledger.Recent
	Reporter   string    // of the newest report; "" when it is past its retention
	ReceivedAt time.Time // zero as well then
}

// Recents reads the newest days of the given domains of an account. A domain
// without counted reports is left out.
func (s *Store) Recents(ctx context.Context, accountID string, domainIDs []string) (map[string]DomainRecent, error) {
	recents := make(map[string]DomainRecent, len(domainIDs))
	q := s.reader(ctx).Raw("SELECT domain_id, days, reporter, received_at FROM domain_recents WHERE account_id = ? AND domain_id IN ?", accountID, domainIDs)
	err := eachRow(q, func(scan func(...any) error) error {
		var id string
		var days []byte
		var at *time.Time
		var r DomainRecent
		if err := scan(&id, &days, &r.Reporter, &at); err != nil {
			return err
		}
		if at != nil {
			r.ReceivedAt = at.UTC()
		}
		var err error
		r.Recent, err = ledger.ReadRecent(days)
		recents[id] = r
		return err
	})
	return recents, err
}

// ranked is a domain with what it is sorted by.
type ranked struct {
	id, name string
	key      float64
}

// domainsByRecent sorts the matching domains by their newest days. An account
// has two thousand domains at most, of which it reads some bytes each.
func (s *Store) domainsByRecent(ctx context.Context, accountID string, f DomainFilter, order DomainOrder, span Span) ([]Domain, int64, error) {
	var all []ranked
	q := s.matchingDomains(ctx, accountID, f).Select("domains.id, domains.name, r.days, r.received_at").
		Joins("LEFT JOIN domain_recents r ON r.domain_id = domains.id")
	err := eachRow(q, func(scan func(...any) error) error {
		var d ranked
		var days []byte
		var at *time.Time
		if err := scan(&d.id, &d.name, &days, &at); err != nil {
			return err
		}
		d.key = order.key(days, at, span)
		all = append(all, d)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.name, b.name)) })
	total := len(all)
	all = all[min(f.Offset, total):]
	if f.Limit > 0 {
		all = all[:min(f.Limit, len(all))]
	}
	domains, err := s.domainsOf(ctx, accountID, all)
	return domains, int64(total), err
}

// key is the number that an order sorts by, largest first; -1 for a domain
// that has none.
func (o DomainOrder) key(days []byte, at *time.Time, span Span) float64 {
	if o == ByLastReport {
		if at == nil {
			return -1
		}
		return float64(at.Unix())
	}
	recent, err := ledger.ReadRecent(days)
	if err != nil {
		return -1 // none is stored
	}
	successful, failed := recent.Sum(int32(span.From), int32(span.To))
	switch {
	case successful+failed == 0:
		return -1
	case o == ByFailureShare:
		return float64(failed) / float64(successful+failed)
	default:
		return float64(successful + failed)
	}
}

// domainsOf reads some domains in the order given.
func (s *Store) domainsOf(ctx context.Context, accountID string, order []ranked) ([]Domain, error) {
	ids := make([]string, len(order))
	place := make(map[string]int, len(order))
	for i, d := range order {
		ids[i], place[d.id] = d.id, i
	}
	var domains []Domain
	err := s.reader(ctx).Where("account_id = ? AND id IN ?", accountID, ids).Find(&domains).Error
	slices.SortFunc(domains, func(a, b Domain) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return domains, err
}
