package views

import (
	"strings"
	"time"
)

// CheckPage is "/tools/check": the public TLS record checker.
type CheckPage struct {
	Frame
	// Typed stands in the field; Error says why it cannot be checked, and
	// Suggestion is the name inside it that can be.
	Typed, Error, Suggestion string
	// Result is nil before a domain is given.
	Result *CheckResult
}

// CheckResult is the part of the checker that refreshes itself. "GET
// /tools/check?domain=NAME" answers with it alone to a request of htmx.
type CheckResult struct {
	// Domain is the A-label name; Unicode its other spelling, if it has one.
	Domain, Unicode string
	// Link is the address of this result.
	Link string
	// Waiting: a check is due or runs. Slow: it has been for longer than usual.
	Waiting, Slow bool
	// Limited says why no new check was begun; "" when none was needed.
	Limited string
	// CheckedAt is zero before the first result; then nothing below is set.
	CheckedAt            time.Time
	Verdict              Verdict
	Effective, Delegated bool
	// Unknown says that nobody has answered, so that the two say nothing.
	Unknown bool
	// CNAME is the target that the record is reached by, "" for none.
	CNAME    string
	Record   string
	Parts    []RecordPart
	Findings []Finding
	Senders  []SenderRow
	Servers  []ServerRow
	Mail     MailServers
	Now      time.Time
}

// RecordPart is a piece of a record with what it means.
type RecordPart struct {
	Text    string
	Meaning string
	// Verdict is Fail for a piece that no sender can use, else "".
	Verdict Verdict
}

// SenderRow is what one family of senders makes of a record.
type SenderRow struct {
	Family  string
	Verdict Verdict
	// Text says what happens in one sentence.
	Text string
}

// MailServers is where the domain takes mail. Known is false when nobody answered.
type MailServers struct {
	Known bool
	MX    []MXRow
	// Address is true when only the domain's own address stands in for an MX.
	Address bool
}

// MXRow is one mail exchanger.
type MXRow struct {
	Preference int
	Host       string
}

// null tells whether the MX say that the domain takes no mail (RFC 7505).
func (m MailServers) null() bool {
	return len(m.MX) == 1 && strings.Trim(m.MX[0].Host, ".") == ""
}

// checkPoll is how often a waiting result asks again, in milliseconds for htmx
// and in seconds for pages without JavaScript.
const (
	checkPollScript = "every 1000ms"
	checkPollPlain  = 2
)

// frame reloads the whole page where there is no JavaScript to poll the result.
func (p CheckPage) frame() Frame {
	f := p.Frame
	if p.Result != nil && p.Result.Waiting {
		f.Refresh = checkPollPlain
	}
	return f
}

func checkURL(domain string) string { return withQuery("/tools/check", "domain", domain) }

func (r CheckResult) dig() string {
	return "dig +short TXT _smtp._tls." + r.Domain + " @1.1.1.1"
}

func (r CheckResult) summary() string {
	switch r.Verdict {
	case Pass:
		return "Senders find one usable record."
	case Warn:
		return "Senders find a record, with a caveat."
	case Fail:
		return "Senders that keep to the standard send no reports."
	case NotApplicable:
		return "TLS reporting is not needed for this domain."
	default:
		return "There is no clear answer yet."
	}
}

func (r CheckResult) progress() string {
	switch {
	case r.Waiting && r.Slow:
		return "The check takes longer than usual; this page goes on by itself."
	case r.Waiting && r.CheckedAt.IsZero():
		return "Asking the name servers of " + r.Domain + " and the public resolvers. This page goes on by itself."
	case r.Waiting:
		return "Checked " + ago(r.Now, r.CheckedAt) + ". Checking again now."
	default:
		return "Checked " + ago(r.Now, r.CheckedAt) + ", and good for a minute."
	}
}

// known is a fact in a word.
func (r CheckResult) known(fact bool) string {
	if r.Unknown {
		return "not known"
	}
	return yesNo(fact)
}
