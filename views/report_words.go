package views

// reporter is the friendliest name that is known.
func (p ReportPage) reporter() string {
	switch {
	case p.Friendly != "":
		return p.Friendly
	case p.Reporter != "":
		return p.Reporter
	default:
		return or(p.Claimed, "Unknown reporter")
	}
}

// policyWord names a policy type (RFC 8460 §4.4) for people.
func policyWord(kind string) string {
	switch kind {
	case "sts":
		return "MTA-STS policy of"
	case "tlsa":
		return "DANE (TLSA) records of"
	case "no-policy-found":
		return "No policy found for"
	default:
		return "Policy of"
	}
}
