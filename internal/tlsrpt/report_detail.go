package tlsrpt

// failures reads failure-details: an array, or one object in its place.
func (d *decoder) failures() []FailureDetail {
	switch d.peek() {
	case '{':
		d.note(devDetailsNotArray)
		d.failureElement()
	case '[':
		d.open()
		for n := 0; d.more(n, ']'); n++ {
			d.failureElement()
		}
	default:
		if !d.null() {
			d.fail(ErrMalformed, "failure-details is no array")
		}
	}
	n := len(d.details)
	if n == 0 {
		return nil
	}
	out := d.details[:n:n]
	d.details = d.details[n:]
	return out
}

// detailLength is what the shortest usual failure detail takes of the JSON.
const detailLength = 192

// detail is one more failure detail of this policy. The policies of a report
// share chunks, which are of no more than the rest of the JSON may need.
func (d *decoder) detail() *FailureDetail {
	n := len(d.details)
	if n == cap(d.details) {
		grown := make([]FailureDetail, n, 2*n+1+min((len(d.b)-d.i)/detailLength, 1024))
		copy(grown, d.details)
		d.details = grown
	}
	d.details = d.details[:n+1]
	return &d.details[n]
}

func (d *decoder) failureElement() {
	if d.total++; d.total > d.lim.Details {
		d.fail(ErrTooMany, "failure details")
		return
	}
	if !d.object(ErrMalformed, "an element of failure-details") {
		return
	}
	d.failureDetail(d.detail())
}

const (
	keyResultType = 1 << iota
	keySendingIP
	keyMXHostname
	keyMXHostName
	keyHELO
	keyReceivingIP
	keySessions
	keyInformation
	keyInfoURI
	keyReason
	keyErrorCode
)

func (d *decoder) failureDetail(f *FailureDetail) {
	var seen uint32
	f.Sessions = -1
	d.open()
	for n := 0; ; n++ {
		key, ok := d.member(n)
		if !ok {
			break
		}
		d.detailMember(f, &seen, key)
	}
	if f.Sessions < 0 {
		f.Sessions = 1
		d.note(devDetailCountMissing)
	}
	if f.ResultType == "" {
		d.note(devResultTypeMissing)
	}
	if f.SendingMTAIP == "" && f.ReceivingMXHostname == "" && f.ReceivingIP == "" {
		d.note(devDetailNoHost)
	}
}

func (d *decoder) detailMember(f *FailureDetail, seen *uint32, key string) {
	switch key {
	case "result-type":
		if d.once(seen, keyResultType, key) {
			f.ResultType = d.resultType()
		}
	case "sending-mta-ip":
		if d.once(seen, keySendingIP, key) {
			f.SendingMTAIP = d.address()
		}
	case "receiving-ip":
		if d.once(seen, keyReceivingIP, key) {
			f.ReceivingIP = d.address()
		}
	case "receiving-mx-helo":
		if d.once(seen, keyHELO, key) {
			f.ReceivingMXHELO = trim(d.textValue(d.lim.String))
		}
	case "failed-session-count":
		if d.once(seen, keySessions, key) {
			if c := d.count(); c.Stated {
				f.Sessions = c.N
			}
		}
	default:
		d.aliasedMember(f, seen, key)
	}
}

// aliasedMember reads the members that go by two names in the field. When both
// are there, the RFC's wins.
func (d *decoder) aliasedMember(f *FailureDetail, seen *uint32, key string) {
	switch key {
	case "receiving-mx-hostname":
		d.either(&f.ReceivingMXHostname, seen, keyMXHostname, key, true)
		f.ReceivingMXHostname = mxName(f.ReceivingMXHostname)
	case "receiving-mx-host-name":
		d.note(devKeyMXHostName)
		d.either(&f.ReceivingMXHostname, seen, keyMXHostName, key, false)
		f.ReceivingMXHostname = mxName(f.ReceivingMXHostname)
	case "additional-information":
		d.either(&f.AdditionalInformation, seen, keyInformation, key, true)
	case "additional-info-uri":
		d.note(devKeyInfoURI)
		d.either(&f.AdditionalInformation, seen, keyInfoURI, key, false)
	case "failure-reason-code":
		d.either(&f.ReasonCode, seen, keyReason, key, true)
	case "failure-error-code":
		d.note(devKeyErrorCode)
		d.either(&f.ReasonCode, seen, keyErrorCode, key, false)
	default:
		d.skip()
	}
}

// either reads a text into to, unless the other spelling of its key has filled
// it and this one is not the RFC's.
func (d *decoder) either(to *string, seen *uint32, bit uint32, key string, proper bool) {
	if !d.once(seen, bit, key) {
		return
	}
	if text := d.textValue(d.lim.String); text != "" && (proper || *to == "") {
		*to = text
	}
}

// resultType keeps an unknown word as it is, and folds the case of a known one.
func (d *decoder) resultType() string {
	stated := trim(d.textValue(d.lim.String))
	if isResultType(stated) || stated == "" {
		return stated
	}
	if folded := lower(stated); isResultType(folded) {
		d.note(devResultTypeCase)
		return folded
	}
	d.note(devResultTypeUnknown)
	return stated
}

// isResultType tells whether RFC 8460 §4.3 defines the result type.
func isResultType(s string) bool {
	switch s {
	case "starttls-not-supported", "certificate-host-mismatch", "certificate-expired",
		"certificate-not-trusted", "validation-failure", "tlsa-invalid", "dnssec-invalid",
		"dane-required", "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid":
		return true
	}
	return false
}

// address reads an IP address as text. It stays in the reporter's spelling,
// without what stands around it.
func (d *decoder) address() string {
	quoted := d.peek() == '"'
	stated := d.textValue(d.lim.String)
	if isIPv4(stated) {
		return stated
	}
	text := bareAddress(stated)
	switch {
	case text == "":
		if quoted {
			d.note(devIPEmpty)
		}
		return ""
	case text != stated:
		d.note(devIPDecorated)
	}
	if !isIPv4(text) && !isIPv6(text) {
		if _, ok := Address(text); !ok {
			d.note(devIPInvalid)
		}
	}
	return text
}
