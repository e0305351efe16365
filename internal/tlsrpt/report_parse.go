package tlsrpt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ParseReport reads one JSON report (RFC 8460 §4.4), which is all of b apart from
// blanks and a byte order mark. It keeps a copy of b. The error wraps one of this package's
// sentinels; Reason names it.
func ParseReport(b []byte, lim Limits) (*Report, error) {
	return parseOwned(bytes.Clone(b), &lim)
}

// decoders keeps the scratch space of decoders, some tens of kilobytes each.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// parseOwned is ParseReport on bytes that nobody else writes to.
func parseOwned(b []byte, lim *Limits) (*Report, error) {
	if len(b) > lim.Decompressed {
		return nil, fmt.Errorf("%w: a report of %d bytes", ErrTooLarge, len(b))
	}
	if err := checkUnicode(b); err != nil {
		return nil, err
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.reset(b, lim)
	return d.report()
}

func (d *decoder) reset(b []byte, lim *Limits) {
	d.b, d.s, d.lim = b, view(b), *lim
	if bytes.HasPrefix(b, utf8BOM) {
		d.i = len(utf8BOM)
		d.note(devBOM)
	}
}

// release gives the scratch space back without anything of the report in it.
func (d *decoder) release() {
	*d = decoder{
		policies: emptied(d.policies, 1024),
		lines:    emptied(d.lines[:cap(d.lines)], 256),
		gathered: emptied(d.gathered[:cap(d.gathered)], 256),
	}
	decoders.Put(d)
}

// emptied is s without its elements, or nothing when it has grown beyond most.
func emptied[T any](s []T, most int) []T {
	if cap(s) > most {
		return nil
	}
	clear(s)
	return s[:0]
}

// report reads the whole input. What is wrong with the JSON comes before what
// is wrong with the report in it.
func (d *decoder) report() (*Report, error) {
	one := &single{Report: Report{JSON: d.b}}
	r := &one.Report
	if d.peek() != '{' {
		return nil, d.notAnObject()
	}
	var t top
	d.open()
	for n := 0; ; n++ {
		key, ok := d.member(n)
		if !ok {
			break
		}
		d.topMember(r, &t, key)
	}
	if d.err == nil && d.peek() != 0 || d.err == nil && d.i < len(d.b) {
		d.fail(ErrTrailingData, "the JSON goes on after its object")
	}
	if d.err == nil {
		d.finish(r, &t)
	}
	if d.err == nil && d.badUTF8 && isLatin1(d.b) {
		d.fail(ErrEncoding, "the report is in Latin-1")
	}
	if d.err != nil {
		return nil, d.err
	}
	r.Policies, r.Warnings = one.policies(d.policies), d.seen.warnings()
	return r, nil
}

// single is a report together with its policy, as most have just one.
type single struct {
	Report
	policy [1]PolicyResult
}

// policies is a copy of what was gathered, and nil for nothing.
func (s *single) policies(gathered []PolicyResult) []PolicyResult {
	switch len(gathered) {
	case 0:
		return nil
	case 1:
		s.policy[0] = gathered[0]
		return s.policy[:]
	}
	return slices.Clone(gathered)
}

// notAnObject tells why input that begins with anything but { is refused.
func (d *decoder) notAnObject() error {
	if d.peek() == '[' {
		if d.skip(); d.err != nil {
			return d.err
		}
	}
	return fmt.Errorf("%w: no JSON object", ErrNotAReport)
}

// top is what is known of the outermost object besides the report itself.
type top struct {
	seen       uint32
	start, end string
}

const (
	topOrganization = 1 << iota
	topDates
	topContact
	topID
	topPolicies
)

func (d *decoder) topMember(r *Report, t *top, key string) {
	switch key {
	case "organization-name":
		if d.once(&t.seen, topOrganization, key) {
			r.Organization = trim(d.textValue(d.lim.String))
		}
	case "date-range":
		if d.once(&t.seen, topDates, key) {
			d.dateRange(t)
		}
	case "contact-info":
		if d.once(&t.seen, topContact, key) {
			r.Contact = trim(d.textValue(d.lim.String))
		}
	case "report-id":
		if d.once(&t.seen, topID, key) {
			r.ReportID = d.reportID()
		}
	case "policies":
		if d.once(&t.seen, topPolicies, key) {
			d.policyList()
		}
	default:
		d.skip()
	}
}

func (d *decoder) reportID() string {
	id := trim(d.textValue(d.lim.ReportID))
	if len(id) > d.lim.String {
		d.note(devReportIDLong)
	}
	if bare := strings.Trim(id, "<> \t\r\n"); bare != id {
		d.note(devReportIDBrackets)
		return bare
	}
	return id
}

// dateRange keeps the two texts; finish reads them, so that a fault of the
// JSON further on is named before theirs.
func (d *decoder) dateRange(t *top) {
	if !d.object(ErrBadDates, "date-range") {
		return
	}
	var seen uint32
	d.open()
	for n := 0; ; n++ {
		key, ok := d.member(n)
		if !ok {
			return
		}
		switch key {
		case "start-datetime":
			if d.once(&seen, 1, key) {
				t.start = trim(d.textValue(d.lim.String))
			}
		case "end-datetime":
			if d.once(&seen, 2, key) {
				t.end = trim(d.textValue(d.lim.String))
			}
		default:
			d.skip()
		}
	}
}

// policyList reads policies: an array, or one object for a single policy.
func (d *decoder) policyList() {
	switch d.peek() {
	case '{':
		d.note(devPoliciesNotArray)
		d.policies = append(d.policies, PolicyResult{})
		d.policyResult(&d.policies[0])
	case '[':
		d.open()
		for n := 0; d.more(n, ']'); n++ {
			d.policyElement(n)
		}
	default:
		if !d.null() {
			d.fail(ErrMalformed, "policies is no array")
		}
	}
}

func (d *decoder) policyElement(n int) {
	if n >= d.lim.Policies {
		d.fail(ErrTooMany, "policies")
		return
	}
	if !d.object(ErrMalformed, "an element of policies") {
		return
	}
	d.policies = append(d.policies, PolicyResult{})
	d.policyResult(&d.policies[len(d.policies)-1])
}

// finish checks what can only be seen at the end.
func (d *decoder) finish(r *Report, t *top) {
	switch {
	case t.seen&(topPolicies|topDates) == 0:
		d.fail(ErrNotAReport, "neither policies nor date-range")
	case t.seen&topPolicies == 0:
		d.fail(ErrMalformed, "policies is missing")
	case t.seen&topDates == 0:
		d.fail(ErrBadDates, "date-range is missing")
	default:
		r.Start, r.End = d.dates(t.start, t.end)
	}
	if !plausible(d.policies) {
		d.fail(ErrOutOfRange, "the sessions add up to more than any sender has")
	}
	if r.Organization == "" {
		d.note(devOrganizationMissing)
	}
	if r.Contact == "" {
		d.note(devContactMissing)
	}
	if r.ReportID == "" {
		d.note(devReportIDMissing)
	}
	if len(d.policies) == 0 {
		d.note(devPoliciesEmpty)
	}
	d.comparePolicies(d.policies)
}
