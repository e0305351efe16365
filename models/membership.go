package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
)

// ErrLastOwner says that an account would be left without an owner.
var ErrLastOwner = errors.New("an account has at least one owner")

// Membership ties a user to an account.
type Membership struct {
	AccountID string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Role      Role
	Tags      JSONList[string] // limits what is seen to the domains with one of them; none for no limit
	CreatedAt time.Time
}

// AccountMember is a membership with the person's address.
type AccountMember struct {
	Membership
	Email string
}

// Members lists the members of an account, the oldest first.
func (s *Store) Members(ctx context.Context, accountID string) ([]AccountMember, error) {
	var members []AccountMember
	err := s.reader(ctx).Table("memberships").Select("memberships.*, users.email").
		Joins("JOIN users ON users.id = memberships.user_id").
		Where("memberships.account_id = ?", accountID).Order("memberships.created_at, users.email").Find(&members).Error
	return members, err
}

// Member finds a member of an account.
func (s *Store) Member(ctx context.Context, accountID, userID string) (AccountMember, error) {
	return memberOf(s.reader(ctx), accountID, userID)
}

func memberOf(tx *gorm.DB, accountID, userID string) (AccountMember, error) {
	return first[AccountMember](tx.Table("memberships").Select("memberships.*, users.email").
		Joins("JOIN users ON users.id = memberships.user_id").
		Where("memberships.account_id = ? AND memberships.user_id = ?", accountID, userID))
}

// Terms are what a person may do in an account, and of which of its domains.
type Terms struct {
	Role Role
	// Tags limit a member or a read-only member to the domains with one of
	// them. Owners and managers see everything: they could lift their own limit.
	Tags []string
}

// clean is t as it is stored. ErrTag when its tags are none, or limit an owner
// or manager.
func (t Terms) clean() (Terms, error) {
	tags, err := CleanTags(t.Tags)
	if err == nil && len(tags) > 0 && t.Role.May(ToManageMembers) {
		err = ErrTag
	}
	return Terms{t.Role, tags}, err
}

func (t Terms) facts() Facts {
	f := Facts{"role": string(t.Role)}
	if len(t.Tags) > 0 {
		f["only domains tagged"] = strings.Join(t.Tags, ", ")
	}
	return f
}

func (m Membership) terms() Terms { return Terms{m.Role, m.Tags} }

// MemberAccount is an account with what a person is in it.
type MemberAccount struct {
	Account
	Role Role
}

// AccountsOf lists the accounts that a user is a member of, oldest first.
func (s *Store) AccountsOf(ctx context.Context, userID string) ([]MemberAccount, error) {
	var accounts []MemberAccount
	err := s.reader(asSystem(ctx)).Table("accounts").Select("accounts.*, m.role").
		Joins("JOIN memberships m ON m.account_id = accounts.id").
		Where("m.user_id = ?", userID).Order("m.created_at, accounts.id").Find(&accounts).Error
	return accounts, err
}

// ChangeMember gives a member another role and limit. by is the role of
// who asks for it. ErrNotFound when there is no such member, ErrRole when by
// may not do that, ErrTag when the limit is none, ErrLastOwner when nobody
// would own the account.
func (s *Store) ChangeMember(ctx context.Context, accountID, userID string, by Role, to Terms) error {
	to, err := to.clean()
	if err != nil {
		return err
	}
	return s.withMember(ctx, accountID, userID, by, func(tx *gorm.DB, now time.Time, m AccountMember, by Role) error {
		if !by.MayManage(to.Role) {
			return ErrRole
		}
		if m.Role == Owner && to.Role != Owner {
			if err := anotherOwner(tx, m); err != nil {
				return err
			}
		}
		err := tx.Model(&Membership{}).Where("account_id = ? AND user_id = ?", accountID, userID).
			Updates(map[string]any{"role": to.Role, "tags": JSONList[string](to.Tags)}).Error
		if err != nil {
			return err
		}
		if !to.Role.May(ToManageMembers) {
			if err := takeBackAllOf(tx, now, m); err != nil {
				return err
			}
		}
		return audit(tx, now, accountID, AuditMemberChanged, m.Email, m.terms().facts(), to.facts())
	})
}

