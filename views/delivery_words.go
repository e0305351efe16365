package views

// quarantineSentence says for people what a reason code means.
func quarantineSentence(reason string) string {
	switch reason {
	case "not-a-report":
		return "There is no TLS report in it."
	case "malformed":
		return "The report is not valid JSON."
	case "duplicate-key":
		return "The report says the same key twice, so it is not clear what counts."
	case "out-of-range":
		return "The report states a count that cannot be: negative, a fraction, or far too large."
	case "bad-dates":
		return "The report's days cannot be read."
	case "too-large":
		return "It is larger than we unpack."
	case "too-deep":
		return "The report is nested too deeply."
	case "too-many":
		return "The report holds more policies or failure details than we take."
	case "trailing-data":
		return "Something follows after the end of the report."
	case "encoding":
		return "Its compression or encoding is broken."
	case "foreign-domain":
		return "It reports only on domains that are not yours."
	default:
		return "It could not be counted."
	}
}

// deliverySentence says what a delivery's state means.
func deliverySentence(r DeliveryRow) string {
	switch r.State {
	case "unverified":
		return "No valid DKIM signature: kept, not counted."
	case "quarantined":
		return quarantineSentence(r.Reason)
	case "duplicate":
		return "The same report came before."
	case "pending":
		return "Not read yet."
	case "self-test":
		return "Our own test, not counted."
	default:
		return ""
	}
}

var deliveryStates = []struct{ state, word string }{
	{"", "All states"},
	{"counted", "Counted"},
	{"pending", "Pending"},
	{"unverified", "Unverified"},
	{"duplicate", "Duplicate"},
	{"quarantined", "Quarantined"},
	{"self-test", "Self-test"},
}

// UnreadSentence says for people why some bytes are no report, by the reason
// that tlsrpt gives.
func UnreadSentence(reason string) string { return quarantineSentence(reason) }

func deliveryVerdict(state string) Verdict {
	switch state {
	case "counted":
		return Pass
	case "pending":
		return Pending
	case "quarantined":
		return Fail
	default:
		return Warn
	}
}
