package views

import "time"

// AccountSettingsPage is "/settings/account": a person's own affairs. POST to
// "/settings/account/password" (fields "current_password" and "password"), to
// "/settings/account/email" ("current_password" and "email"), to
// "/settings/sessions/{id}/end" and to "/settings/sessions/end-others".
type AccountSettingsPage struct {
	Frame
	// CurrentError and PasswordError stand beside their fields.
	CurrentError, PasswordError string
	// MinPassword is the least number of characters, said in the hint; 0 hides it.
	MinPassword int
	// Role of the person in the account: owner, manager, member, read-only.
	Role string
	// NewEmail fills the form of the address again; the errors stand beside its fields.
	NewEmail, EmailError, EmailPasswordError string
	// ProvesEmail says that a new address is written to before it counts.
	ProvesEmail bool
	Sessions    []SessionRow
}

// SessionRow is one browser that a person is logged in with.
type SessionRow struct {
	ID, Device, Address string
	Begun, LastSeen     time.Time
	This                bool
}
