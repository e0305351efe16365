package views

import "time"

// APITokensPage is "/settings/tokens": the tokens of the account's programs.
// POST to the same URL makes one (fields "name", "scope" for each scope, and
// "days"), POST to "/settings/tokens/{id}/revoke" ends one.
type APITokensPage struct {
	Frame
	CanManage bool
	Tokens    []APITokenRow
	// Made is the token just made, shown this once.
	Made string
	// The form again, with what was wrong with it.
	Form                             APITokenForm
	NameError, ScopeError, DaysError string
	MaxName                          int
	Scopes                           []ScopeChoice
	Lives                            []int // days for which a token can work; 0 is for ever
	// Address is where the API is.
	Address string
}

// APITokenForm is what was typed.
type APITokenForm struct {
	Name   string
	Scopes []string
	Days   int
}

// ScopeChoice is one thing that a token may do.
type ScopeChoice struct{ Word, Text string }

// APITokenRow is one token.
type APITokenRow struct {
	ID, Name, Start string
	By              string // who made it
	Scopes          []string
	Created         time.Time
	Expires         time.Time // zero for never
	LastUsed        time.Time // a day; zero for not yet
	Over            string    // "revoked", "expired" or "" while it is in force
}

// lifeWord is a choice of how long a token works.
func lifeWord(days int) string {
	if days == 0 {
		return "until it is revoked"
	}
	return countInt(days) + " days"
}