// RemoveMember ends a membership and the sessions that had its account open.
// Everybody may leave; who removes another needs a role for it (by), and takes
// back whom that person has invited and to whom they have offered a domain, who
// could be themselves by another address. What they have made for programs and
// guests goes too as far as also says.
// The errors are those of ChangeMember.
func (s *Store) RemoveMember(ctx context.Context, accountID, userID string, by Role, also Removal) error {
	return s.withMember(ctx, accountID, userID, by, func(tx *gorm.DB, now time.Time, m AccountMember, _ Role) error {
		if m.Role == Owner {
			if err := anotherOwner(tx, m); err != nil {
				return err
			}
		}
		if err := tx.Where("account_id = ? AND user_id = ?", accountID, userID).Delete(&Session{}).Error; err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND user_id = ?", accountID, userID).Delete(&Membership{}).Error; err != nil {
			return err
		}
		if actorOf(ctx).UserID != userID {
			if err := takeBackAllOf(tx, now, m); err != nil {
				return err
			}
		}
		also.Tokens = also.Tokens || len(m.Tags) > 0
		if err := also.apply(tx, now, m.Membership); err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditMemberRemoved, m.Email, m.terms().facts(), nil)
	})
}

// withMember holds an account and gives one of its memberships to act, and the
// role that who asks has now. Holding
// the account is what keeps two owners from unmaking each other at once.
func (s *Store) withMember(ctx context.Context, accountID, userID string, by Role, act func(*gorm.DB, time.Time, AccountMember, Role) error) error {
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		m, err := memberOf(tx, accountID, userID)
		if err != nil {
			return err
		}
		by, err := roleNow(ctx, tx, accountID, by)
		if err != nil {
			return err
		}
		if actorOf(ctx).UserID != userID && !by.MayManage(m.Role) {
			return ErrRole
		}
		return act(tx, now, m, by)
	})
	return outcome(err)
}

// takeBackAllOf ends what a member has begun and somebody else could finish.
func takeBackAllOf(tx *gorm.DB, now time.Time, m AccountMember) error {
	if err := takeBackInvitationsOf(tx, now, m); err != nil {
		return err
	}
	return takeBackOffersOf(tx, now, m)
}

// roleNow is the role of who causes a change, read anew where the account is held:
// by is that of when they asked, and may be over. It is "" for who has left.
// What no person causes keeps by.
func roleNow(ctx context.Context, tx *gorm.DB, accountID string, by Role) (Role, error) {
	userID := actorOf(ctx).UserID
	if userID == "" {
		return by, nil
	}
	m, err := memberOf(tx, accountID, userID)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return m.Role, err
}

// mayNow is ErrRole when the person who causes a change may not do so any more. It
// holds their membership: who removes them waits for the change, and finds it.
func (s *Store) mayNow(ctx context.Context, tx *gorm.DB, accountID string, a Action) error {
	held := "SELECT 1 FROM memberships WHERE account_id = ? AND user_id = ?" + s.forUpdate(false)
	if err := tx.Exec(held, accountID, actorOf(ctx).UserID).Error; err != nil {
		return err
	}
	role, err := roleNow(ctx, tx, accountID, Owner)
	if err == nil && !role.May(a) {
		err = ErrRole
	}
	return err
}

// ErrRole says that the role of who asks is not enough.
var ErrRole = errors.New("the role does not allow this")

func anotherOwner(tx *gorm.DB, m AccountMember) error {
	var owners int64
	err := tx.Model(&Membership{}).Where("account_id = ? AND role = ? AND user_id <> ?", m.AccountID, Owner, m.UserID).Count(&owners).Error
	if err == nil && owners == 0 {
		return ErrLastOwner
	}
	return err
}
