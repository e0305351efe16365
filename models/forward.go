package models

import (
	"context"
	"crypto/sha256"
	"net/url"
	"time"

	"gorm.io/gorm"
)

// ForwardKind is how a forward reaches its target.
type ForwardKind string

// The kinds of forwards.
const (
	ForwardMail  ForwardKind = "mail"
	ForwardHTTPS ForwardKind = "https"
)

// ForwardOrigin says where a target comes from, and so how it is confirmed.
type ForwardOrigin string

// The origins of a target.
const (
	// ForwardAdded was typed in and is confirmed by its owner (rulings.md 12).
	ForwardAdded ForwardOrigin = "added"
	// ForwardFromRecord was read from the domain's own record before the
	// delegation. It counts once the domain has been proven.
	ForwardFromRecord ForwardOrigin = "record"
)

// ForwardState says whether a target may be sent anything.
type ForwardState string

// The states of a forward.
const (
	ForwardUnconfirmed ForwardState = "unconfirmed"
	ForwardActive      ForwardState = "active"
)

// Forward is a place that the originals of a domain are sent on to.
type Forward struct {
	ID             string
	AccountID      string
	DomainID       string
	Kind           ForwardKind
	Target         string // an address or an https URL
	Origin         ForwardOrigin
	State          ForwardState
	TokenHash      []byte // of the one-time link; empty when there is none
	TokenExpiresAt *time.Time
	Challenge      string // what an https target must echo; "" when there is none
	CreatedAt      time.Time
	ConfirmedAt    *time.Time
	Attempts       int // in a row that have failed
	NextAttemptAt  *time.Time
	ClaimedUntil   *time.Time
	ClaimedBy      string
	LastSuccessAt  *time.Time
	LastErrorAt    *time.Time
	LastError      string
}

const (
	// forwardsPerDomain bounds the targets of one domain.
	forwardsPerDomain = 10
	// forwardTokenLife is how long the link to confirm a target works.
	forwardTokenLife = 7 * 24 * time.Hour
)

// NewForward is a forward about to be added.
type NewForward struct {
	Kind   ForwardKind
	Target string
	Origin ForwardOrigin
	// Secret confirms the target: it stands in the link of Mail, or is what an
	// https target must echo.
	Secret string
	Mail   *NewMail // asks for the confirmation of a mail target; nil for none
}

func hashForwardToken(secret string) []byte {
	sum := sha256.Sum256([]byte("forward\x00" + secret))
	return sum[:]
}

// AddForward adds a target to a domain and queues the mail that asks to confirm
// it, or the challenge. ErrTaken when the domain has it already, ErrQuota when
// there are too many or too much mail was caused today, ErrRole when who adds it may
// not any more.
func (s *Store) AddForward(ctx context.Context, accountID, domain string, n NewForward) (Forward, error) {
	f := Forward{ID: newID(), AccountID: accountID, Kind: n.Kind, Target: n.Target, Origin: n.Origin, State: ForwardUnconfirmed, TokenHash: []byte{}}
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		d, err := first[Domain](tx.Raw("SELECT * FROM domains WHERE account_id = ? AND name = ?"+s.forUpdate(false), accountID, domain))
		if err != nil {
			return err
		}
		if err := s.mayNow(ctx, tx, accountID, ToManageDomains); err != nil {
			return err
		}
		var count int64
		if err := tx.Model(&Forward{}).Where("account_id = ? AND domain_id = ?", accountID, d.ID).Count(&count).Error; err != nil {
			return err
		}
		if count >= forwardsPerDomain {
			return ErrQuota
		}
		f.DomainID, f.CreatedAt = d.ID, now
		f.ask(n, now)
		if err := tx.Create(&f).Error; err != nil {
			return err
		}
		if err := audit(tx, now, accountID, AuditForwardAdded, d.Name, nil, f.facts()); err != nil || n.Mail == nil {
			return err
		}
		return queueMail(tx, now, *n.Mail)
	})
	return f, outcome(err)
}

// shownTarget is a target without what may be secret of it: the path of a URL.
func (f Forward) shownTarget() string {
	if u, err := url.Parse(f.Target); err == nil && f.Kind == ForwardHTTPS {
		return "https://" + u.Host
	}
	return f.Target
}

func (f Forward) facts() Facts { return Facts{"target": f.shownTarget(), "state": string(f.State)} }

// ask sets what has to be waited for before a new forward is active.
func (f *Forward) ask(n NewForward, now time.Time) {
	switch {
	case n.Origin == ForwardFromRecord:
		f.State, f.ConfirmedAt = ForwardActive, &now
	case n.Kind == ForwardHTTPS:
		f.Challenge, f.NextAttemptAt = n.Secret, &now
	default:
		expires := now.Add(forwardTokenLife)
		f.TokenHash, f.TokenExpiresAt = hashForwardToken(n.Secret), &expires
	}
}

