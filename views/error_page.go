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
	// Accounts leads to the person's other accounts where the open one is shut to
	// them, overview and all; "" elsewhere.
	Accounts string
}

func (p ErrorPage) home() string { return or(p.Accounts, p.Frame.home()) }

func (p ErrorPage) sentence() string {
	if p.Sentence != "" {
		return p.Sentence
	}
	switch p.Code {
	case 400:
		return "The request could not be read."
	case 401:
		return "Log in to see this page."
	case 403:
		return "You may not do this."
	case 404:
		return "There is no such page, or it is not yours."
	case 405:
		return "This page does not take that kind of request."
	case 413:
		return "That is larger than this page takes."
	case 429:
		return "Too many requests. Wait a minute and try again."
	case 503:
		return "The server is busy. Try again in a minute."
	}
	if p.Code >= 500 {
		return "Something failed on our side. It has been logged."
	}
	return "The request was refused."
}

func (p ErrorPage) way() string {
	switch {
	case p.Accounts != "":
		return "Your accounts"
	case p.User == "":
		return "To the start"
	default:
		return "To the overview"
	}
}
