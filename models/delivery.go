package models

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Via is the way a delivery came in.
type Via string

// The ways in.
const (
	ViaMail    Via = "mail"
	ViaPost    Via = "post"
	ViaUpload  Via = "upload"
	ViaImport  Via = "import"
	ViaMailbox Via = "mailbox"
)

// DeliveryState says what became of a delivery (rulings.md 14).
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending     DeliveryState = "pending"
	DeliveryCounted     DeliveryState = "counted"
	DeliveryUnverified  DeliveryState = "unverified"
	DeliveryDuplicate   DeliveryState = "duplicate"
	DeliveryQuarantined DeliveryState = "quarantined"
	DeliverySelfTest    DeliveryState = "self-test"
)

// Delivery is one message or POST or file as it arrived. Its bytes are kept
// apart, in delivery_bodies.
type Delivery struct {
	ID           string
	AccountID    string
	DomainID     *string // nil for an upload or import, which is the account's
	Via          Via
	EnvelopeFrom string
	RemoteAddr   string
	FileName     string
	ReceivedAt   time.Time
	Size         int64 // bytes as received
	BodyHash     []byte
	State        DeliveryState
	Reason       string // of a quarantine, from rulings.md 14
	Detail       string // the reason in the parser's words
	DKIM         string `gorm:"column:dkim"` // pass, weak, fail, none, temperror or ""
	DKIMDomain   string `gorm:"column:dkim_domain"`
	DKIMSelector string `gorm:"column:dkim_selector"`
	DKIMReason   string `gorm:"column:dkim_reason"`
	Reporter     string // the identity, once it is known

	JudgedAt   *time.Time // the last time, nil before the first
	AcceptedAt *time.Time // by a member, who vouches for what is not proven
	AcceptedBy string
	// AwaitedMX are hosts in DANE results that are none of its domain's mail
	// servers as far as these are known.
	AwaitedMX JSONList[string] `gorm:"column:awaited_mx"`

	Attempts      int
	NextAttemptAt *time.Time // while pending
	ClaimedUntil  *time.Time
	ClaimedBy     string
}

// DeliveryBody holds a delivery's bytes, compressed with gzip.
type DeliveryBody struct {
	DeliveryID string `gorm:"primaryKey"`
	Body       []byte
}

// NewDelivery is a delivery about to be accepted, with its compressed bytes. Who
// stores it may have claimed it already.
type NewDelivery struct {
	Delivery
	Body []byte
}

// SaveDeliveries commits a group of deliveries at once and returns when they
// are on disk: only then may their senders be told that they were accepted.
// ErrQuota when they are more than their owners may get in a day; none is
// stored then.
func (s *Store) SaveDeliveries(ctx context.Context, group []NewDelivery) error {
	over, err := s.SaveAccepts(ctx, [][]NewDelivery{group})
	if err == nil && over[0] {
		return ErrQuota
	}
	return err
}

// SaveAccepts commits several groups of deliveries at once like SaveDeliveries,
// but for those that are beyond a quota, of which over tells.
func (s *Store) SaveAccepts(ctx context.Context, accepts [][]NewDelivery) (over []bool, err error) {
	err = s.inTurn(asSystem(ctx), true, func(tx *gorm.DB, now time.Time) error {
		var stored []NewDelivery
		d := s.within(tx)
		if stored, over, err = s.withinQuota(ctx, d, accepts, now); err != nil {
			return err
		}
		return insertDeliveries(ctx, d, stored, now)
	})
	return over, outcome(err)
}

