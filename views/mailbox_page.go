package views

import "time"

// MailboxPage is "/settings/mailbox". POST to the same URL connects a mailbox
// (the fields of MailboxForm and "password"); POST to
// "/settings/mailbox/state" with "do" start, pause, test or disconnect changes
// it. "/settings/mailbox/panel" is the fragment that changes by itself.
type MailboxPage struct {
	Frame
	// State is testing, running or paused; "" when no mailbox is connected.
	State string
	// Error is the sentence about the last visit; "" when it went well.
	Error string
	// Tried is the last visit, Polled the last that went well; zero before.
	Tried, Polled time.Time
	// Messages are in the folder, as last seen.
	Messages        int
	Taken, PutAside int64
	Form            MailboxForm
	// FormError is the sentence about what was typed.
	FormError string
	// CanManage is false for members who may only look.
	CanManage bool
}

// MailboxForm is what was typed or is stored; never the password.
type MailboxForm struct {
	Host, Port, Security, Username   string
	Folder, DoneFolder, FailedFolder string
}

var mailboxSecurities = []struct{ value, word string }{
	{"tls", "TLS (port 993)"}, {"starttls", "STARTTLS (port 143)"}, {"plain", "None (closed networks only)"},
}

// polls is how often the panel looks again by itself.
func (p MailboxPage) polls() string {
	switch p.State {
	case "testing":
		return "every 1s"
	case "running":
		return "every 10s"
	default:
		return "none"
	}
}

func (p MailboxPage) verdict() Verdict {
	switch {
	case p.State == "testing":
		return Pending
	case p.Error != "":
		return Fail
	case p.State == "running" && p.Polled.IsZero():
		return Pending
	case p.State == "running":
		return Pass
	default:
		return NotApplicable
	}
}

// sentence says how it stands in one line.
func (p MailboxPage) sentence() string {
	found := plural(int64(p.Messages), "message", "messages") + " in " + p.Form.Folder
	switch {
	case p.State == "testing":
		return "Connecting to " + p.Form.Host
	case p.Error != "":
		return p.Error
	case p.State == "paused" && p.Taken == 0:
		return "Connected, " + found + ". Nothing has been taken yet."
	case p.State == "paused":
		return "Paused. Nothing is taken until you start it again."
	case p.Polled.IsZero():
		return "Starting"
	default:
		return "Connected, " + found + "."
	}
}
