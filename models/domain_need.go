package models

import "context"

// muchFailing is the part of a week's sessions, in parts of a billion, from
// which on failing mail goes before a record that only has a flaw.
const muchFailing = 10_000_000

// needParts are the parts of the list of domains ByNeed, one after the other:
// records that do not work, domains that much mail fails to (worst first),
// records with a flaw and those not checked yet, and the rest, failing ones
// first. Each is an order that an index has; one order of all has none.
func needParts() []listPart {
	much, rest := " AND week_failing >= ?", " AND week_failing < ?"
	return []listPart{
		{" AND " + needOrder + " = 0", nil, "name"},
		{" AND " + needOrder + " > 0" + much, []any{muchFailing}, ByFailureShare.terms()},
		{" AND " + needOrder + " BETWEEN 1 AND 2" + rest, []any{muchFailing}, needOrder + ", name"},
		{" AND " + needOrder + " = 3" + rest, []any{muchFailing}, ByFailureShare.terms()},
	}
}

// listPart is a part of a list: what is in it, and how it is sorted.
type listPart struct {
	condition string
	args      []any
	order     string
}

// listByNeed goes through the parts until it has as many domains as asked for.
// It counts a part only where the list begins beyond it.
func (s *Store) listByNeed(ctx context.Context, accountID string, f DomainFilter) ([]ListedDomain, error) {
	conditions, args := f.conditions(accountID)
	var domains []ListedDomain
	skip := f.Offset
	for _, part := range needParts() {
		where, with := conditions+part.condition, append(args[:len(args):len(args)], part.args...)
		query, bound := DomainFilter{Limit: max(f.Limit-len(domains), 0), Offset: skip}.window(listed+where+" ORDER BY "+part.order, with)
		found, err := s.listed(ctx, query, bound)
		if err != nil {
			return nil, err
		}
		domains = append(domains, found...)
		if f.Limit > 0 && len(domains) == f.Limit {
			break
		}
		if skip > 0 {
			var all int
			if err := s.asking(ctx).one(ctx, "SELECT COUNT(*) FROM domains WHERE "+where, with, &all); err != nil {
				return nil, err
			}
			skip = max(skip-all, 0)
		}
	}
	return domains, nil
}
