package views

import "time"

// MembersPage is "/settings/members". Its forms: POST to the same URL invites
// (fields "email", "role" and "tags"), to "/settings/members/{id}" changes
// ("role" and "tags"), to ".../remove" removes (see RemovalPage); to
// "/settings/invitations/{id}/delete" takes an invitation back; to
// "/settings/members/leave" leaves; to "/settings/members/name" renames the
// account ("name").
type MembersPage struct {
	Frame
	Rows        []MemberRow
	Invitations []InvitationRow
	// CanManage shows the forms, CanRename that of the account's name.
	CanManage, CanRename bool
	// Roles are those that the person may give.
	Roles []string
	// Email, Role and InviteError fill the form again.
	Email, Role, Tags, InviteError string
	// Link is the address of the invitation just made, shown this once where no
	// mail can be sent.
	Link string
	// Name and NameError fill the form of the account's name.
	Name, NameError string
	MaxName         int
	// TwoFactors says that the account demands two factors.
	TwoFactors bool
}

// MemberRow is one member.
type MemberRow struct {
	ID, Email, Role string
	Tags            []string // those that the person's sight is limited to
	Since           time.Time
	// You marks the person who looks; CanChange shows the row's form.
	You, CanChange bool
}

// InvitationRow is one open invitation.
type InvitationRow struct {
	ID, Email, Role, By string
	Tags                []string
	Expires             time.Time
	CanTakeBack         bool
}

// roleWords says what each role may do.
var roleWords = []struct{ role, may string }{
	{"owner", "everything: the account itself, its owners, handing domains over"},
	{"manager", "domains, forwards, mailbox, members who are no owners, tokens and the audit log"},
	{"member", "bring reports, judge deliveries, start checks, make read-only links"},
	{"read-only", "look at everything but secrets"},
}

// AccountsPage is "/accounts": those that the person is a member of. POST to
// "/accounts/open" (field "account") opens one, POST to "/accounts" ("name")
// makes another.
type AccountsPage struct {
	Frame
	Rows            []AccountRow
	Name, NameError string
	MaxName         int
}

// AccountRow is one account of a person.
type AccountRow struct {
	ID, Name, Role, State string
	Open                  bool // it is the one that the session is in
}

// InvitationPage is where the link of an invitation leads. Opening it changes
// nothing. POST to the same URL accepts it; for whom the address is not known
// yet it takes the field "password".
type InvitationPage struct {
	Frame
	Account, Email, Role, By string
	Action                   string
	// NewPerson asks for a password; LogIn sends the person to the login first.
	NewPerson, LogIn bool
	MinPassword      int
	PasswordError    string
}
