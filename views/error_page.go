package views

// ErrorPage answers a request that failed.
type ErrorPage struct {
	Frame
	// Code is the HTTP status.
	Code int
	// Sentence says what went wrong without internals; "" gives one that fits Code.
	Sentence string
	// RequestID finds the request in the log.
	RequestID string
}
