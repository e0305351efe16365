package tlsrpt

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// MailOptions are the parts of a report mail that are not the report.
type MailOptions struct {
	From, To string // addresses without a name
	// Submitter is the domain that reports, which RFC 8460 §5.3 wants to be
	// that of contact-info. PolicyDomain is the domain reported about. Both are
	// A-labels.
	Submitter, PolicyDomain string
	Date                    time.Time
	MessageID               string // without angle brackets
	// Plain sends the JSON without compression.
	Plain bool
}

// ErrMailOption is an option that cannot stand in a mail header.
var ErrMailOption = errors.New("cannot stand in a mail header")

// ComposeMail writes the mail of RFC 8460 §5.3 that carries r, with CRLF line
// ends and without a DKIM signature. The same input gives the same bytes. An
// option that is no address, name or message id is refused with ErrMailOption,
// so that nothing can add a header field.
func ComposeMail(o MailOptions, r *Report) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	data, err := r.Encode()
	if err != nil {
		return nil, err
	}
	media, ext := "application/tlsrpt+json", "json"
	if !o.Plain {
		if data, err = Gzip(data); err != nil {
			return nil, err
		}
		media, ext = "application/tlsrpt+gzip", "json.gz"
	}
	sum := sha256.Sum256(data)
	boundary := "=_tlsrpt_" + hex.EncodeToString(sum[:12])
	var m bytes.Buffer
	o.writeHeader(&m, r, boundary)
	o.writeText(&m, r, boundary)
	o.writeReport(&m, boundary, media, r.FileName(o.Submitter, o.PolicyDomain, ext), data)
	return m.Bytes(), nil
}

func (o *MailOptions) check() error {
	for _, a := range [...]string{o.From, o.To} {
		p, err := mail.ParseAddress(a)
		if err != nil || p.Name != "" || p.Address != a || len(a) > 320 || !isGraphic(a) {
			return fmt.Errorf("%w: address %q", ErrMailOption, a)
		}
	}
	for _, n := range [...]string{o.Submitter, o.PolicyDomain, o.MessageID} {
		if n == "" || len(n) > 255 || !isGraphic(n) || strings.ContainsAny(n, "<>()\",;:\\") {
			return fmt.Errorf("%w: %q", ErrMailOption, n)
		}
	}
	return nil
}

// isGraphic tells whether s is ASCII without blanks and control characters.
func isGraphic(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func (o *MailOptions) writeHeader(m *bytes.Buffer, r *Report, boundary string) {
	field := func(name, value string) { fmt.Fprintf(m, "%s: %s\r\n", name, value) }
	field("From", o.From)
	field("To", o.To)
	field("Date", o.Date.Format(time.RFC1123Z))
	field("Message-ID", "<"+o.MessageID+">")
	field("Subject", "Report Domain: "+o.PolicyDomain+"\r\n Submitter: "+o.Submitter+"\r\n Report-ID: <"+o.subjectID(r)+">")
	field("TLS-Report-Domain", o.PolicyDomain)
	field("TLS-Report-Submitter", o.Submitter)
	// RFC 8460 §3: the report is delivered even where TLS fails (RFC 8689).
	field("TLS-Required", "No")
	field("Auto-Submitted", "auto-generated")
	field("MIME-Version", "1.0")
	field("Content-Type", "multipart/report; report-type=\"tlsrpt\";\r\n boundary=\""+boundary+"\"")
	m.WriteString("\r\n")
}

// subjectID is the report-id in the form left@right that RFC 8460 §5.3 shows.
func (o *MailOptions) subjectID(r *Report) string {
	left, right, _ := strings.Cut(r.ReportID, "@")
	if right == "" {
		right = o.Submitter
	}
	return fileWord(left) + "@" + fileWord(right)
}

func (o *MailOptions) writeText(m *bytes.Buffer, r *Report, boundary string) {
	s := Tally(r.Policies)
	fmt.Fprintf(m, "--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n", boundary)
	fmt.Fprintf(m, "This is a TLS report (RFC 8460) from %s\r\nabout mail to %s\r\nfrom %s until %s UTC:\r\n",
		o.Submitter, o.PolicyDomain, r.Start.UTC().Format(time.DateTime), r.End.UTC().Format(time.DateTime))
	fmt.Fprintf(m, "%d successful and %d failed sessions.\r\n\r\n", s.Successful, s.Failed)
}

func (o *MailOptions) writeReport(m *bytes.Buffer, boundary, media, name string, data []byte) {
	fmt.Fprintf(m, "--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n", boundary, media)
	fmt.Fprintf(m, "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n\r\n", name)
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 0 {
		n := min(76, len(text))
		m.WriteString(text[:n])
		m.WriteString("\r\n")
		text = text[n:]
	}
	fmt.Fprintf(m, "--%s--\r\n", boundary)
}
