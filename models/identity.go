package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Identity ties a person to who they are at another site (OpenID Connect).
type Identity struct {
	Issuer    string `gorm:"primaryKey"`
	Subject   string `gorm:"primaryKey"`
	UserID    string
	CreatedAt time.Time
}

// AuditIdentityLinked says that another site vouches for a person from now on.
const AuditIdentityLinked AuditAction = "single sign-on linked"

// UserByIdentity finds the person whom an issuer knows by a subject. At the
// first time it is the one with the address, which the issuer must have
// verified; the two are tied from then on. ErrNotFound when nobody has it.
func (s *Store) UserByIdentity(ctx context.Context, issuer, subject, email string) (User, error) {
	user, err := first[User](s.reader(ctx).Table("users").Select("users.*").
		Joins("JOIN identities i ON i.user_id = users.id").Where("i.issuer = ? AND i.subject = ?", issuer, subject))
	if !errors.Is(err, ErrNotFound) {
		return user, err
	}
	err = s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		if user, err = first[User](tx.Where("email = ?", email)); err != nil {
			return err
		}
		row := Identity{Issuer: storable(issuer), Subject: storable(subject), UserID: user.ID, CreatedAt: now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return auditPerson(tx, now, user.ID, AuditIdentityLinked, user.Email, nil, Facts{"issuer": issuer})
	})
	return user, outcome(err)
}
