package tlsrpt

import "strconv"

// Warning is one way in which a report departs from RFC 8460 and was read all
// the same. Code is stable and in kebab case, Text is a sentence for people.
type Warning struct {
	Code, Text string
}

func (w Warning) String() string { return w.Code + ": " + w.Text }

// deviation numbers the warnings, so that twenty thousand occurrences cost one
// counter while a report is read.
type deviation uint8

const (
	devBOM deviation = iota
	devNotUTF8
	devNUL
	devNull
	devNotText
	devOrganizationMissing
	devContactMissing
	devReportIDMissing
	devReportIDBrackets
	devReportIDLong
	devDateNoZone
	devDateOnly
	devDateForm
	devEndMissing
	devEndBeforeStart
	devLongRange
	devPoliciesNotArray
	devPoliciesEmpty
	devPolicyMissing
	devPolicyTypeMissing
	devPolicyTypeUnknown
	devPolicyTypeCase
	devPolicyRepeated
	devDomainMissing
	devDomainNormalised
	devDomainULabel
	devTLSARecipient
	devTLSAUnderSTS
	devStringsNotArray
	devStringsMissing
	devStringsNested
	devStringsCR
	devStringsNoBlank
	devMXNotArray
	devMXEmpty
	devMXPrefix
	devKeyMXPattern
	devKeyMXHostName
	devKeyInfoURI
	devKeyErrorCode
	devCountMissing
	devCountText
	devCountFloat
	devDetailsNotArray
	devDetailCountMissing
	devResultTypeMissing
	devResultTypeUnknown
	devResultTypeCase
	devIPEmpty
	devIPInvalid
	devIPDecorated
	devDetailNoHost
	devDetailsDiffer
	devDetailsMissing

	devContentType
	devTypeMismatch
	devFileNameMismatch
	devNotMultipart
	devReportTypeMissing
	devBase64
	devTransferEncoding
	devGzipMembers
	devTrailingBytes
	devForwarded
	devHeaderDomain
	devHeaderSubmitter
	devEmptyPart

	deviations
)

