package tlsrpt

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// reader is the state of one Read.
type reader struct {
	lim   Limits
	found Found
	parts int
	// unpacked counts what came out of compression: the reports of all parts are
	// held at the same time.
	unpacked int
	empty    uint32 // parts that should hold a report and hold nothing
	scratch  []byte // a decoded part, until the next is decoded
	keepRaw  bool
	raw      [][]byte // the parts with reports as they were sent, if kept
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// maxScratch is the most that a reader keeps for the next mail.
const maxScratch = 1 << 20

func (r *reader) release() {
	if cap(r.scratch) > maxScratch {
		r.scratch = nil
	}
	*r = reader{scratch: r.scratch}
	readers.Put(r)
}

// place is where in a mail a part stands.
type place struct {
	depth      int      // multiparts and messages around it
	forwards   int      // messages around it, beside the outermost
	boundaries []string // of the multiparts around it
	notes      tally
}

// mail reads a whole mail.
func (r *reader) mail(b []byte) error {
	s := view(b)
	s = strings.TrimLeft(strings.TrimPrefix(s, string(utf8BOM)), "\r\n")
	if err := checkHeader(s, &r.lim); err != nil {
		return err
	}
	r.found.Mail = new(MailInfo)
	h, body := readMailHeader(s, r.found.Mail)
	var at place
	switch {
	case !strings.HasPrefix(h.part.media, "multipart/"):
		at.notes[devNotMultipart]++
	case !strings.EqualFold(param(h.part.contentType, "report-type"), "tlsrpt"):
		at.notes[devReportTypeMissing]++
	}
	first := len(r.found.Reports)
	if err := r.part(h.part, body, at); err != nil {
		return err
	}
	for _, report := range r.found.Reports[first:] {
		r.compareMail(report)
	}
	return nil
}

// part reads one entity: a multipart, a message or a leaf.
func (r *reader) part(h partHeader, body string, at place) error {
	switch {
	case strings.HasPrefix(h.media, "multipart/"):
		return r.multipart(h, body, at)
	case h.media == "message/rfc822" || h.media == "message/global":
		return r.message(h, body, at)
	}
	return r.leaf(h, body, at)
}

// deeper steps into a multipart or message.
func (r *reader) deeper(at *place) error {
	if at.depth++; at.depth > r.lim.MIMEDepth {
		return fmt.Errorf("%w: parts of a mail", ErrTooDeep)
	}
	return nil
}

func (r *reader) multipart(h partHeader, body string, at place) error {
	if err := r.deeper(&at); err != nil {
		return err
	}
	boundary, err := h.boundary(at.boundaries)
	if err != nil {
		return err
	}
	at.boundaries = append(at.boundaries[:len(at.boundaries):len(at.boundaries)], boundary)
	ps := newParts(body, boundary)
	for {
		s, ok := ps.next()
		if !ok {
			return nil
		}
		if r.parts++; r.parts > r.lim.Parts {
			return fmt.Errorf("%w: parts of a mail", ErrTooMany)
		}
		inner, body, err := readPartHeader(s, &r.lim)
		if err != nil {
			return err
		}
		if h.media == "multipart/digest" && inner.contentType == "" {
			inner.media = "message/rfc822" // RFC 2046 §5.1.5
		}
		if err := r.part(inner, body, at); err != nil {
			return err
		}
	}
}

// message reads a forwarded mail. Only what is inside counts, not its header.
func (r *reader) message(h partHeader, body string, at place) error {
	if err := r.deeper(&at); err != nil {
		return err
	}
	if at.forwards++; at.forwards > r.lim.Forwards {
		r.problem(fmt.Errorf("%w: messages inside messages", ErrTooDeep))
		return nil
	}
	at.notes[devForwarded] = 1
	if isEncoded(h.encoding) {
		// RFC 2046 §5.2.1 forbids it. The bytes must outlast those of the parts
		// inside, so they are not kept in scratch.
		at.notes[devTransferEncoding]++
		body = view(bytes.Clone(r.decode(h.encoding, body, &at.notes)))
	}
	inner, body, err := readPartHeader(strings.TrimLeft(body, "\r\n"), &r.lim)
	if err != nil {
		return err
	}
	return r.part(inner, body, at)
}

// isEncoded tells whether decode changes anything.
func isEncoded(encoding string) bool {
	return encoding == "base64" || encoding == "quoted-printable"
}

// decode undoes the transfer encoding. The bytes are good until the next call.
func (r *reader) decode(encoding, body string, notes *tally) []byte {
	switch encoding {
	case "base64":
		var repaired bool
		if r.scratch, repaired = decodeBase64(r.scratch, body); repaired {
			notes[devBase64]++
		}
	case "quoted-printable":
		r.scratch = decodeQuoted(r.scratch, body)
	default:
		notes[devTransferEncoding]++
		fallthrough
	case "", "7bit", "8bit", "binary":
		r.scratch = append(r.scratch[:0], body...)
	}
	return r.scratch
}

// decodeOtherwise decodes a part with a report that makes no sense in the
// encoding it claims: as plain text instead of base64, or the other way round.
func (r *reader) decodeOtherwise(claimed, body string, notes *tally) ([]byte, kind) {
	encoding := "base64"
	if claimed == "base64" {
		encoding, notes[devBase64] = "binary", 0
	}
	notes[devTransferEncoding] = 1
	data := r.decode(encoding, body, notes)
	if k := kindOf(data); k.holdsReport() {
		return data, k
	}
	return nil, kindOther
}

// leaf reads a part that has no parts. Text for people that is no report is
// passed over in silence.
func (r *reader) leaf(h partHeader, body string, at place) error {
	data := r.decode(h.encoding, body, &at.notes)
	name := fileName(h.disposition, h.contentType)
	declared := strings.HasPrefix(h.media, "application/tlsrpt") || isReportName(name)
	found := kindOf(data)
	if found == kindOther && declared {
		data, found = r.decodeOtherwise(h.encoding, body, &at.notes)
	}
	switch found {
	case kindEmpty:
		if declared {
			r.empty++
		}
		return nil
	case kindJSON:
		if !declared && !hasReportKeys(data) {
			return nil
		}
	case kindUTF16:
		if !declared && bytes.IndexByte(data[:min(len(data), 8)], '{') < 0 {
			return nil
		}
	case kindGzip, kindZip:
	case kindMail:
		if hasExtension(name, ".eml") {
			if !isEncoded(h.encoding) {
				return r.message(partHeader{}, body, at)
			}
			return r.message(partHeader{}, string(data), at)
		}
		fallthrough
	default:
		if !declared {
			return nil
		}
		r.problem(fmt.Errorf("%w: the part with the report holds neither JSON, gzip nor zip", ErrMalformed))
		return nil
	}
	if r.found.Mail.ReportParts++; r.found.Mail.FileName == "" {
		r.found.Mail.FileName = name
	}
	noteTypes(h.media, name, found, &at.notes)
	r.keep(data)
	return r.content(data, origin{inMail: true, notes: at.notes})
}

// noteTypes compares what a part says it is with what it is.
func noteTypes(media, name string, found kind, notes *tally) {
	switch media {
	case "application/tlsrpt+gzip":
		if found != kindGzip {
			notes[devTypeMismatch]++
		}
	case "application/tlsrpt+json":
		if found != kindJSON {
			notes[devTypeMismatch]++
		}
	default:
		notes[devContentType]++
	}
	if hasExtension(name, ".gz") && found != kindGzip ||
		hasExtension(name, ".json") && found != kindJSON ||
		hasExtension(name, ".zip") && found != kindZip {
		notes[devFileNameMismatch]++
	}
}

// isReportName recognises the file names of RFC 8460 §5.1.
func isReportName(name string) bool {
	if strings.Count(name, "!") < 3 {
		return false
	}
	return hasExtension(name, ".json") || hasExtension(name, ".gz") || hasExtension(name, ".zip")
}

func hasExtension(name, ext string) bool {
	return len(name) >= len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext)
}

