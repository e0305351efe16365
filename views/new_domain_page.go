package views

// NewDomainPage is "/domains/new" (POST to the same URL, field "name").
type NewDomainPage struct {
	Frame
	// Name is kept as typed when the form comes back.
	Name string
	// NameError is the sentence that says why the name was refused.
	NameError string
	// Suggestion is a name inside the refused one that would be accepted, or "".
	Suggestion string
}