// AskAgain gives an unconfirmed forward a new secret and asks its owner anew.
func (s *Store) AskAgain(ctx context.Context, accountID, id, secret string, mail *NewMail) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		f, err := first[Forward](tx.Where("account_id = ? AND id = ? AND state = ?", accountID, id, ForwardUnconfirmed))
		if err != nil {
			return err
		}
		f.ask(NewForward{Kind: f.Kind, Origin: f.Origin, Secret: secret}, now)
		err = tx.Model(&Forward{}).Where("account_id = ? AND id = ?", accountID, f.ID).Updates(map[string]any{
			"token_hash": f.TokenHash, "token_expires_at": f.TokenExpiresAt, "challenge": f.Challenge,
			"next_attempt_at": f.NextAttemptAt, "attempts": 0, "last_error": "",
		}).Error
		if err != nil {
			return err
		}
		if err := audit(tx, now, accountID, AuditForwardAsked, f.shownTarget(), nil, f.facts()); err != nil || mail == nil {
			return err
		}
		return queueMail(tx, now, *mail)
	})
}

// Forward finds a forward of an account.
func (s *Store) Forward(ctx context.Context, accountID, id string) (Forward, error) {
	return first[Forward](s.reader(ctx).Where("account_id = ? AND id = ?", accountID, id))
}

// ForwardByToken finds the unconfirmed forward that a link is about.
// ErrNotFound when the link is unknown, used or too old.
func (s *Store) ForwardByToken(ctx context.Context, secret string) (Forward, error) {
	return first[Forward](s.reader(asSystem(ctx)).Where("token_hash = ? AND state = ? AND token_expires_at > ?", hashForwardToken(secret), ForwardUnconfirmed, s.now()))
}

// ConfirmByToken uses a link up: its forward is active from then on. A second
// time is ErrNotFound.
func (s *Store) ConfirmByToken(ctx context.Context, secret string) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		f, err := first[Forward](tx.Where("token_hash = ? AND state = ? AND token_expires_at > ?", hashForwardToken(secret), ForwardUnconfirmed, now))
		if err != nil {
			return err
		}
		before := f.facts()
		f.State = ForwardActive
		res := tx.Model(&Forward{}).Where("id = ? AND state = ?", f.ID, ForwardUnconfirmed).
			Updates(map[string]any{"state": f.State, "confirmed_at": now, "token_hash": []byte{}, "token_expires_at": nil})
		if res.Error != nil || res.RowsAffected == 0 {
			return orNotFound(res.Error)
		}
		return audit(tx, now, f.AccountID, AuditForwardConfirmed, f.shownTarget(), before, f.facts())
	})
}

// RemoveForward deletes a forward with what waits for it.
func (s *Store) RemoveForward(ctx context.Context, accountID, id string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		f, err := first[Forward](tx.Where("account_id = ? AND id = ?", accountID, id))
		if err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND id = ?", accountID, id).Delete(&Forward{}).Error; err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditForwardRemoved, f.shownTarget(), f.facts(), nil)
	})
}

// ForwardStatus is a forward with what is known of its queue.
type ForwardStatus struct {
	Forward
	Waiting int64 // originals that are still to be sent
	Failed  int64 // originals that were given up
	Sent    int64 // originals that have arrived
}

// Forwards lists the forwards of a domain, oldest first.
func (s *Store) Forwards(ctx context.Context, d Domain) ([]ForwardStatus, error) {
	var list []ForwardStatus
	err := s.reader(ctx).Table("forwards").Select("forwards.*, COALESCE(q.waiting, 0) AS waiting, COALESCE(q.failed, 0) AS failed, COALESCE(q.sent, 0) AS sent").
		Joins("LEFT JOIN (SELECT forward_id, SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting,"+
			" SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed, SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END) AS sent"+
			" FROM forward_dispatches WHERE domain_id = ? GROUP BY forward_id) q ON q.forward_id = forwards.id", d.ID).
		Where("forwards.account_id = ? AND forwards.domain_id = ?", d.AccountID, d.ID).Order("forwards.created_at, forwards.id").Find(&list).Error
	return list, err
}

// RecordTexts are the TXT records that name servers have shown at the place of
// the domain's record, newest first: where its reports went before the
// delegation.
func (s *Store) RecordTexts(ctx context.Context, d Domain) ([]string, error) {
	var rows []Observation
	err := s.reader(ctx).Where("account_id = ? AND domain_id = ? AND kind = 'authoritative' AND cname = '' AND txt <> '[]'", d.AccountID, d.ID).
		Order("last_seen DESC, id DESC").Limit(20).Find(&rows).Error
	var texts []string
	for _, row := range rows {
		texts = append(texts, row.TXT...)
	}
	return texts, err
}
