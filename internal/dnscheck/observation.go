package dnscheck

import "time"

// Kind says what a server was asked as.
type Kind string

// The kinds of servers.
const (
	Authoritative Kind = "authoritative"
	Resolver      Kind = "resolver"
	Own           Kind = "own"
)

// The values of ServerAnswer.Err.
const (
	ErrTimeout     = "timeout"     // no answer within Timeout
	ErrUnreachable = "unreachable" // the host or a firewall refused the packets
	ErrNoRoute     = "no route"    // no way to this address family from here
	ErrMalformed   = "malformed"   // an answer that is no DNS message
	ErrTCP         = "no tcp"      // truncated over UDP, and nothing over TCP
	ErrLame        = "lame"        // answers, but not for this zone
	ErrNoAddress   = "no address"  // the server's name has no address
	ErrSpecial     = "special"     // a special-purpose address: not asked
	ErrBudget      = "not asked"   // the check's questions or time were used up
	ErrSpared      = "spared"      // not asked, see Expect.Seen
)

// Observation is what one check saw: facts only, no judgement. It survives
// JSON unchanged.
type Observation struct {
	Domain string    `json:"domain"`
	At     time.Time `json:"at"`
	// Apex is what the domain itself is.
	Apex Apex `json:"apex"`
	// Zone is the zone that the domain lies in, "" when it was not found.
	Zone string `json:"zone"`
	// Cut is the zone cut below the domain (_tls or _smtp._tls delegated by
	// NS records), "" when there is none.
	Cut string `json:"cut,omitempty"`
	// Servers are the answers for the owner name; of Own, for the target.
	Servers []ServerAnswer `json:"servers"`
	// Chain are the aliases from the owner name on, as we followed them.
	Chain []Alias `json:"chain,omitempty"`
	// End is what lies at the end of a Chain that leads elsewhere than to
	// the expected target.
	End *ServerAnswer `json:"end,omitempty"`
	// Wildcard says that a random sibling of the owner name got the same answer.
	Wildcard bool `json:"wildcard"`
	// Sibling says that the random sibling was asked for and answered, so
	// that Wildcard means something.
	Sibling bool `json:"sibling"`
	// Parent is the rcode for _tls.<domain> at a server that has the owner name.
	Parent string `json:"parent,omitempty"`
	// OtherTypes are the types found at an owner name without CNAME and TXT.
	OtherTypes []string `json:"other_types,omitempty"`
	// Destinations are the addresses of the record that are not ours.
	Destinations []Destination `json:"destinations,omitempty"`
	// Enforcement is what makes TLS binding; asked only where a usable record is.
	Enforcement Enforcement `json:"enforcement,omitzero"`
	// Elsewhere are TLS-RPT records and delegations found at wrong names.
	Elsewhere []Misplaced `json:"elsewhere,omitempty"`
}

// Sight says whether something was seen to be there, or not to be.
type Sight string

// The values of Sight. Unseen is no evidence.
const (
	Unseen Sight = ""
	There  Sight = "there"
	Gone   Sight = "gone"
)

// Destination is a rua address. There means that reports can arrive: the mail
// domain takes mail, or the host of the URL finishes a TLS handshake with a
// valid certificate.
type Destination struct {
	URI   string `json:"uri"` // as written in the record
	State Sight  `json:"state"`
}

// Enforcement is what makes TLS more than a wish for senders. DANE is asked
// only without MTA-STS.
type Enforcement struct {
	STS  Sight `json:"sts,omitempty"`
	DANE Sight `json:"dane,omitempty"`
}

// Apex is what MX and address lookups of the domain itself gave.
type Apex struct {
	// Rcode is "" when no resolver answered.
	Rcode string `json:"rcode"`
	MX    []MX   `json:"mx"`
	// Address says that an A or AAAA record exists; asked only without MX.
	Address bool `json:"address"`
	// Known says that nothing is missing in Rcode, MX and Address.
	Known bool `json:"known"`
	// Secure is the resolver that validated the MX answer with DNSSEC, or "".
	Secure string `json:"secure,omitempty"`
	// Bogus says that the answer came only with validation switched off.
	Bogus bool `json:"bogus,omitempty"`
}

// MX is one mail exchanger; Host is "." in a null MX (RFC 7505).
type MX struct {
	Preference uint16 `json:"preference"`
	Host       string `json:"host"`
}

// Alias is one CNAME. Names are lower case without a final dot.
type Alias struct {
	Name   string `json:"name"`
	Target string `json:"target"`
}

// Misplaced is something at a name where no sender looks for it.
type Misplaced struct {
	Name  string   `json:"name"`
	CNAME string   `json:"cname,omitempty"`
	TXT   []string `json:"txt,omitempty"`
}

// ServerAnswer is what one server address said.
type ServerAnswer struct {
	// Server is the name of an authoritative server, or the host:port of a
	// resolver or of our own.
	Server string `json:"server"`
	// Addr is the address that was asked.
	Addr string `json:"addr"`
	Kind Kind   `json:"kind"`
	// CNAME is the target as the server spelled it, without a final dot.
	CNAME string `json:"cname"`
	// TXT has one text per record, its strings joined (RFC 8460 §3), with
	// what is no UTF-8 or a NUL replaced, for showing.
	TXT []string `json:"txt"`
	// Strings has the character-strings of each record exactly, in the
	// escaped form of zone files.
	Strings [][]string `json:"strings,omitempty"`
	// Beside says that the TXT stands at the owner name itself, beside the CNAME.
	Beside bool `json:"beside,omitempty"`
	// Rcode is the name of the response code, "" when there was no answer.
	Rcode string `json:"rcode"`
	// TTL in seconds: of the CNAME, else of the TXT, else of the absence.
	TTL uint32 `json:"ttl"`
	// EDE are the extended errors (RFC 8914) in words, "; " between them.
	EDE string `json:"ede,omitempty"`
	// Err is one of the Err constants, "" when there was a usable answer.
	Err string `json:"err,omitempty"`
	// RTT is how long the answer took.
	RTT time.Duration `json:"rtt,omitempty"`
	// AA and AD are the authoritative and the authentic bit.
	AA bool `json:"aa,omitempty"`
	AD bool `json:"ad,omitempty"`
	// Bogus says that the resolver answered only with validation switched off.
	Bogus bool `json:"bogus,omitempty"`
}

// Answered reports whether the server said what is at the name, be it nothing.
func (a ServerAnswer) Answered() bool {
	return a.Err == "" && (a.Rcode == "NOERROR" || a.Rcode == "NXDOMAIN")
}

// Empty reports whether the server said that there is neither CNAME nor TXT.
func (a ServerAnswer) Empty() bool {
	return a.Answered() && a.CNAME == "" && len(a.TXT) == 0
}
