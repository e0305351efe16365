package models_test

import (
	"testing"

	"github.com/sealpost/sealpost/models"
)

// Who may do what, written down once more by hand: a change of the table shows here.
func TestRoleMay(t *testing.T) {
	t.Parallel()
	const nobody = models.Role("")
	whileClosing := map[models.Action]bool{models.ToRead: true, models.ToReadAccount: true, models.ToSeeAudit: true, models.ToCloseAccount: true}
	ofOneDomain := map[models.Action]bool{models.ToRead: true, models.ToJudge: true, models.ToCheck: true, models.ToShare: true, models.ToSeeSecrets: true}
	for action, least := range map[models.Action]int{
		models.ToRead: 4, models.ToReadAccount: 4, models.ToJudge: 3, models.ToBring: 3, models.ToBlock: 3, models.ToCheck: 3, models.ToShare: 3, models.ToSeeSecrets: 3,
		models.ToManageDomains: 2, models.ToManageMailbox: 2, models.ToManageMembers: 2, models.ToManageTokens: 2, models.ToSeeAudit: 2,
		models.ToMoveDomains: 2, models.ToManageOwners: 1, models.ToManageAccount: 1, models.ToCloseAccount: 1,
		"": 0, "fly": 0,
	} {
		for i, r := range models.Roles() {
			if got, want := r.May(action), i < least; got != want {
				t.Errorf("%s may %q: %v", r, action, got)
			}
			limited := models.Visitor{Role: r, AccountState: models.AccountActive, Tags: []string{"a"}}
			if got, want := limited.May(action), i < least && ofOneDomain[action]; got != want {
				t.Errorf("%s with a limit may %q: %v", r, action, got)
			}
			for _, state := range []models.AccountState{models.AccountSuspended, models.AccountRemoving, ""} {
				if (models.Visitor{Role: r, AccountState: state}).May(action) {
					t.Errorf("%s may %q in an account that is %q", r, action, state)
				}
			}
		}
		for i, r := range models.Roles() {
			closing := models.Visitor{Role: r, AccountState: models.AccountClosing}
			if got, want := closing.May(action), i < least && whileClosing[action]; got != want {
				t.Errorf("%s may %q in an account that is being deleted: %v", r, action, got)
			}
		}
		if nobody.May(action) || models.Role("surprise").May(action) {
			t.Errorf("a role that is not known may %q", action)
		}
	}
}

func TestRoleMayManage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		by, other models.Role
		want      bool
	}{
		{models.Owner, models.Owner, true},
		{models.Owner, models.ReadOnly, true},
		{models.Manager, models.Owner, false},
		{models.Manager, models.Manager, true},
		{models.Manager, models.Member, true},
		{models.Member, models.ReadOnly, false},
		{models.ReadOnly, models.ReadOnly, false},
		{models.Owner, "surprise", false},
		{"", models.ReadOnly, false},
	} {
		if got := c.by.MayManage(c.other); got != c.want {
			t.Errorf("%s manages %s: %v", c.by, c.other, got)
		}
	}
}
