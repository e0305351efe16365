package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"gorm.io/gorm"
)

// AuditChain remembers the ends of the chain of an account's audit events, so
// that it shows when events are missing there too.
type AuditChain struct {
	AccountID string `gorm:"primaryKey"`
	Number    int64  // of the newest event
	Hash      []byte
	// GoneNumber and GoneHash are those of the newest event that is past its
	// retention; 0 while none is.
	GoneNumber int64
	GoneHash   []byte
}

// chain adds an event behind the last one of its account. It holds the chain of
// the account until the transaction ends, so it comes last in one: who needs
// the chains of several accounts takes them in the order of their ids.
func chain(tx *gorm.DB, e AuditEvent) error {
	end, err := holdChain(tx, e.AccountID)
	if err != nil {
		return err
	}
	e.Number, e.Previous = end.Number+1, end.Hash
	e.Hash = e.sum()
	if err := tx.Create(&e).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE audit_chains SET number = ?, hash = ? WHERE account_id = ?", e.Number, e.Hash, e.AccountID).Error
}

// holdChain gives the chain of an account, which is begun when there is none.
func holdChain(tx *gorm.DB, accountID string) (AuditChain, error) {
	return first[AuditChain](tx.Raw(`INSERT INTO audit_chains (account_id, number, hash, gone_number, gone_hash) VALUES (?, 0, ?, 0, ?)
		ON CONFLICT (account_id) DO UPDATE SET number = audit_chains.number RETURNING *`, accountID, []byte{}, []byte{}))
}

// sum is the hash of an event: SHA-256 of a word that names this encoding and
// of its fields, each behind its length in eight bytes, so that no two events
// have the same encoding.
func (e AuditEvent) sum() []byte {
	h := sha256.New()
	for _, field := range []string{
		"sealpost audit 1", string(e.Previous), e.AccountID, strconv.FormatInt(e.Number, 10), e.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		e.ActorID, e.Actor, e.Address, string(e.Action), e.Object, e.Before, e.After,
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write([]byte(field))
	}
	return h.Sum(nil)
}

// unchain deletes events that are the oldest of their accounts, and remembers
// where their chains begin from then on.
func unchain(tx *gorm.DB, old []AuditEvent) error {
	ids, last := make([]int64, len(old)), map[string]AuditEvent{}
	for i, e := range old {
		ids[i] = e.ID
		if e.Number > last[e.AccountID].Number {
			last[e.AccountID] = e
		}
	}
	if err := tx.Where("id IN ?", ids).Delete(&AuditEvent{}).Error; err != nil {
		return err
	}
	for _, account := range slices.Sorted(maps.Keys(last)) {
		e := last[account]
		err := tx.Exec("UPDATE audit_chains SET gone_number = ?, gone_hash = ? WHERE account_id = ? AND gone_number < ?", e.Number, e.Hash, account, e.Number).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// AuditProof is what became of a look at all audit events of an account.
type AuditProof struct {
	Fit int64 // so many events fit, the first of them is number First
	// Before is how many events are older than the chain, and proven by nothing.
	Before int64
	First  int64
	// Number and Hash are those of the newest event. Who notes them elsewhere
	// can prove later that nothing up to it was changed.
	Number int64
	Hash   []byte
	// Misfit is the first event that does not fit, nil when all do, and Why says
	// what is wrong with it.
	Misfit *AuditEvent
	Why    string
}

// VerifyAudit computes the chain of an account's audit events anew. ErrNotFound
// when there is no such account.
func (s *Store) VerifyAudit(ctx context.Context, accountID string) (AuditProof, error) {
	var p AuditProof
	err := s.inSnapshot(ctx, func(tx *gorm.DB) error {
		if _, err := first[Account](tx.Where("id = ?", accountID)); err != nil {
			return err
		}
		var known AuditChain
		if err := tx.Where("account_id = ?", accountID).Limit(1).Find(&known).Error; err != nil {
			return err
		}
		p.Number, p.Hash = known.GoneNumber, known.GoneHash
		err := eachPage(func(after *AuditEvent) ([]AuditEvent, error) {
			var events []AuditEvent
			q := tx.Where("account_id = ?", accountID)
			if after != nil {
				q = q.Where("id > ?", after.ID)
			}
			return events, q.Order("id").Limit(exportPage).Find(&events).Error
		}, func(e AuditEvent) error { p.take(e); return nil })
		if p.Misfit == nil && (p.Number != known.Number || !bytes.Equal(p.Hash, known.Hash)) {
			p.Misfit, p.Why = &AuditEvent{Number: known.Number, AccountID: accountID}, "the events after number "+strconv.FormatInt(p.Number, 10)+" are missing"
		}
		return err
	})
	return p, err
}

// take looks at the next event.
func (p *AuditProof) take(e AuditEvent) {
	if p.Misfit != nil {
		return
	}
	switch {
	case e.Number == 0 && p.First == 0 && p.Number == 0:
		p.Before++
		return
	case e.Number == 0:
		p.Why = "it stands outside of the chain"
	case e.Number != p.Number+1:
		p.Why = "number " + strconv.FormatInt(p.Number+1, 10) + " is missing before it"
	case !bytes.Equal(e.Previous, p.Hash):
		p.Why = "it does not follow the one before it"
	case !bytes.Equal(e.Hash, e.sum()):
		p.Why = "it was changed"
	}
	if p.Why != "" {
		p.Misfit = &e
		return
	}
	if p.First == 0 {
		p.First = e.Number
	}
	p.Fit++
	p.Number, p.Hash = e.Number, e.Hash
}
