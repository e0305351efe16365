package views

// settingsTabs are the pages of settings.
var settingsTabs = []struct{ path, word string }{
	{"/settings/account", "You"},
	{"/settings/signing-in", "Signing in"},
	{"/settings/members", "Members"},
	{"/settings/audit", "Audit log"},
	{"/settings/mailbox", "Mailbox"},
	{"/settings/tokens", "API tokens"},
}
