package handlers

import (
	"errors"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// checkedDomain shows what a check of a visitor has found.
func (s *site) checkedDomain(p models.PublicCheck, limited string) views.CheckResult {
	now := s.Now().UTC()
	r := views.CheckResult{
		Domain: p.Domain, Link: s.address(toolCheckPath + "?domain=" + p.Domain), Now: now, Limited: limited,
		Waiting: p.Due, Slow: p.Due && now.Sub(p.AskedAt) > publicSlow,
	}
	if u := domainname.Unicode(p.Domain); u != p.Domain {
		r.Unicode = u
	}
	if p.CheckedAt == nil {
		return r
	}
	found := p.Result
	r.CheckedAt, r.Verdict, r.Effective, r.Delegated = *p.CheckedAt, views.Verdict(found.Verdict), found.Effective, found.Delegated
	r.CNAME, r.Record, r.Parts = found.CNAME, found.Record, recordParts(found.Record)
	r.Mail = mailServers(found.Mail)
	for _, f := range found.Findings {
		r.Findings = append(r.Findings, views.Finding{ID: f.ID, Verdict: findingVerdict(f.Severity), Text: f.Text, Drops: f.Drops, Cuts: f.Cuts})
	}
	for _, sender := range found.Senders {
		r.Senders = append(r.Senders, senderRow(sender.Family, sender.Outcome, sender.Useful))
	}
	observations := publicObservations(p)
	r.Servers, r.Unknown = serverRows(observations, "", now), !answered(observations)
	return r
}

// publicObservations gives the answers the form in which a domain of an account
// has them.
func publicObservations(p models.PublicCheck) []models.Observation {
	var rows []models.Observation
	for _, a := range p.Result.Servers {
		rows = append(rows, models.Observation{
			Server: a.Server, Addr: a.Addr, Kind: a.Kind, CNAME: a.CNAME, TXT: a.TXT, Rcode: a.Rcode, TTL: a.TTL, EDE: a.EDE, Error: a.Error, Verdict: a.Verdict,
			LastSeen: *p.CheckedAt,
		})
	}
	return rows
}

func mailServers(m models.PublicMail) views.MailServers {
	out := views.MailServers{Known: m.Known, Address: m.Address}
	for _, mx := range m.MX {
		out.MX = append(out.MX, views.MXRow{Preference: int(mx.Preference), Host: mx.Host})
	}
	return out
}

// maxParts bounds how much of a record is taken apart: a hostile one could have
// thousands of parts.
const maxParts = 60

// recordParts takes a record apart, as far as the grammar can follow it.
func recordParts(text string) []views.RecordPart {
	if text == "" {
		return nil
	}
	record, err := tlsrpt.ParseRecord(text)
	var parts []views.RecordPart
	end := 0
	for _, p := range record.Parts {
		if end = p.End; len(parts) < maxParts && p.Kind != tlsrpt.PartDelim && p.Kind != tlsrpt.PartComma {
			part := views.RecordPart{Text: text[p.Start:p.End]}
			part.Meaning, part.Verdict = partMeaning(p)
			parts = append(parts, part)
		}
	}
	var syntax *tlsrpt.SyntaxError
	if errors.As(err, &syntax) {
		parts = append(parts, unreadable(text[end:], syntax))
	}
	return parts
}

// unreadable is the rest of a record that no strict sender reads.
func unreadable(rest string, e *tlsrpt.SyntaxError) views.RecordPart {
	if rest == "" {
		return views.RecordPart{Text: "(the end)", Meaning: "Here the grammar is broken: " + e.Detail + ".", Verdict: views.Fail}
	}
	return views.RecordPart{Text: domainname.Show(rest), Meaning: "From here on the grammar is broken: " + e.Detail + ".", Verdict: views.Fail}
}

func partMeaning(p tlsrpt.Part) (string, views.Verdict) {
	switch p.Kind {
	case tlsrpt.PartVersion:
		return "The version. It stands first, spelled exactly so.", ""
	case tlsrpt.PartRUA:
		return "Here begins the list of where reports go.", ""
	case tlsrpt.PartURI:
		return destinationMeaning(p.Value)
	default:
		return "A field that RFC 8460 does not define. Senders pass over it.", ""
	}
}

func destinationMeaning(uri string) (string, views.Verdict) {
	d, err := tlsrpt.ParseDestination(uri)
	switch {
	case errors.Is(err, tlsrpt.ErrScheme):
		return "Neither mailto: nor https:, so no report goes there.", views.Fail
	case err != nil:
		return "No report can be delivered there.", views.Fail
	case d.Address != "":
		return "Reports go by mail to " + d.Address + ".", ""
	default:
		return "Reports are sent by HTTPS POST to this address.", ""
	}
}

// senderRow says in words what a family of senders makes of a record.
func senderRow(family, outcome string, useful []string) views.SenderRow {
	row := views.SenderRow{Family: senderWords(tlsrpt.SenderFamily(family))}
	switch tlsrpt.Outcome(outcome) {
	case tlsrpt.OutcomeAll:
		row.Verdict, row.Text = views.Pass, "Uses every destination."
	case tlsrpt.OutcomeCut:
		row.Verdict, row.Text = views.Warn, "Uses only "+someOf(useful)+"."
	case tlsrpt.OutcomeUseless:
		row.Verdict, row.Text = views.Fail, "Reads the record, but finds nowhere to send reports to."
	default:
		row.Verdict, row.Text = views.Fail, "Does not take it for a record: sends nothing."
	}
	return row
}

// someOf names the first few of many destinations.
func someOf(uris []string) string {
	const most = 3
	if len(uris) <= most {
		return strings.Join(uris, ", ")
	}
	return strings.Join(uris[:most], ", ") + " and others"
}

func senderWords(f tlsrpt.SenderFamily) string {
	switch f {
	case tlsrpt.SenderStrict:
		return "Strict, by RFC 8460"
	case tlsrpt.SenderMox:
		return "mox"
	case tlsrpt.SenderPostfix:
		return "Postfix with tlsrpt-reporter"
	default:
		return string(f)
	}
}