// insertDeliveries stores deliveries in the order of their ids, which is that of
// time: each is put at the end of its indexes, and pages are filled.
func insertDeliveries(ctx context.Context, on direct, stored []NewDelivery, now time.Time) error {
	slices.SortFunc(stored, func(a, b NewDelivery) int { return cmp.Compare(a.ID, b.ID) })
	rows, bodies := make([][]any, len(stored)), make([][]any, len(stored))
	for i, d := range stored {
		rows[i] = []any{
			d.ID, d.AccountID, d.DomainID, d.Via, d.EnvelopeFrom, d.RemoteAddr, d.FileName, d.ReceivedAt, d.Size, d.BodyHash, now,
			d.Attempts, d.ClaimedBy, d.ClaimedUntil,
		}
		bodies[i] = []any{d.ID, d.Body}
	}
	err := on.insert(ctx, `INSERT INTO deliveries (id, account_id, domain_id, via, envelope_from, remote_addr, file_name, received_at, size, body_hash,
		next_attempt_at, attempts, claimed_by, claimed_until, state, reason, detail, dkim, dkim_domain, dkim_selector, dkim_reason, reporter, accepted_by)`,
		"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '', '', '', '', '', '', '', '')", "", rows)
	if err != nil {
		return err
	}
	return on.insert(ctx, "INSERT INTO delivery_bodies (delivery_id, body)", "(?, ?)", "", bodies)
}

// NewDeliveryID makes the id of a delivery about to be accepted.
func NewDeliveryID() string { return newID() }

// StoredAlready reports whether the identical body was accepted for a domain
// before, by any way but mail: a message has a header of its own.
func (s *Store) StoredAlready(ctx context.Context, domainID string, bodyHash []byte) (bool, error) {
	var one int
	err := s.reading().one(ctx, "SELECT 1 FROM deliveries WHERE domain_id = ? AND (CASE via WHEN 'mail' THEN NULL ELSE body_hash END) = ? LIMIT 1", []any{domainID, bodyHash}, &one)
	return err == nil, ignoreNotFound(err)
}

// readClaimed reads deliveries that have been claimed, oldest first.
func readClaimed(ctx context.Context, on direct, ids []string) ([]Delivery, error) {
	list, args := idsIn(ids)
	claimed := make([]Delivery, 0, len(ids))
	err := on.each(ctx, `SELECT id, account_id, domain_id, via, envelope_from, remote_addr, file_name, received_at, size, body_hash, state, reason, detail,
		dkim, dkim_domain, dkim_selector, dkim_reason, reporter, judged_at, accepted_at, accepted_by, awaited_mx, attempts, next_attempt_at, claimed_until, claimed_by
		FROM deliveries WHERE id IN `+list+" ORDER BY received_at, id", args, func(scan func(...any) error) error {
		var d Delivery
		err := scan(&d.ID, &d.AccountID, &d.DomainID, &d.Via, &d.EnvelopeFrom, &d.RemoteAddr, &d.FileName, &d.ReceivedAt, &d.Size, &d.BodyHash, &d.State, &d.Reason, &d.Detail,
			&d.DKIM, &d.DKIMDomain, &d.DKIMSelector, &d.DKIMReason, &d.Reporter, &d.JudgedAt, &d.AcceptedAt, &d.AcceptedBy, &d.AwaitedMX, &d.Attempts, &d.NextAttemptAt, &d.ClaimedUntil, &d.ClaimedBy)
		claimed = append(claimed, d)
		return err
	})
	return claimed, err
}

// ReleaseDelivery puts a claimed delivery back to be tried again later.
func (s *Store) ReleaseDelivery(ctx context.Context, holder, id string, nextAttempt time.Time, detail string) error {
	return s.putBack(ctx, holder, id, DeliveryFailed, map[string]any{"next_attempt_at": nextAttempt.UTC(), "detail": detail})
}

// PostponeDelivery puts a claimed delivery back that waits for somebody else,
// such as the name servers of its sender: this attempt is no failure.
func (s *Store) PostponeDelivery(ctx context.Context, holder, id string, nextAttempt time.Time, detail string) error {
	return s.putBack(ctx, holder, id, DeliveryWaited, map[string]any{
		"next_attempt_at": nextAttempt.UTC(), "detail": detail, "attempts": gorm.Expr("attempts - 1"),
	})
}

