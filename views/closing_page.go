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

// whoLoses says how many members lose access, and whose login goes too.
func (p ClosingPage) whoLoses() string {
	switch last := p.LastAccounts; {
	case p.Members == 1 && last == 1:
		return "You, the only member. You have no other account, so your login is removed too."
	case p.Members == 1:
		return "You, the only member."
	case last == 0:
		return plural(p.Members, "member", "members") + "."
	case last == p.Members:
		return "All " + plural(p.Members, "member", "members") + ". None of them has another account, so their logins are removed too."
	case last == 1:
		return plural(p.Members, "member", "members") + ". One of them has no other account, so that login is removed too."
	default:
		return plural(p.Members, "member", "members") + ". " + count(last) + " of them have no other account, so their logins are removed too."
	}
}
