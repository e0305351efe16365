package views

import "testing"

func TestWhoLosesAccess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members, last int64
		want          string
	}{
		{1, 0, "You, the only member."},
		{1, 1, "You, the only member. You have no other account, so your login is removed too."},
		{4, 0, "4 members."},
		{4, 1, "4 members. One of them has no other account, so that login is removed too."},
		{4, 2, "4 members. 2 of them have no other account, so their logins are removed too."},
		{4, 4, "All 4 members. None of them has another account, so their logins are removed too."},
	} {
		if got := (ClosingPage{Members: c.members, LastAccounts: c.last}).whoLoses(); got != c.want {
			t.Errorf("%d members, %d of them with no other account: %q, want %q", c.members, c.last, got, c.want)
		}
	}
}
