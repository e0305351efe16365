package tlsrpt

import "strings"

// TXT is one TXT record of a DNS answer: its character-strings.
type TXT []string

// Text joins the character-strings without blanks, as RFC 8460 §3 demands.
func (t TXT) Text() string { return strings.Join(t, "") }

// SelectRecords picks the records that count among the TXT records of one name
// (RFC 8460 §3). One alone is taken as it is; of several, those that do not
// begin with the literal v=TLSRPTv1; are discarded. Unless exactly one remains,
// a sender acts as if the domain had no TLS-RPT.
func SelectRecords(txts []TXT) []string {
	if len(txts) == 1 {
		return []string{txts[0].Text()}
	}
	var kept []string
	for _, t := range txts {
		if text := t.Text(); strings.HasPrefix(text, version+";") {
			kept = append(kept, text)
		}
	}
	return kept
}

// SplitTXT cuts a text into character-strings of at most 255 bytes. It returns
// at least one, because a TXT record cannot be without.
func SplitTXT(s string) []string {
	var parts []string
	for len(s) > 255 {
		parts, s = append(parts, s[:255]), s[255:]
	}
	return append(parts, s)
}
