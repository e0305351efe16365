package models

import (
	"context"
	"fmt"
	"time"

	"github.com/sealpost/sealpost/internal/ledger"
)

// Ledger reads what is counted for a domain from one day to another. Whole
// pages are read, so it may reach further on both sides. Who is done with it may
// give it back by ReleaseLedger.
func (s *Store) Ledger(ctx context.Context, d Domain, span Span) (*ledger.Ledger, error) {
	from, to := ledger.PageOf(int32(span.From)), ledger.PageOf(int32(span.To))
	type read struct {
		page int32
		data []byte
	}
	pages := make([]read, 0, to-from+1)
	err := s.asking(ctx).each(ctx, "SELECT page, data FROM ledger_pages WHERE domain_id = ? AND page BETWEEN ? AND ? ORDER BY page", []any{d.ID, from, to},
		func(scan func(...any) error) error {
			var r read
			err := scan(&r.page, &r.data)
			pages = append(pages, r)
			return err
		})
	if err != nil {
		return nil, err
	}
	l, _ := s.ledgers.Get().(*ledger.Ledger)
	if l == nil {
		l = &ledger.Ledger{}
	}
	l.Expect(len(pages))
	for _, r := range pages {
		if err := (ledgerPage{d.ID, r.page}).readInto(l, r.data); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// ReleaseLedger gives the memory of a ledger to the next that is read: that of a
// year is most of what a page of it asks for. The ledger must not be used again;
// what was summed from it may.
func (s *Store) ReleaseLedger(l *ledger.Ledger) {
	l.Reset()
	s.ledgers.Put(l)
}

// ledgerPage names a row of ledger_pages.
type ledgerPage struct {
	domainID string
	page     int32
}

// readInto adds what a page holds to a ledger. data is nil for one that is not there.
func (at ledgerPage) readInto(l *ledger.Ledger, data []byte) error {
	if data == nil {
		return nil
	}
	if err := l.Read(at.page, data); err != nil {
		return fmt.Errorf("page %d of the ledger of %s: %w", at.page, at.domainID, err)
	}
	return nil
}

// readPages reads those of some pages that are there.
func readPages(ctx context.Context, on direct, pages []ledgerPage) (map[ledgerPage][]byte, error) {
	keys := make([][]any, len(pages))
	for i, at := range pages {
		keys[i] = []any{at.domainID, at.page}
	}
	found := make(map[ledgerPage][]byte, len(pages))
	err := on.eachIn(ctx, "SELECT domain_id, page, data FROM ledger_pages WHERE (domain_id, page) IN", keys, "", nil, func(scan func(...any) error) error {
		var at ledgerPage
		var data []byte
		err := scan(&at.domainID, &at.page, &data)
		found[at] = data
		return err
	})
	return found, err
}

// writeLedger makes the ledgers say of some cells what the daily tables say now.
func writeLedger(ctx context.Context, on direct, today Day, cells []cell, now map[cellKey]*ledger.Cell) error {
	var pages []ledgerPage
	accounts := map[string]string{} // of the domains
	parts := map[ledgerPage][]ledger.Cell{}
	for _, c := range cells {
		at := ledgerPage{c.DomainID, ledger.PageOf(int32(c.Day))}
		if parts[at] == nil {
			pages = append(pages, at)
		}
		entry := ledger.Cell{Day: int32(c.Day), Reporter: c.Reporter, Arrived: ledger.Unknown}
		if is := now[c.key()]; is != nil {
			entry = *is
		}
		parts[at] = append(parts[at], entry)
		accounts[c.DomainID] = c.AccountID
	}
	before, err := readPages(ctx, on, pages)
	if err != nil {
		return err
	}
	after := make(map[ledgerPage][]byte, len(pages))
	for _, at := range pages {
		l := &ledger.Ledger{}
		if err := at.readInto(l, before[at]); err != nil {
			return err
		}
		for _, c := range parts[at] {
			l.Put(c)
		}
		after[at] = l.Page(at.page)
	}
	if err := savePages(ctx, on, after); err != nil {
		return err
	}
	return writeRecents(ctx, on, today, accounts)
}

// savePages stores pages, and removes those that are nil.
func savePages(ctx context.Context, on direct, pages map[ledgerPage][]byte) error {
	var rows [][]any
	for at, data := range pages {
		if data != nil {
			rows = append(rows, []any{at.domainID, at.page, data})
			continue
		}
		if err := on.exec(ctx, "DELETE FROM ledger_pages WHERE domain_id = ? AND page = ?", at.domainID, at.page); err != nil {
			return err
		}
	}
	return on.insert(ctx, "INSERT INTO ledger_pages (domain_id, page, data)", "(?, ?, ?)",
		" ON CONFLICT (domain_id, page) DO UPDATE SET data = excluded.data", rows)
}

// hoursAfter is how long after the first instant of a day something came, 0
// for what came before it.
func hoursAfter(day Day, t time.Time) int32 {
	return int32(min(max(t.Sub(day.Time())/time.Hour, 0), 10_000))
}
