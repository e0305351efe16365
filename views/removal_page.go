package views

import "time"

// RemovalPage is "/settings/members/{id}/remove": what a member leaves behind. POST
// to the same URL removes them, with "tokens" (revoke) and "links" (end) if what they
// made is to end too.
type RemovalPage struct {
	Frame
	ID, Email, Role string
	// Limited members take their tokens along in any case.
	Limited bool
	Tokens  []APITokenRow // in force
	Links   []RemovalLink
}

// RemovalLink is a read-only link that a member has made.
type RemovalLink struct {
	Name, Domain string
	Expires      time.Time
}

// removalLinksShown is how many links the page names: an account of many domains
// may have thousands.
const removalLinksShown = 50
