package models

import "context"

// AuditTwoFactors says that an account demands two factors, or no longer does.
const AuditTwoFactors AuditAction = "two factors demanded"

// DemandTwoFactors lets the members of an account in only when their session
// was begun with two factors, or ends that.
func (s *Store) DemandTwoFactors(ctx context.Context, accountID string, demand bool) error {
	return s.changeAccount(ctx, accountID, AuditTwoFactors, func(a *Account) { a.TwoFactors = demand })
}
