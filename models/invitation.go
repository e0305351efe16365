package models

import (
	"context"
	"crypto/sha256"
	"time"

	"gorm.io/gorm"
)

// Invitation asks the person behind an e-mail address to become a member of an
// account. Only a hash of its token is stored.
type Invitation struct {
	ID        string
	AccountID string
	Email     string
	Role      Role
	Tags      JSONList[string] // the limit of who accepts it, as Membership.Tags
	TokenHash []byte
	InvitedBy string // the address of who has invited
	CreatedAt time.Time
	ExpiresAt time.Time
}

const (
	// InvitationLife is how long an invitation can be accepted.
	InvitationLife = 7 * 24 * time.Hour
	// mostInvitations bounds the open invitations of an account.
	mostInvitations = 100
)

// NewInvitation is an invitation about to be sent. By is the role of who
// invites; Token stands in the link of Mail.
type NewInvitation struct {
	Email, Token string
	Role, By     Role
	Tags         []string // as Terms.Tags
	InvitedBy    string
	Mail         NewMail
}

func hashInvitation(token string) []byte {
	sum := sha256.Sum256([]byte("invitation\x00" + token))
	return sum[:]
}

// Invite stores an invitation and queues its mail. One to the same address is
// replaced, and its link with it. ErrTaken when the address is a member's,
// ErrTag when the limit is none, ErrRole when who invites may not give that role, ErrQuota when too many
// invitations are open or too much mail was caused today.
func (s *Store) Invite(ctx context.Context, accountID string, n NewInvitation) (Invitation, error) {
	var inv Invitation
	terms, err := Terms{n.Role, n.Tags}.clean()
	if err != nil {
		return inv, err
	}
	err = s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.mayInvite(ctx, tx, accountID, n); err != nil {
			return err
		}
		if err := tx.Where("account_id = ? AND (email = ? OR expires_at <= ?)", accountID, n.Email, now).Delete(&Invitation{}).Error; err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&Invitation{}).Where("account_id = ?", accountID).Count(&open).Error; err != nil {
			return err
		}
		if open >= mostInvitations {
			return ErrQuota
		}
		inv = Invitation{
			ID: newID(), AccountID: accountID, Email: n.Email, Role: n.Role, Tags: terms.Tags, TokenHash: hashInvitation(n.Token),
			InvitedBy: n.InvitedBy, CreatedAt: now, ExpiresAt: now.Add(InvitationLife),
		}
		if err := tx.Create(&inv).Error; err != nil {
			return err
		}
		if err := queueMail(tx, now, n.Mail); err != nil {
			return err
		}
		return audit(tx, now, accountID, AuditMemberInvited, n.Email, nil, terms.facts())
	})
	return inv, outcome(err)
}

func (s *Store) mayInvite(ctx context.Context, tx *gorm.DB, accountID string, n NewInvitation) error {
	if err := s.lockAccount(tx, accountID); err != nil {
		return err
	}
	by, err := roleNow(ctx, tx, accountID, n.By)
	if err != nil {
		return err
	}
	if !by.MayManage(n.Role) {
		return ErrRole
	}
	var members int64
	err = tx.Table("memberships").Joins("JOIN users ON users.id = memberships.user_id").
		Where("memberships.account_id = ? AND users.email = ?", accountID, n.Email).Count(&members).Error
	if err == nil && members > 0 {
		return ErrTaken
	}
	return err
}

// Invitations lists the open invitations of an account, newest first.
func (s *Store) Invitations(ctx context.Context, accountID string) ([]Invitation, error) {
	var list []Invitation
	err := s.reader(ctx).Where("account_id = ? AND expires_at > ?", accountID, s.now()).Order("created_at DESC, id DESC").Find(&list).Error
	return list, err
}

// TakeBackInvitation deletes an invitation. ErrNotFound when the account has
// it not, ErrRole when by may not give its role.
func (s *Store) TakeBackInvitation(ctx context.Context, accountID, id string, by Role) error {
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		inv, err := first[Invitation](tx.Where("account_id = ? AND id = ?", accountID, id))
		if err != nil {
			return err
		}
		by, err := roleNow(ctx, tx, accountID, by)
		if err != nil {
			return err
		}
		if !by.MayManage(inv.Role) {
			return ErrRole
		}
		return inv.takeBack(tx, now)
	})
	return outcome(err)
}

