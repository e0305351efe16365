package views

// LoginPage is "/login" (POST to the same URL, fields "email", "password" and
// "next").
type LoginPage struct {
	Frame
	// Email is kept when the form comes back with an error.
	Email string
	// Error is one sentence above the form: what was wrong with what was sent.
	Error string
	// Reason is one that says why the person was led here, "" where they came
	// by themselves.
	Reason string
	// Next is the path to go to afterwards; the handler must check that it is local.
	Next string
	// SignupOpen shows the link to sign up.
	SignupOpen bool
	// OffersPasskeys shows the button for a passkey.
	OffersPasskeys bool
	// OffersSignOn shows the link to the site that vouches for people.
	OffersSignOn bool
}
