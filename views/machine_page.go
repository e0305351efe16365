package views

// MachinePage tells a person who opens an address for machines what it is for.
type MachinePage struct {
	Frame
	// Code is the HTTP status; it is shown of errors.
	Code int
	// Headline says what the address is, Sentence what is done there.
	Headline, Sentence string
	// API leads on to what there is to call.
	API bool
	// RequestID finds the request in the log; shown of errors.
	RequestID string
}

func (p MachinePage) failed() bool { return p.Code >= 400 }
