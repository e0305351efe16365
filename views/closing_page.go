package views

import "time"

// ClosingPage is "/settings/closing": what deleting the account does, for its
// owners. POST to the same URL (fields "confirm", "current_password" and, for
// who has an authenticator app, "code") deletes it; while that can be taken
// back, POST to "/settings/closing/take-back" does.
type ClosingPage struct {
	Frame
	// Domains are the first of the DomainCount names.
	Domains                                  []string
	DomainCount, Reports, Members            int64
	LastAccounts                             int64 // members whose login goes with the account
	Tokens, Links, Forwards                  int64
	TakeBackDays, RemovalHours               int
	AsksCode                                 bool
	Confirm                                  string
	ConfirmError, CurrentError, GeneralError string
}

// until is the day of the removal, were the account deleted now.
func (p ClosingPage) until() time.Time { return p.Now.AddDate(0, 0, p.TakeBackDays) }

func (p ClosingPage) moreDomains() int64 { return p.DomainCount - int64(len(p.Domains)) }