// deviationTable is indexed by deviation.
var deviationTable = [deviations]Warning{
	devBOM:                 {"byte-order-mark", "The JSON begins with a byte order mark."},
	devNotUTF8:             {"not-utf8", "A text is not valid UTF-8; the bad bytes are shown as U+FFFD."},
	devNUL:                 {"nul-character", "A text holds U+0000, which is shown as ␀."},
	devNull:                {"null-value", "A value is null and was taken as absent."},
	devNotText:             {"not-a-string", "A number or boolean stands where text belongs."},
	devOrganizationMissing: {"organization-missing", "The reporting organisation is not named."},
	devContactMissing:      {"contact-missing", "There is no contact-info."},
	devReportIDMissing:     {"report-id-missing", "There is no report-id."},
	devReportIDBrackets:    {"report-id-brackets", "The report-id stands in angle brackets, which were removed."},
	devReportIDLong:        {"report-id-long", "The report-id is longer than other texts may be."},
	devDateNoZone:          {"date-without-zone", "A date-time has no time zone and was read as UTC."},
	devDateOnly:            {"date-only", "A date stands where a date-time belongs; an end date includes its day."},
	devDateForm:            {"date-form", "A date-time is not in the form of RFC 3339."},
	devEndMissing:          {"end-missing", "There is no end-datetime; one day was assumed."},
	devEndBeforeStart:      {"end-before-start", "The range ends before it starts; the day of its start counts."},
	devLongRange:           {"range-over-a-day", "The range is longer than a day; all counts on the day of its start."},
	devPoliciesNotArray:    {"policies-not-array", "policies is not an array."},
	devPoliciesEmpty:       {"policies-empty", "The report lists no policies."},
	devPolicyMissing:       {"policy-missing", "An element of policies does not say which policy it is about."},
	devPolicyTypeMissing:   {"policy-type-missing", "A policy has no policy-type."},
	devPolicyTypeUnknown:   {"unknown-policy-type", "A policy-type is not one of RFC 8460."},
	devPolicyTypeCase:      {"policy-type-case", "A policy-type is not in lower case."},
	devPolicyRepeated:      {"policy-repeated", "The same policy type and domain are listed more than once; their sessions add up."},
	devDomainMissing:       {"policy-domain-missing", "A policy has no policy-domain."},
	devDomainNormalised:    {"policy-domain-normalised", "A policy-domain has capitals, a final dot, blanks or the _smtp._tls label."},
	devDomainULabel:        {"policy-domain-u-label", "A policy-domain has letters beyond ASCII and was turned into A-labels."},
	devTLSARecipient:       {"tlsa-recipient-domain", "A tlsa policy names the recipient domain instead of the MX host."},
	devTLSAUnderSTS:        {"tlsa-strings-under-sts", "A policy of type sts holds TLSA records."},
	devStringsNotArray:     {"policy-string-not-array", "A policy-string is one text instead of an array."},
	devStringsMissing:      {"policy-string-missing", "A policy is named without its policy-string."},
	devStringsNested:       {"policy-string-nested-json", "A policy-string holds a JSON array inside a text."},
	devStringsCR:           {"policy-string-line-end", "A policy-string still has its line end or blanks around it."},
	devStringsNoBlank:      {"policy-string-no-blank", "A policy line has no blank after its colon."},
	devMXNotArray:          {"mx-host-not-array", "mx-host is one text instead of an array."},
	devMXEmpty:             {"mx-host-empty", "mx-host holds an empty name."},
	devMXPrefix:            {"mx-host-prefix", "An mx-host still has its mx: prefix."},
	devKeyMXPattern:        {"key-mx-host-pattern", "The key mx-host-pattern stands for mx-host."},
	devKeyMXHostName:       {"key-receiving-mx-host-name", "The key receiving-mx-host-name stands for receiving-mx-hostname."},
	devKeyInfoURI:          {"key-additional-info-uri", "The key additional-info-uri stands for additional-information."},
	devKeyErrorCode:        {"key-failure-error-code", "The key failure-error-code stands for failure-reason-code."},
	devCountMissing:        {"count-missing", "A summary leaves out a session count, which is then not stated."},
	devCountText:           {"count-as-text", "A session count is given as text."},
	devCountFloat:          {"count-as-float", "A session count is written with a fraction or an exponent."},
	devDetailsNotArray:     {"failure-details-not-array", "failure-details is one object instead of an array."},
	devDetailCountMissing:  {"failed-session-count-missing", "A failure detail has no failed-session-count; 1 was assumed."},
	devResultTypeMissing:   {"result-type-missing", "A failure detail has no result-type."},
	devResultTypeUnknown:   {"unknown-result-type", "A result-type is not one of RFC 8460."},
	devResultTypeCase:      {"result-type-case", "A result-type is not in lower case."},
	devIPEmpty:             {"ip-empty", "An IP address is given as an empty text."},
	devIPInvalid:           {"ip-invalid", "An IP address is not one; it is shown as text only."},
	devIPDecorated:         {"ip-decorated", "An IP address has brackets, a prefix or blanks around it."},
	devDetailNoHost:        {"detail-without-host", "A failure detail names neither a sending address nor a receiving host."},
	devDetailsDiffer:       {"details-differ", "The failure details do not add up to the summary; the summary counts."},
	devDetailsMissing:      {"details-missing", "Failures are summed up without any failure details."},
	devContentType:         {"content-type", "The part with the report has another type than application/tlsrpt+json or +gzip."},
	devTypeMismatch:        {"type-mismatch", "The part with the report is not what its type says."},
	devFileNameMismatch:    {"file-name-mismatch", "The file name says another compression than the file has."},
	devNotMultipart:        {"not-multipart", "The mail is not a multipart/report."},
	devReportTypeMissing:   {"report-type-missing", "The multipart/report does not say report-type=tlsrpt."},
	devBase64:              {"base64-repaired", "The base64 has foreign characters or lacks its padding."},
	devTransferEncoding:    {"transfer-encoding", "The transfer encoding is unknown or belongs to no such part."},
	devGzipMembers:         {"gzip-members", "The gzip stream has several members."},
	devTrailingBytes:       {"trailing-bytes", "Bytes follow the compressed report."},
	devForwarded:           {"forwarded", "The report was attached to a forwarded message."},
	devHeaderDomain:        {"header-domain-differs", "TLS-Report-Domain or the subject names a domain that the report does not."},
	devHeaderSubmitter:     {"header-submitter-differs", "TLS-Report-Submitter is not the domain of contact-info."},
	devEmptyPart:           {"empty-part", "The mail has an empty part beside the report."},
}

// tally counts deviations while a report is read.
type tally [deviations]uint32

// warnings lists what was counted, in the order of the table.
func (t *tally) warnings() []Warning {
	if *t == (tally{}) {
		return nil
	}
	n := 0
	for _, c := range t {
		n += int(min(c, 1))
	}
	out := make([]Warning, 0, n)
	for d, c := range t {
		if c == 0 {
			continue
		}
		w := deviationTable[d]
		if c > 1 {
			w.Text += " (" + strconv.FormatUint(uint64(c), 10) + " times)"
		}
		out = append(out, w)
	}
	return out
}
