package views

// TransferPage is where the link of an offer leads. Opening it changes nothing.
// POST to the same URL takes the domain over into an account (field "account").
type TransferPage struct {
	Frame
	Domain, From, By string
	Action           string
	// LogIn sends the person to the login first.
	LogIn bool
	// Accounts are those that may take it over.
	Accounts []Choice
}
