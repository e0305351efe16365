package views

// AccountSettingsPage is "/settings/account" (POST to
// "/settings/account/password", fields "current_password" and "password").
type AccountSettingsPage struct {
	Frame
	// CurrentError and PasswordError stand beside their fields.
	CurrentError, PasswordError string
	// MinPassword is the least number of characters, said in the hint; 0 hides it.
	MinPassword int
	// Role of the person in the account: owner, manager, member, read-only.
	Role string
}
