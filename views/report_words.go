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

// disagreement says it where the details of a policy and its summary do not
// name the same number of failed sessions; "" where they do.
func (r PolicyResult) disagreement() string {
	var detailed int64
	for _, d := range r.Failures {
		detailed += d.Sessions
	}
	if !r.Stated || detailed == r.Sessions.Failed {
		return ""
	}
	return "The details name " + plural(detailed, "session", "sessions") + ", the summary " + count(r.Sessions.Failed) + ". The summary counts."
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