func (s *Store) putBack(ctx context.Context, holder, id string, kind DeliveryEventKind, changes map[string]any) error {
	changes["claimed_by"], changes["claimed_until"] = "", nil
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		d, err := first[Delivery](tx.Where("id = ? AND claimed_by = ? AND state = ?", id, holder, DeliveryPending))
		if err != nil {
			return ignoreNotFound(err)
		}
		if d.DomainID != nil { // which may have been handed over while this came in
			of, err := first[Domain](tx.Select("account_id").Where("id = ?", *d.DomainID))
			if err == nil {
				d.AccountID, changes["account_id"] = of.AccountID, of.AccountID
			} else if err := ignoreNotFound(err); err != nil {
				return err
			}
		}
		if err := tx.Model(&Delivery{}).Where("id = ?", id).Updates(changes).Error; err != nil {
			return err
		}
		detail, _ := changes["detail"].(string)
		return noteDelivery(tx, DeliveryEvent{AccountID: d.AccountID, DeliveryID: id, Kind: kind, Detail: detail}, now)
	})
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// DeliveryBody reads the compressed bytes of a delivery, for a worker that has
// claimed it. ErrNotFound when they are past their retention.
func (s *Store) DeliveryBody(ctx context.Context, id string) ([]byte, error) {
	var body []byte
	err := s.reading().one(ctx, "SELECT body FROM delivery_bodies WHERE delivery_id = ?", []any{id}, &body)
	return body, err
}

// Delivery finds a delivery of an account.
func (s *Store) Delivery(ctx context.Context, accountID, id string) (Delivery, error) {
	return first[Delivery](s.reader(ctx).Where("account_id = ? AND id = ?", accountID, id))
}

// DeliveryFilter narrows the list of an account's deliveries.
type DeliveryFilter struct {
	State  DeliveryState
	Limit  int
	Offset int
}

// Deliveries lists an account's deliveries, newest first, and how many match.
func (s *Store) Deliveries(ctx context.Context, accountID string, f DeliveryFilter) ([]Delivery, int64, error) {
	q := s.reader(ctx).Model(&Delivery{}).Where("account_id = ?", accountID)
	if f.State != "" {
		q = q.Where(inState(f.State), f.State)
	}
	var total int64
	if err := q.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var deliveries []Delivery
	err := q.Order("received_at DESC, id DESC").Limit(f.Limit).Offset(f.Offset).Find(&deliveries).Error
	return deliveries, total, err
}

// inState is the condition that picks deliveries in a state, its one argument.
// The index of what waits is another than that of the rest, and databases find
// out which of them holds a state by words only.
func inState(state DeliveryState) string {
	if state == DeliveryPending {
		return "deliveries.state = 'pending' AND deliveries.state = ?"
	}
	return "deliveries.state <> 'pending' AND deliveries.state = ?"
}

// CountDeliveries says how many deliveries of an account are in a state.
func (s *Store) CountDeliveries(ctx context.Context, accountID string, state DeliveryState) (int64, error) {
	var n int64
	err := s.asking(ctx).one(ctx, "SELECT COUNT(*) FROM deliveries WHERE account_id = ? AND "+inState(state), []any{accountID, state}, &n)
	return n, err
}

// PendingDeliveries says how many deliveries of all accounts wait to be read.
func (s *Store) PendingDeliveries(ctx context.Context) (int64, error) {
	var n int64
	err := s.reading().one(ctx, "SELECT COUNT(*) FROM deliveries WHERE state = 'pending'", nil, &n)
	return n, err
}

// ReleaseAllClaims gives back what a process that is gone has claimed, so that
// its work need not wait for the leases to end. Only who is alone on the
// database may call it (LockForServing on SQLite).
func (s *Store) ReleaseAllClaims(ctx context.Context) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, _ time.Time) error {
		for _, table := range []string{"domains", "forwards", "outgoing_mails", "self_tests", "mailboxes"} {
			if err := tx.Exec("UPDATE " + table + " SET claimed_by = '', claimed_until = NULL WHERE claimed_by <> ''").Error; err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE deliveries SET claimed_by = '', claimed_until = NULL WHERE state = 'pending' AND claimed_by <> ''").Error
	})
}
