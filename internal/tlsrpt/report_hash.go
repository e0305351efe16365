package tlsrpt

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash identifies what the report says: it does not depend on the order of
// keys, on blanks, on compression or on what carried the report. It does
// depend on the order of policies and failure details.
func (r *Report) Hash() [32]byte {
	b := make([]byte, 0, 256+len(r.JSON))
	b = appendText(b, "tlsrpt-report-1", r.Organization, r.ReportID, r.Contact)
	b = appendNumber(b, r.Start.Unix(), r.End.Unix(), int64(len(r.Policies)))
	for i := range r.Policies {
		b = r.Policies[i].appendTo(b)
	}
	return sha256.Sum256(b)
}

func (p *PolicyResult) appendTo(b []byte) []byte {
	b = appendText(b, string(p.Type), p.Domain)
	b = appendNumber(b, int64(len(p.PolicyStrings)))
	b = appendText(b, p.PolicyStrings...)
	b = appendNumber(b, int64(len(p.MXHosts)))
	b = appendText(b, p.MXHosts...)
	b = appendNumber(b, p.Successful.orMinus1(), p.Failed.orMinus1(), int64(len(p.Failures)))
	for i := range p.Failures {
		f := &p.Failures[i]
		b = appendText(b, f.ResultType, f.SendingMTAIP, f.ReceivingMXHostname, f.ReceivingMXHELO,
			f.ReceivingIP, f.ReasonCode, f.AdditionalInformation)
		b = appendNumber(b, f.Sessions)
	}
	return b
}

// orMinus1 keeps a count that is not stated apart from a stated 0.
func (c Count) orMinus1() int64 {
	if !c.Stated {
		return -1
	}
	return c.N
}

// appendText writes each text behind its length, so that no two lists of texts
// give the same bytes.
func appendText(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return b
}

func appendNumber(b []byte, ns ...int64) []byte {
	for _, n := range ns {
		b = binary.AppendVarint(b, n)
	}
	return b
}
