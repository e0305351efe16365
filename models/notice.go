package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// NoticeKind is what an account is told of.
type NoticeKind string

// The kinds of notices.
const (
	NoticeDomainRemoved NoticeKind = "domain-removed" // never seen in DNS; the subject is its name
	NoticeMailbox       NoticeKind = "mailbox"        // the subject is which, the detail what became of it
)

// Notice tells an account of something that no domain of it remembers.
type Notice struct {
	ID        int64
	AccountID string
	At        time.Time
	Kind      NoticeKind
	Subject   string
	Detail    string
}

// TableName is the table of notices.
func (Notice) TableName() string { return "account_notices" }

// Notices lists the newest notices of an account since a time.
func (s *Store) Notices(ctx context.Context, accountID string, since time.Time, limit int) ([]Notice, error) {
	var notices []Notice
	err := s.asking(ctx).each(ctx, "SELECT id, at, kind, subject, detail FROM account_notices WHERE account_id = ? AND at >= ? ORDER BY at DESC, id DESC LIMIT ?",
		[]any{accountID, since.UTC(), limit}, func(scan func(...any) error) error {
			n := Notice{AccountID: accountID}
			err := scan(&n.ID, &n.At, &n.Kind, &n.Subject, &n.Detail)
			notices = append(notices, n)
			return err
		})
	return notices, err
}

// unseenBatch bounds how many domains one step of RemoveUnseenDomains takes.
const unseenBatch = 50

// neverSeen holds for a domain that nothing would be lost with: its delegation
// was never seen, and no report came for it by any way.
const neverSeen = "state = ? AND verified_at IS NULL AND NOT delegated" +
	" AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.domain_id = domains.id)" +
	" AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.domain_id = domains.id)" +
	" AND NOT EXISTS (SELECT 1 FROM daily_totals WHERE daily_totals.domain_id = domains.id)"

// RemoveUnseenDomains removes pending domains that were registered before a
// time, were never seen in DNS and never got a report, some at a time, and
// leaves a notice to their accounts (rulings.md 14). done is true when none is
// left.
func (s *Store) RemoveUnseenDomains(ctx context.Context, before time.Time) (done bool, err error) {
	var unseen []Domain
	err = s.reader(asSystem(ctx)).Where(neverSeen+" AND created_at < ?", Pending, before.UTC()).Order("id").Limit(unseenBatch).Find(&unseen).Error
	for _, d := range unseen {
		if err != nil {
			return false, err
		}
		err = s.removeUnseen(ctx, d)
	}
	return len(unseen) < unseenBatch, err
}

func (s *Store) removeUnseen(ctx context.Context, d Domain) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		still, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE id = ? AND "+neverSeen+s.forUpdate(false), d.ID, Pending))
		if err != nil {
			return ignoreNotFound(err)
		}
		if err := s.removeLocked(tx, still, now); err != nil {
			return err
		}
		return tx.Create(&Notice{
			AccountID: d.AccountID, At: now, Kind: NoticeDomainRemoved, Subject: d.Name,
			Detail: "registered on " + d.CreatedAt.UTC().Format(time.DateOnly) + " and never seen in DNS",
		}).Error
	})
}
