package views

// ChoosePasswordPage is where the links of a sign-up and of a forgotten
// password lead. POST to the same URL takes the field "password".
type ChoosePasswordPage struct {
	Frame
	Email, Action, Button string
	MinPassword           int
	PasswordError         string
}

// ResetPage is "/reset", for who has forgotten the password (POST, field
// "email").
type ResetPage struct {
	Frame
	// SendsMail is false where no mail can be sent: the operator helps then.
	SendsMail bool
	// Sent says that a mail is on its way, if the address is known.
	Sent              bool
	Email, EmailError string
}

// ConfirmEmailPage is where the link to a new address leads. POST to the same
// URL confirms it.
type ConfirmEmailPage struct {
	Frame
	Email, Action string
}