// hasReportKeys tells a report from other JSON in a mail.
func hasReportKeys(b []byte) bool {
	return bytes.Contains(b, []byte(`"date-range"`)) || bytes.Contains(b, []byte(`"policies"`))
}

// compareMail notes where the mail contradicts the report, which wins.
func (rd *reader) compareMail(r *Report) {
	m := rd.found.Mail
	notes := tally{devEmptyPart: rd.empty}
	if m.TLSReportDomain != "" && !r.names(m.TLSReportDomain) {
		notes[devHeaderDomain]++
	} else if d := subjectDomain(m.Subject); d != "" && !r.names(d) {
		notes[devHeaderDomain]++
	}
	_, contact, _ := strings.Cut(r.Contact, "@")
	contact = mxName(strings.TrimSuffix(contact, ">"))
	if m.TLSReportSubmitter != "" && contact != "" && m.TLSReportSubmitter != contact {
		notes[devHeaderSubmitter]++
	}
	r.Warnings = append(r.Warnings, notes.warnings()...)
}

// names tells whether a policy is about the domain, or about none.
func (r *Report) names(domain string) bool {
	for i := range r.Policies {
		if d := r.Policies[i].Domain; d == domain || d == "" {
			return true
		}
	}
	return len(r.Policies) == 0
}
