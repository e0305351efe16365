package views

import "time"

// ForwardsPage is "/domains/{name}/forwards".
type ForwardsPage struct {
	Frame
	Domain DomainHead
	Rows   []ForwardRow
	// Offers are addresses from the domain's own record that are no targets yet.
	Offers []string
	// CanManage shows the forms and buttons.
	CanManage bool
	// SendsMail is false where only https targets can be added. ShowsMail says
	// that mails are shown at /dev/mail.
	SendsMail, ShowsMail bool
	// Target is what was typed when it was refused, with the reason.
	Target, TargetError string
}

// ForwardRow is one target.
type ForwardRow struct {
	ID     string
	Target string
	HTTPS  bool
	// Confirmed says that its owner wants the reports. FromRecord targets were
	// named by the domain's record and need no confirmation; AwaitsProof says
	// that nothing is sent to one before the domain is proven.
	Confirmed, FromRecord, AwaitsProof bool
	Added                              time.Time
	// Waiting, Failed and Sent count originals of the last 30 days.
	Waiting, Failed, Sent int64
	// LastSuccess, LastError and Next are zero when there is none.
	LastSuccess, LastError, Next time.Time
	// Error is the last one in a sentence.
	Error string
}

// verdict is the sign of a target.
func (r ForwardRow) verdict() Verdict {
	switch {
	case !r.Confirmed || r.AwaitsProof:
		return Pending
	case r.Waiting > 0 && !r.LastError.IsZero() && r.LastError.After(r.LastSuccess):
		return Fail
	default:
		return Pass
	}
}

// word says what the target waits for.
func (r ForwardRow) word() string {
	switch {
	case r.AwaitsProof:
		return "Starts when the domain is active."
	case r.Confirmed && r.FromRecord:
		return "Named by the domain's own record."
	case r.Confirmed:
		return "Confirmed."
	case r.HTTPS:
		return "Has not echoed the challenge yet."
	default:
		return "Waits for the link in the mail to be used."
	}
}

// ForwardConfirmPage is "/forwards/{secret}".
type ForwardConfirmPage struct {
	Frame
	Domain, Target string
	// Action is where the form is sent.
	Action string
	// Done says that it is confirmed now.
	Done bool
}

// DevMailPage is "/dev/mail".
type DevMailPage struct {
	Frame
	Mails []DevMail
}

// DevMail is a mail that was not sent.
type DevMail struct {
	ID, To, Subject, Text string
	At                    time.Time
}
