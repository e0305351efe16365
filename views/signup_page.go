package views

// SignupPage is "/signup" (POST to the same URL, fields "email" and "password").
type SignupPage struct {
	Frame
	// Email is kept when the form comes back with an error.
	Email string
	// EmailError and PasswordError stand beside their fields, Error above the form.
	EmailError, PasswordError, Error string
	// MinPassword is the least number of characters, said in the hint; 0 hides it.
	MinPassword int
	// Closed shows a sentence instead of the form.
	Closed bool
	// ProvesEmail leaves the password out: it is chosen behind the link in the
	// mail that is sent. Sent says that it was.
	ProvesEmail, Sent bool
}
