package views

import "time"

// SetupPage is "/domains/{name}/setup".
type SetupPage struct {
	Frame
	Domain DomainHead
	// Zone is the zone the record is entered in, when it is known and is not
	// Domain itself; the short host is then relative to it.
	Zone string
	// Lookalike warns that the name may be taken for another when it is read.
	Lookalike bool
	// Target is the CNAME's value, ending with a dot.
	Target string
	// HostedTXT is the text of the record behind the CNAME.
	HostedTXT string
	// KeepInformed are the addresses that the domain's own TXT record has named.
	KeepInformed []string
	// TTL is what to enter where the form asks for one; 0 hides it.
	TTL   time.Duration
	Panel SetupPanel
	// SelfTest proves the whole way.
	SelfTest SelfTestPanel
}

// SetupPanel is the part of the setup page that follows the record as it
// spreads. "GET /domains/{name}/setup/panel" answers with it alone, and so
// does "POST /domains/{name}/check" to a request of htmx; any other request
// gets a redirect to the setup page.
type SetupPanel struct {
	// Domain is the A-label name.
	Domain string
	State  DomainState
	// Verdict is the outcome of the last check, "" before the first.
	Verdict Verdict
	// Summary is one sentence about the whole: "One of two name servers has it".
	// "" gives one that fits State and Verdict.
	Summary string
	Servers []ServerRow
	// Findings, most severe first.
	Findings []Finding
	// Published are the records that stand at _smtp._tls.<domain> now, in zone
	// file form without the owner: `TXT "v=TLSRPTv1; ..."`.
	Published []string
	// Unknown says that no server has answered, so that an empty Published means
	// nothing.
	Unknown bool
	// LastCheck and NextCheck are zero when there is none.
	LastCheck, NextCheck time.Time
	// Checking is true while a check runs or is due.
	Checking bool
	// Poll is how often the panel asks for itself again; 0 stops it.
	Poll time.Duration
	// LiveSince is when the record was first seen to be right; zero before.
	LiveSince time.Time
	// FirstReport is when the first report came; zero before.
	FirstReport time.Time
	// Now is the time of rendering.
	Now time.Time
}

// The kinds of servers a check asks.
const (
	KindAuthoritative = "authoritative"
	KindResolver      = "resolver"
)

// ServerRow is what one server answered.
type ServerRow struct {
	// Server is the name or address that stands in data-server.
	Server string
	// Address is shown beside a name; "" hides it.
	Address string
	// Kind is KindAuthoritative or KindResolver.
	Kind    string
	Verdict Verdict
	// Answer says in words what came: "CNAME right", "no record", "old zone, serial 17".
	Answer string
	// TTL is the time left of what the server remembers; negative is unknown.
	TTL time.Duration
	// ForgetsAt is when a resolver drops a wrong or missing answer; zero hides it.
	ForgetsAt time.Time
}

// Finding is one named result of a check (protocol ids: A1, N5, D13, R8 ...).
type Finding struct {
	ID      string
	Verdict Verdict
	// Text is the sentence with the fix.
	Text string
	// Drops are the families of senders that send nothing because of it, Cuts
	// those that lose some of the destinations; both may be unknown.
	Drops, Cuts []string
}

// sign is what stands before the sentence. D1, that all is as it should be, is
// the one finding that is good news.
func (f Finding) sign() Verdict {
	if f.ID == "D1" {
		return Pass
	}
	return f.Verdict
}
