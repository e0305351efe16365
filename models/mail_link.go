package models

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"gorm.io/gorm"
)

// LinkPurpose is what a link in a mail to a person is for.
type LinkPurpose string

// The purposes of a link.
const (
	LinkSignUp LinkPurpose = "sign-up"
	LinkReset  LinkPurpose = "reset"
	LinkEmail  LinkPurpose = "e-mail" // proves a new address
)

// MailLink lets whoever reads the mail of an address do one thing, once. Only
// a hash of its token is stored.
type MailLink struct {
	TokenHash []byte `gorm:"primaryKey"`
	Purpose   LinkPurpose
	UserID    string // whom it is about; "" for a person who is not known yet, or never will be
	Email     string // the address that the mail went to
	CreatedAt time.Time
	ExpiresAt time.Time
}

const (
	// LinkLife is how long a link works.
	LinkLife = time.Hour
	// linkPause is how long an address gets no second mail for the same purpose.
	linkPause = 5 * time.Minute
)

// NewLink is a link about to be sent. Mail is nil where nothing is to be sent;
// the same work is done then, so that it cannot be told from outside.
type NewLink struct {
	Purpose LinkPurpose
	UserID  string
	Email   string
	Token   string
	Mail    *NewMail
}

func hashLink(p LinkPurpose, token string) []byte {
	sum := sha256.Sum256([]byte(string(p) + "\x00" + token))
	return sum[:]
}

// SendLink stores a link and queues its mail. Within a few minutes of the last
// one to the same address it does nothing, and neither when too much mail has
// gone there today: that is no error, as the answer must not tell. Who has no
// link to a new password in force gets one all the same, or strangers who ask for
// somebody could keep them out for a day.
func (s *Store) SendLink(ctx context.Context, n NewLink) error {
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		var inForce int64
		err := tx.Model(&MailLink{}).Where("purpose = ? AND email = ? AND expires_at > ?", n.Purpose, n.Email, now).Count(&inForce).Error
		if err != nil {
			return err
		}
		res := tx.Exec(`INSERT INTO mail_links (purpose, token_hash, user_id, email, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (purpose, email) DO UPDATE SET token_hash = excluded.token_hash, user_id = excluded.user_id,
			created_at = excluded.created_at, expires_at = excluded.expires_at WHERE mail_links.created_at <= ?`,
			n.Purpose, hashLink(n.Purpose, n.Token), n.UserID, n.Email, now, now.Add(LinkLife), now.Add(-linkPause))
		if res.Error != nil || res.RowsAffected == 0 || n.Mail == nil {
			return res.Error
		}
		if n.Purpose == LinkReset && inForce == 0 {
			return addMail(tx, now, *n.Mail)
		}
		return queueMail(tx, now, *n.Mail)
	})
	if errors.Is(err, ErrQuota) {
		return nil
	}
	return err
}

// MailLink finds the link that a token belongs to. ErrNotFound when it is
// unknown, used, too old or for nobody.
func (s *Store) MailLink(ctx context.Context, p LinkPurpose, token string) (MailLink, error) {
	return s.openLink(s.reader(ctx), p, token)
}

func (s *Store) openLink(tx *gorm.DB, p LinkPurpose, token string) (MailLink, error) {
	l, err := first[MailLink](tx.Where("token_hash = ? AND expires_at > ?", hashLink(p, token), s.now()))
	if err == nil && (l.Purpose != p || l.UserID == "" && p != LinkSignUp) {
		return l, ErrNotFound
	}
	return l, err
}

// useLink uses a link up. Of several at once one gets it, the others
// ErrNotFound.
func (s *Store) useLink(tx *gorm.DB, p LinkPurpose, token string) (MailLink, error) {
	l, err := s.openLink(tx, p, token)
	if err != nil {
		return l, err
	}
	res := tx.Where("token_hash = ?", l.TokenHash).Delete(&MailLink{})
	if res.Error != nil || res.RowsAffected == 0 {
		return l, orNotFound(res.Error)
	}
	return l, nil
}

// SignUpByLink uses a link up that proves the address of a new person, and
// makes the user and an account. ErrNotFound as MailLink, ErrTaken when the
// address has become known meanwhile.
func (s *Store) SignUpByLink(ctx context.Context, token, passwordHash string) (User, Account, error) {
	var user User
	var account Account
	err := s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		l, err := s.useLink(tx, LinkSignUp, token)
		if err != nil {
			return err
		}
		user = User{ID: newID(), Email: l.Email, PasswordHash: passwordHash, CreatedAt: now}
		if err := tx.Create(&user).Error; err != nil {
			return err
		}
		account, err = createAccount(tx, now, user.ID, user.Email)
		return err
	})
	return user, account, outcome(err)
}

// ResetPassword uses a link up: its person has another password from then on
// and is logged in nowhere. ErrNotFound as MailLink.
func (s *Store) ResetPassword(ctx context.Context, token, passwordHash string) error {
	return s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		l, err := s.useLink(tx, LinkReset, token)
		if err != nil {
			return err
		}
		return s.setPassword(tx, now, l.UserID, passwordHash, []byte{}, AuditReset)
	})
}

// ChangeEmail uses a link up that proves a new address: its person logs in
// with it from then on, and all their sessions but keep end. The old address
// is told. ErrNotFound as MailLink, ErrTaken when the address belongs to
// somebody.
func (s *Store) ChangeEmail(ctx context.Context, token string, keep []byte) (old User, email string, err error) {
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		l, err := s.useLink(tx, LinkEmail, token)
		if err != nil {
			return err
		}
		email = l.Email
		old, err = s.setEmail(tx, now, l.UserID, l.Email, keep)
		return err
	})
	return old, email, outcome(err)
}

// SetEmail is ChangeEmail where no mail can be sent to prove an address.
func (s *Store) SetEmail(ctx context.Context, userID, email string, keep []byte) error {
	return outcome(s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		_, err := s.setEmail(tx, now, userID, email, keep)
		return err
	}))
}

func (s *Store) setEmail(tx *gorm.DB, now time.Time, userID, email string, keep []byte) (User, error) {
	user, err := first[User](tx.Raw("SELECT * FROM users WHERE id = ?"+s.forUpdate(false), userID))
	if err != nil {
		return user, err
	}
	if err := tx.Model(&User{}).Where("id = ?", userID).Update("email", email).Error; err != nil {
		return user, err
	}
	if err := tx.Model(&Invitation{}).Where("invited_by = ?", user.Email).Update("invited_by", email).Error; err != nil {
		return user, err
	}
	if err := tx.Model(&Transfer{}).Where("offered_by = ?", user.Email).Update("offered_by", email).Error; err != nil {
		return user, err
	}
	if err := endOtherSessions(tx, userID, keep); err != nil {
		return user, err
	}
	// What was sent to the old address opens nothing any more.
	if err := tx.Where("user_id = ?", userID).Delete(&MailLink{}).Error; err != nil {
		return user, err
	}
	err = auditPerson(tx, now, userID, AuditEmail, user.Email, Facts{"address": user.Email}, Facts{"address": email})
	return user, err
}

// RemoveExpiredLinks deletes the links that are too old.
func (s *Store) RemoveExpiredLinks(ctx context.Context) (int64, error) {
	res := s.write.WithContext(ctx).Where("expires_at <= ?", s.now()).Delete(&MailLink{})
	return res.RowsAffected, res.Error
}
