package views

import "time"

// SharesPage is "/domains/{name}/shares": the read-only links to a domain.
// POST to the same URL makes one (fields "name" and "days"), POST to
// "/domains/{name}/shares/{id}/delete" takes one back.
type SharesPage struct {
	Frame
	Domain DomainHead
	Links  []ShareRow
	// Made is the address of the link just made, shown this once.
	Made string
	// Name and NameError fill the form again.
	Name, NameError string
	MaxName         int
	// Lives are the days for which a link can work.
	Lives []int
}

// ShareRow is one link.
type ShareRow struct {
	ID, Name         string
	By               string // who made it, "" for a program or where it is not shown
	Created, Expires time.Time
}
