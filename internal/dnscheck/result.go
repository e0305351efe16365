package dnscheck

import (
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// SeverityPending is the weight of a finding that time will settle. In the
// order of weights it stands between fail and warn.
const SeverityPending tlsrpt.Severity = "pending"

// Presence says whether the delegation to our target is at the domain's own servers.
type Presence string

// The values of Presence. Only Present and Absent are evidence.
const (
	Present Presence = "present" // every authoritative server that answers shows it
	Absent  Presence = "absent"  // none of those that answer shows it
	Unknown Presence = "unknown" // no authoritative answer, or they disagree
)

// Result is the judgement over one Observation.
type Result struct {
	Domain  string
	At      time.Time
	Verdict tlsrpt.Verdict
	// Effective: a sender finds exactly one usable record now.
	Effective bool
	// Delegated: what it finds comes from us, by the CNAME or a copy of our TXT.
	Delegated bool
	// Proven: the delegation proves that the holder of the token controls the
	// domain: every authoritative server that answers shows the CNAME to this
	// token's target, at least one does, and a random sibling does not.
	Proven   bool
	Presence Presence
	// Inconclusive: nobody answered, so that the verdict says nothing new.
	Inconclusive bool
	// Disagree: the authoritative servers contradict each other.
	Disagree bool
	// RecheckAt is when the last cache forgets what it still holds, or zero.
	RecheckAt time.Time
	Findings  []tlsrpt.Finding // most severe first
	Servers   []ServerVerdict
	CNAME     string // target of the owner name without final dot, or ""
	Record    string // the text a sender reads, or ""
	// Senders are what known senders make of the record; none without one.
	Senders []tlsrpt.SenderReading
}

// ServerVerdict is one server's answer with what to think of it.
type ServerVerdict struct {
	ServerAnswer
	Verdict tlsrpt.Verdict
}

// Report is the form of a Result that `web check --json` prints.
type Report struct {
	Domain    string           `json:"domain"`
	Verdict   tlsrpt.Verdict   `json:"verdict"`
	Effective bool             `json:"effective"`
	Delegated bool             `json:"delegated"`
	Findings  []tlsrpt.Finding `json:"findings"`
	Servers   []ReportServer   `json:"servers"`
	CNAME     string           `json:"cname"`
	Record    string           `json:"record"`
}

// ReportServer is one server of a Report. Rcode is the response code, or in
// lower case why there was none.
type ReportServer struct {
	Server string   `json:"server"`
	Kind   Kind     `json:"kind"`
	CNAME  string   `json:"cname"`
	TXT    []string `json:"txt"`
	Rcode  string   `json:"rcode"`
	TTL    uint32   `json:"ttl"`
}

// Report gives the printable form; its lists are never nil.
func (r Result) Report() Report {
	out := Report{
		Domain: r.Domain, Verdict: r.Verdict, Effective: r.Effective, Delegated: r.Delegated,
		Findings: append([]tlsrpt.Finding{}, r.Findings...), Servers: []ReportServer{},
		CNAME: r.CNAME, Record: r.Record,
	}
	for _, s := range r.Servers {
		row := ReportServer{Server: s.Server, Kind: s.Kind, CNAME: s.CNAME, TXT: append([]string{}, s.TXT...), Rcode: s.Rcode, TTL: s.TTL}
		if s.Err != "" {
			row.Rcode = s.Err
		}
		out.Servers = append(out.Servers, row)
	}
	return out
}
