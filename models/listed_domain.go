package models

import "context"

// ListedDomain is what lists show of a domain. A page has many of them, so that
// nothing else is read.
type ListedDomain struct {
	ID      string
	Name    string
	State   DomainState
	Verdict string // "" before the first check
	Finding string // the most severe of the last check, "" for none
}

// listed begins a query for the columns of a ListedDomain.
const listed = "SELECT id, name, state, CASE WHEN checked_at IS NULL THEN '' ELSE verdict END, findings FROM domains WHERE "

// ListDomains lists an account's domains that match a filter, in an order, and
// says how many match in all. No order costs more with more domains.
func (s *Store) ListDomains(ctx context.Context, accountID string, f DomainFilter, order DomainOrder) ([]ListedDomain, int64, error) {
	conditions, args := f.conditions(accountID)
	var total int64
	if err := s.asking(ctx).one(ctx, "SELECT COUNT(*) FROM domains WHERE "+conditions, args, &total); err != nil {
		return nil, 0, err
	}
	if order == ByNeed {
		domains, err := s.listByNeed(ctx, accountID, f)
		return domains, total, err
	}
	query, args := f.window(listed+conditions+" ORDER BY "+order.terms(), args)
	domains, err := s.listed(ctx, query, args)
	return domains, total, err
}

// DomainsNeedingAHand lists the domains whose last verdict is a failure or
// whose delegation has lapsed.
func (s *Store) DomainsNeedingAHand(ctx context.Context, accountID string, limit int) ([]ListedDomain, error) {
	return s.listed(ctx, listed+"account_id = ? AND (verdict = 'fail' OR state = 'lapsed') ORDER BY state_since DESC, name LIMIT ?", []any{accountID, limit})
}

func (s *Store) listed(ctx context.Context, query string, args []any) ([]ListedDomain, error) {
	var domains []ListedDomain
	err := s.asking(ctx).each(ctx, query, args, func(scan func(...any) error) error {
		var d ListedDomain
		var findings JSONList[Finding]
		err := scan(&d.ID, &d.Name, &d.State, &d.Verdict, &findings)
		if len(findings) > 0 {
			d.Finding = findings[0].Text
		}
		domains = append(domains, d)
		return err
	})
	return domains, err
}
