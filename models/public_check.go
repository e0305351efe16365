package models

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// PublicCheck is a check of a domain that some visitor has asked for. There is
// one row for a domain, however many ask: it belongs to no account.
type PublicCheck struct {
	Domain       string `gorm:"primaryKey"` // as domainname.Parse gives it
	AskedAt      time.Time
	Due          bool // asked for, and not answered since
	ClaimedUntil *time.Time
	ClaimedBy    string
	CheckedAt    *time.Time // nil before the first answer
	Result       PublicResult
}

// PublicResult is what a check without an account has found. It is stored and
// read whole.
type PublicResult struct {
	Verdict   string          `json:"verdict"`
	Effective bool            `json:"effective"`
	Delegated bool            `json:"delegated"`
	CNAME     string          `json:"cname"`
	Record    string          `json:"record"` // what a sender reads, "" for nothing
	Mail      PublicMail      `json:"mail"`
	Findings  []PublicFinding `json:"findings"` // most severe first
	Senders   []PublicSender  `json:"senders"`
	Servers   []PublicServer  `json:"servers"`
}

// PublicMail is how the domain takes mail. Known is false when nobody answered.
type PublicMail struct {
	Known   bool       `json:"known"`
	MX      []PublicMX `json:"mx"`
	Address bool       `json:"address"` // an A or AAAA record; looked for only without MX
}

// PublicMX is one mail exchanger; Host is "." in a null MX (RFC 7505).
type PublicMX struct {
	Preference uint16 `json:"preference"`
	Host       string `json:"host"`
}

// PublicFinding is a finding with the senders that are known to drop the
// record because of it, and those that lose a part.
type PublicFinding struct {
	Finding
	Drops []string `json:"drops,omitempty"`
	Cuts  []string `json:"cuts,omitempty"`
}

// PublicSender is what one family of senders makes of the record.
type PublicSender struct {
	Family  string   `json:"family"`
	Outcome string   `json:"outcome"`
	Useful  []string `json:"useful"` // destinations that it can deliver to
}

// PublicServer is what one server answered.
type PublicServer struct {
	Server  string   `json:"server"`
	Addr    string   `json:"addr"`
	Kind    string   `json:"kind"`
	CNAME   string   `json:"cname"`
	TXT     []string `json:"txt"`
	Rcode   string   `json:"rcode"`
	TTL     uint32   `json:"ttl"`
	EDE     string   `json:"ede,omitempty"` // why it failed, in its own words (RFC 8914)
	Error   string   `json:"error"`
	Verdict string   `json:"verdict"`
}

// Value implements driver.Valuer.
func (r PublicResult) Value() (driver.Value, error) {
	b, err := json.Marshal(r)
	return string(b), err
}

// Scan implements sql.Scanner.
func (r *PublicResult) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), r)
	case []byte:
		return json.Unmarshal(v, r)
	default:
		return fmt.Errorf("a result cannot be read from %T", src)
	}
}

// GormDataType names the column type that gorm would make.
func (PublicResult) GormDataType() string { return "text" }

// maxPublicDue bounds how many public checks wait at once: more than that would
// be answered too late for anybody to be still looking.
const maxPublicDue = 500

// PublicCheck gives the check of a domain; ErrNotFound when nobody has asked
// for one lately.
func (s *Store) PublicCheck(ctx context.Context, domain string) (PublicCheck, error) {
	return first[PublicCheck](s.reader(ctx).Where("domain = ?", domain))
}

// AskPublicCheck makes a check of domain due, if it is not already. What the
// last one found stays readable until the new one is done. ErrQuota when too
// many wait.
func (s *Store) AskPublicCheck(ctx context.Context, domain string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		var waiting int64
		if err := tx.Model(&PublicCheck{}).Where("due").Count(&waiting).Error; err != nil {
			return err
		}
		if waiting >= maxPublicDue {
			return ErrQuota
		}
		empty := PublicResult{}
		return tx.Exec("INSERT INTO public_checks (domain, asked_at, due, claimed_by, result) VALUES (?, ?, TRUE, '', ?)"+
			" ON CONFLICT (domain) DO UPDATE SET due = TRUE, asked_at = excluded.asked_at WHERE NOT public_checks.due", domain, now, empty).Error
	})
}

// ClaimPublicChecks gives holder up to limit domains that visitors wait for,
// the longest waiting first, and keeps them from all others for the length of
// lease.
func (s *Store) ClaimPublicChecks(ctx context.Context, holder string, limit int, lease time.Duration) ([]string, error) {
	var domains []string
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		return tx.Raw("UPDATE public_checks SET claimed_by = @holder, claimed_until = @until WHERE domain IN ("+
			"SELECT domain FROM public_checks WHERE due AND (claimed_until IS NULL OR claimed_until <= @now)"+
			" ORDER BY asked_at LIMIT @limit"+s.forUpdate(true)+") RETURNING domain",
			map[string]any{"holder": holder, "until": now.Add(lease), "now": now, "limit": limit}).Scan(&domains).Error
	})
	return domains, err
}

// SavePublicCheck stores what holder has found and ends its claim. ErrLost when
// the claim has passed to another.
func (s *Store) SavePublicCheck(ctx context.Context, holder, domain string, result PublicResult) error {
	now := s.now()
	done := s.write.WithContext(ctx).Exec("UPDATE public_checks SET due = FALSE, checked_at = ?, result = ?, claimed_by = '', claimed_until = NULL"+
		" WHERE domain = ? AND claimed_by = ? AND claimed_until > ?", now, result, domain, holder, now)
	if done.Error == nil && done.RowsAffected == 0 {
		return ErrLost
	}
	return outcome(done.Error)
}

// RemoveOldPublicChecks forgets the domains that nobody has asked for since.
func (s *Store) RemoveOldPublicChecks(ctx context.Context, since time.Time) error {
	return s.write.WithContext(ctx).Exec("DELETE FROM public_checks WHERE asked_at < ?", since.UTC()).Error
}
