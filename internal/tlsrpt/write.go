package tlsrpt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// The shape of RFC 8460 §4.4, for writing.
type (
	wireReport struct {
		Organization string       `json:"organization-name"`
		Dates        wireDates    `json:"date-range"`
		Contact      string       `json:"contact-info,omitempty"`
		ReportID     string       `json:"report-id"`
		Policies     []wireResult `json:"policies"`
	}
	wireDates struct {
		Start string `json:"start-datetime"`
		End   string `json:"end-datetime"`
	}
	wireResult struct {
		Policy   wirePolicy   `json:"policy"`
		Summary  wireSummary  `json:"summary"`
		Failures []wireDetail `json:"failure-details,omitempty"`
	}
	wirePolicy struct {
		Type    string   `json:"policy-type"`
		Strings []string `json:"policy-string,omitempty"`
		Domain  string   `json:"policy-domain,omitempty"`
		MXHosts []string `json:"mx-host,omitempty"`
	}
	wireSummary struct {
		Successful *int64 `json:"total-successful-session-count,omitempty"`
		Failed     *int64 `json:"total-failure-session-count,omitempty"`
	}
	wireDetail struct {
		ResultType  string `json:"result-type"`
		SendingIP   string `json:"sending-mta-ip,omitempty"`
		MXHostname  string `json:"receiving-mx-hostname,omitempty"`
		MXHELO      string `json:"receiving-mx-helo,omitempty"`
		ReceivingIP string `json:"receiving-ip,omitempty"`
		Sessions    int64  `json:"failed-session-count"`
		Information string `json:"additional-information,omitempty"`
		ReasonCode  string `json:"failure-reason-code,omitempty"`
	}
)

// Encode writes the report as RFC 8460 §4.4 has it, from its fields and not
// from JSON. Mode is not written: it is part of PolicyStrings. ParseReport
// gives the same report back.
func (r *Report) Encode() ([]byte, error) {
	w := wireReport{
		Organization: r.Organization,
		Dates:        wireDates{Start: stamp(r.Start), End: stamp(inclusive(r.End))},
		Contact:      r.Contact,
		ReportID:     r.ReportID,
		Policies:     make([]wireResult, 0, len(r.Policies)),
	}
	for i := range r.Policies {
		w.Policies = append(w.Policies, r.Policies[i].wire())
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(w); err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return out.Bytes(), nil
}

func (p *PolicyResult) wire() wireResult {
	w := wireResult{
		Policy:  wirePolicy{string(p.Type), p.PolicyStrings, p.Domain, p.MXHosts},
		Summary: wireSummary{p.Successful.stated(), p.Failed.stated()},
	}
	for _, f := range p.Failures {
		w.Failures = append(w.Failures, wireDetail{
			ResultType:  f.ResultType,
			SendingIP:   f.SendingMTAIP,
			MXHostname:  f.ReceivingMXHostname,
			MXHELO:      f.ReceivingMXHELO,
			ReceivingIP: f.ReceivingIP,
			Sessions:    f.Sessions,
			Information: f.AdditionalInformation,
			ReasonCode:  f.ReasonCode,
		})
	}
	return w
}

// stated is nil for a count that nobody stated, which leaves its key out.
func (c Count) stated() *int64 {
	if !c.Stated {
		return nil
	}
	return &c.N
}

// inclusive is the end as senders write it: the last second of a day.
func inclusive(end time.Time) time.Time {
	if end.Equal(end.Truncate(day)) {
		return end.Add(-time.Second)
	}
	return end
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// gzipWriters hold tables of about 800 KB each.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// Gzip compresses b, as RFC 8460 §5.2 recommends for every transport.
func Gzip(b []byte) ([]byte, error) {
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	if _, err := z.Write(b); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// FileName is the name of RFC 8460 §5.1 for the report about policyDomain that
// submitter sends, without extension when ext is empty (else "json" or
// "json.gz"). It has no character but letters, digits, dots, hyphens and !.
func (r *Report) FileName(submitter, policyDomain, ext string) string {
	name := strings.Join([]string{
		fileWord(submitter),
		fileWord(policyDomain),
		strconv.FormatInt(r.Start.Unix(), 10),
		strconv.FormatInt(inclusive(r.End).Unix(), 10),
		fileWord(r.ReportID),
	}, "!")
	name = strings.TrimSuffix(name, "!")
	if ext != "" {
		name += "." + fileWord(ext)
	}
	return name
}

// fileWord keeps the characters of a name that mean nothing to a file system,
// a header or a shell.
func fileWord(s string) string {
	word := strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '.', c == '-':
			return c
		}
		return '-'
	}, s)
	return word[:min(len(word), 100)]
}