func (inv Invitation) takeBack(tx *gorm.DB, now time.Time) error {
	if err := tx.Where("account_id = ? AND id = ?", inv.AccountID, inv.ID).Delete(&Invitation{}).Error; err != nil {
		return err
	}
	return audit(tx, now, inv.AccountID, AuditInvitationGone, inv.Email, Terms{inv.Role, inv.Tags}.facts(), nil)
}

// takeBackInvitationsOf deletes what a member has invited and nobody accepted.
func takeBackInvitationsOf(tx *gorm.DB, now time.Time, m AccountMember) error {
	var list []Invitation
	if err := tx.Where("account_id = ? AND invited_by = ?", m.AccountID, m.Email).Order("id").Find(&list).Error; err != nil {
		return err
	}
	for _, inv := range list {
		if err := inv.takeBack(tx, now); err != nil {
			return err
		}
	}
	return nil
}

// OpenInvitation is an invitation with the name of its account.
type OpenInvitation struct {
	Invitation
	AccountName string
}

// InvitationByToken finds the invitation that a link is about. ErrNotFound when
// the link is unknown, used or too old, or its account is not open.
func (s *Store) InvitationByToken(ctx context.Context, token string) (OpenInvitation, error) {
	return s.openInvitation(s.reader(asSystem(ctx)), token)
}

func (s *Store) openInvitation(tx *gorm.DB, token string) (OpenInvitation, error) {
	return first[OpenInvitation](tx.Table("invitations").Select("invitations.*, accounts.name AS account_name").
		Joins("JOIN accounts ON accounts.id = invitations.account_id").
		Where("invitations.token_hash = ? AND invitations.expires_at > ? AND accounts.state = ?", hashInvitation(token), s.now(), AccountActive))
}

// AcceptInvitation uses an invitation up: the user is a member from then on.
// The link came by mail to the invited address, so that whoever has it may
// accept it as whom they are logged in. Who is a member already keeps their
// role. ErrNotFound as InvitationByToken.
func (s *Store) AcceptInvitation(ctx context.Context, token, userID string) (OpenInvitation, error) {
	var inv OpenInvitation
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var err error
		inv, err = s.acceptInvitation(tx, now, token, userID)
		return err
	})
	return inv, outcome(err)
}

func (s *Store) acceptInvitation(tx *gorm.DB, now time.Time, token, userID string) (OpenInvitation, error) {
	inv, err := s.openInvitation(tx, token)
	if err != nil {
		return inv, err
	}
	if err := s.lockAccount(tx, inv.AccountID); err != nil {
		return inv, err
	}
	// Who came second finds it gone: only one of them deletes the row.
	res := tx.Where("account_id = ? AND id = ?", inv.AccountID, inv.ID).Delete(&Invitation{})
	if res.Error != nil || res.RowsAffected == 0 {
		return inv, orNotFound(res.Error)
	}
	res = tx.Exec("INSERT INTO memberships (account_id, user_id, role, tags, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		inv.AccountID, userID, inv.Role, inv.Tags, now)
	if res.Error != nil || res.RowsAffected == 0 {
		return inv, res.Error
	}
	m, err := memberOf(tx, inv.AccountID, userID)
	if err != nil {
		return inv, err
	}
	return inv, audit(tx, now, inv.AccountID, AuditMemberJoined, m.Email, nil, m.terms().facts())
}

// SignUpInvited makes the user that an invitation was sent to and accepts it.
// The link has proven the address. ErrTaken when the address is known: its
// person logs in and accepts.
func (s *Store) SignUpInvited(ctx context.Context, token, passwordHash string) (User, OpenInvitation, error) {
	var user User
	var inv OpenInvitation
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var err error
		if inv, err = s.openInvitation(tx, token); err != nil {
			return err
		}
		user = User{ID: newID(), Email: inv.Email, PasswordHash: passwordHash, CreatedAt: now}
		if err := tx.Create(&user).Error; err != nil {
			return err
		}
		inv, err = s.acceptInvitation(tx, now, token, user.ID)
		return err
	})
	return user, inv, outcome(err)
}

// RemoveExpiredInvitations deletes the invitations that nobody has accepted in
// time.
func (s *Store) RemoveExpiredInvitations(ctx context.Context) (int64, error) {
	res := s.write.WithContext(asSystem(ctx)).Where("expires_at <= ?", s.now()).Delete(&Invitation{})
	return res.RowsAffected, res.Error
}

// orNotFound is err, or ErrNotFound where a change has met no row.
func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}
