package tlsrpt

import (
	"net/mail"
	"strings"
)

// MailInfo is what the header of a mail says about the report in it. None of it
// is authenticated, and the report's own words come first (RFC 8460 §5.6).
type MailInfo struct {
	// FromDomain is the domain of the address in From, in lower case; empty
	// unless the mail has exactly one From field with exactly one address.
	FromDomain string
	Subject    string
	// TLSReportDomain and TLSReportSubmitter are the fields of RFC 8460 §5.3.
	TLSReportDomain, TLSReportSubmitter string
	// FileName is that of the first part with a report. Never use it as a path.
	FileName string
	// ReportParts counts the parts that hold a report or look like one.
	ReportParts int
}

// PolicyDomain is the domain that the mail around a report says it is about:
// by TLS-Report-Domain, else by the subject, else by the file name (RFC 8460
// §5.1, §5.3). It helps where the report itself names none.
func (m *MailInfo) PolicyDomain() string {
	if m.TLSReportDomain != "" {
		return m.TLSReportDomain
	}
	if d := subjectDomain(m.Subject); d != "" {
		return d
	}
	return fileDomain(m.FileName)
}

// subjectDomain reads "Report Domain: example.org Submitter: ...".
func subjectDomain(subject string) string {
	rest, ok := cutPrefixFold(subject, "report domain:")
	if !ok {
		return ""
	}
	domain, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	return mxName(domain)
}

// fileDomain reads "sender!policy-domain!begin!end...".
func fileDomain(name string) string {
	parts := strings.Split(name, "!")
	if len(parts) < 4 {
		return ""
	}
	return mxName(parts[1])
}

// mailHeader is what the reader needs of a mail's header.
type mailHeader struct {
	part  partHeader
	froms int
}

// readMailHeader fills info and gives the body.
func readMailHeader(s string, info *MailInfo) (h mailHeader, body string) {
	f := fields{s: s}
	for f.next() {
		if !h.part.take(f.name, f.value) {
			h.takeInfo(f.name, f.value, info)
		}
	}
	if h.froms != 1 {
		info.FromDomain = ""
	}
	return h, f.s
}

// takeInfo keeps a field that MailInfo shows. The first of several wins.
func (h *mailHeader) takeInfo(name, value string, info *MailInfo) {
	switch {
	case strings.EqualFold(name, "From"):
		if h.froms++; h.froms == 1 {
			info.FromDomain = addressDomain(value)
		}
	case strings.EqualFold(name, "Subject") && info.Subject == "":
		info.Subject = headerText(value)
	case strings.EqualFold(name, "TLS-Report-Domain") && info.TLSReportDomain == "":
		info.TLSReportDomain = mxName(headerText(value))
	case strings.EqualFold(name, "TLS-Report-Submitter") && info.TLSReportSubmitter == "":
		info.TLSReportSubmitter = mxName(headerText(value))
	}
}

// addressDomain is the domain of a From value that holds exactly one address
// and no group.
func addressDomain(s string) string {
	if len(s) > 4*maxHeaderText {
		return ""
	}
	if !strings.ContainsAny(s, "\"(),:;\\[]") {
		return simpleDomain(s)
	}
	list, err := mail.ParseAddressList(plainText(s))
	if err != nil || len(list) != 1 || isGroup(s) {
		return ""
	}
	return mxName(list[0].Address[strings.LastIndexByte(list[0].Address, '@')+1:])
}

// simpleDomain reads "user@domain" and "Name <user@domain>".
func simpleDomain(s string) string {
	if open := strings.IndexByte(s, '<'); open >= 0 {
		inside, after, ok := strings.Cut(s[open+1:], ">")
		if !ok || trim(after) != "" || strings.Contains(s[:open], "@") {
			return ""
		}
		s = inside
	}
	user, domain, ok := strings.Cut(trim(s), "@")
	if !ok || user == "" || strings.ContainsAny(user, " \t\r\n<>") || strings.ContainsAny(domain, "@<> \t\r\n") {
		return ""
	}
	return strings.Clone(mxName(domain))
}

// isGroup tells whether a colon or semicolon stands outside of quotes.
func isGroup(s string) bool {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ':' || c == ';'):
			return true
		}
	}
	return false
}
