package models

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
)

// recentSpan is how far back the problems of the lists over all domains reach.
const recentSpan = 30

// problemsKept is how many problems of a domain those lists know.
const problemsKept = 20

// writeRecents computes the rows of some domains in the lists over all domains
// anew, and what lists sort them by. accounts says whose the domains are.
func writeRecents(ctx context.Context, on direct, today Day, accounts map[string]string) error {
	ids := slices.Sorted(maps.Keys(accounts))
	list, args := idsIn(ids)
	for _, table := range []string{"domain_recents", "domain_problems"} {
		if err := on.exec(ctx, "DELETE FROM "+table+" WHERE domain_id IN "+list, args...); err != nil {
			return err
		}
	}
	ledgers, err := newestPages(ctx, on, ids)
	if err != nil {
		return err
	}
	var recents, problems [][]any
	for _, id := range ids {
		l := ledgers[id]
		if l == nil {
			if err := saveRank(ctx, on, id, rankOf(today, ledger.Recent{}, nil)); err != nil {
				return err
			}
			continue
		}
		recent := l.Recent()
		reporter, at, err := newestReport(ctx, on, id)
		if err != nil {
			return err
		}
		recents = append(recents, []any{id, accounts[id], recent.Bytes(), reporter, at})
		if err := saveRank(ctx, on, id, rankOf(today, recent, at)); err != nil {
			return err
		}
		found := l.ProblemParts(recent.Last-recentSpan+1, recent.Last)
		for _, p := range found[:min(len(found), problemsKept)] {
			problems = append(problems, []any{id, p.ResultType, p.MX, p.Reason, accounts[id], p.Sessions, p.Reporters, reportersOf(p), p.First, p.Last})
		}
	}
	err = on.insert(ctx, "INSERT INTO domain_recents (domain_id, account_id, days, reporter, received_at)", "(?, ?, ?, ?, ?)", "", recents)
	if err != nil {
		return err
	}
	return on.insert(ctx, "INSERT INTO domain_problems (domain_id, result_type, receiving_mx, reason, account_id, sessions, reporters, reporter_list, first_day, last_day)",
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "", problems)
}

// reportersKept is how many reporters a problem in those lists names.
const reportersKept = 5

func reportersOf(p ledger.ProblemParts) (names JSONList[string]) {
	for _, r := range p.ByReporter[:min(len(p.ByReporter), reportersKept)] {
		names = append(names, r.Name)
	}
	return names
}

// newestPages reads the last two pages of some domains. A domain that has none
// is left out.
func newestPages(ctx context.Context, on direct, ids []string) (map[string]*ledger.Ledger, error) {
	var pages []ledgerPage
	list, args := idsIn(ids)
	err := on.each(ctx, "SELECT domain_id, MAX(page) FROM ledger_pages WHERE domain_id IN "+list+" GROUP BY domain_id", args, func(scan func(...any) error) error {
		var last ledgerPage
		err := scan(&last.domainID, &last.page)
		pages = append(pages, ledgerPage{last.domainID, last.page - 1}, last)
		return err
	})
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	found, err := readPages(ctx, on, pages)
	if err != nil {
		return nil, err
	}
	ledgers := map[string]*ledger.Ledger{}
	for _, at := range pages {
		if ledgers[at.domainID] == nil {
			ledgers[at.domainID] = &ledger.Ledger{}
		}
		if err := at.readInto(ledgers[at.domainID], found[at]); err != nil {
			return nil, err
		}
	}
	return ledgers, nil
}

// newestReport finds who sent the newest counted report of a domain, and when
// it came; nil when its rows are past their retention.
func newestReport(ctx context.Context, on direct, domainID string) (reporter string, at *time.Time, err error) {
	err = on.each(ctx, `SELECT reporter, received_at FROM reports WHERE domain_id = ? AND standing = 'counted'
		ORDER BY day DESC, received_at DESC LIMIT 1`, []any{domainID}, func(scan func(...any) error) error {
		var received time.Time
		err := scan(&reporter, &received)
		received = received.UTC()
		at = &received
		return err
	})
	return reporter, at, err
}
