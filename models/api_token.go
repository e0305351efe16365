package models

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Scope is one thing that an API token may do.
type Scope string

// The scopes of a token. None includes another.
const (
	ScopeRead   Scope = "read"   // see what the account has
	ScopeWrite  Scope = "write"  // change it
	ScopeIngest Scope = "ingest" // bring reports
)

// APIToken lets a program act for an account. Only a hash of it is stored.
type APIToken struct {
	ID        string
	AccountID string
	Name      string
	Start     string // its first characters, which lists show
	TokenHash []byte
	Scopes    JSONList[Scope]
	CreatedBy string // the user's id
	CreatedAt time.Time
	ExpiresAt *time.Time // nil for never
	RevokedAt *time.Time
	// LastUsedOn is the UTC day of its last use, nil before the first.
	LastUsedOn *Day
}

// MostAPITokens is how many tokens in force one account may have.
const MostAPITokens = 50

// InForce reports whether the token opens anything at a time.
func (t APIToken) InForce(at time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || t.ExpiresAt.After(at))
}

// MakerMay reports whether who made the token is, as far as an action asks for
// that, a member who may do it.
func (b Bearer) MakerMay(a Action) bool { return !a.byMaker() || b.MakerRole.May(a) }

// May reports whether the token has a scope.
func (t APIToken) May(scope Scope) bool { return slices.Contains(t.Scopes, scope) }

// AddAPIToken stores a token of t.AccountID, whose id and time of creation are
// set here. ErrQuota when the account has MostAPITokens in force, ErrRole when who
// makes it may not any more.
func (s *Store) AddAPIToken(ctx context.Context, t APIToken) (APIToken, error) {
	t.ID = newID()
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.lockAccount(tx, t.AccountID); err != nil {
			return err
		}
		if err := s.mayNow(ctx, tx, t.AccountID, ToManageTokens); err != nil {
			return err
		}
		var n int64
		err := tx.Model(&APIToken{}).Where("account_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", t.AccountID, now).Count(&n).Error
		if err != nil {
			return err
		}
		if n >= MostAPITokens {
			return ErrQuota
		}
		t.CreatedAt = now
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		return audit(tx, now, t.AccountID, AuditTokenMade, t.Name, nil, t.facts())
	})
	return t, outcome(err)
}

// APITokens lists the tokens of an account, newest first, those that are over
// among them.
func (s *Store) APITokens(ctx context.Context, accountID string) ([]APIToken, error) {
	var tokens []APIToken
	err := s.reader(ctx).Where("account_id = ?", accountID).Order("created_at DESC, id DESC").Find(&tokens).Error
	return tokens, err
}

// RevokeAPIToken ends a token of an account at once. ErrNotFound when the
// account has it not; a second time changes nothing.
func (s *Store) RevokeAPIToken(ctx context.Context, accountID, id string) error {
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		t, err := first[APIToken](tx.Where("account_id = ? AND id = ?", accountID, id))
		if err != nil || t.RevokedAt != nil {
			return err
		}
		return t.revoke(tx, now)
	})
}

func (t APIToken) revoke(tx *gorm.DB, now time.Time) error {
	if err := tx.Model(&APIToken{}).Where("account_id = ? AND id = ?", t.AccountID, t.ID).Update("revoked_at", now).Error; err != nil {
		return err
	}
	return audit(tx, now, t.AccountID, AuditTokenRevoked, t.Name, t.facts(), nil)
}

func (t APIToken) facts() Facts {
	scopes := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		scopes[i] = string(s)
	}
	return Facts{"start": t.Start, "scopes": strings.Join(scopes, ", ")}
}

// Bearer is a token with its account.
type Bearer struct {
	APIToken
	AccountName  string
	AccountState AccountState
	// MakerRole and MakerTags are what the person who made it is in the account
	// now; "" and none when they have left. A token sees no more than its maker,
	// so that of a limited one ends when they leave.
	MakerRole Role
	MakerTags JSONList[string]
}

// APITokenByHash finds the token in force that has a hash. ErrNotFound for one
// that is unknown, revoked or expired: who sends it is told no more.
func (s *Store) APITokenByHash(ctx context.Context, hash []byte) (Bearer, error) {
	b, err := first[Bearer](s.reader(asSystem(ctx)).Table("api_tokens").
		Select("api_tokens.*, accounts.name AS account_name, accounts.state AS account_state, COALESCE(m.role, '') AS maker_role, COALESCE(m.tags, '[]') AS maker_tags").
		Joins("JOIN accounts ON accounts.id = api_tokens.account_id").
		Joins("LEFT JOIN memberships m ON m.account_id = api_tokens.account_id AND m.user_id = api_tokens.created_by").Where("api_tokens.token_hash = ?", hash))
	if err != nil {
		return Bearer{}, err
	}
	if subtle.ConstantTimeCompare(b.TokenHash, hash) != 1 || !b.InForce(s.now()) {
		return Bearer{}, ErrNotFound
	}
	return b, nil
}

// NoteAPITokenUse remembers that a token was used today. It writes once a day.
func (s *Store) NoteAPITokenUse(ctx context.Context, t APIToken) error {
	today := DayOf(s.now())
	if t.LastUsedOn != nil && *t.LastUsedOn == today {
		return nil
	}
	return s.write.WithContext(ctx).Model(&APIToken{}).Where("account_id = ? AND id = ?", t.AccountID, t.ID).Update("last_used_on", today).Error
}

// RemoveOldAPITokens deletes the tokens that ended before a time.
func (s *Store) RemoveOldAPITokens(ctx context.Context, before time.Time) error {
	return s.write.WithContext(asSystem(ctx)).Where("revoked_at < ? OR expires_at < ?", before.UTC(), before.UTC()).Delete(&APIToken{}).Error
}
