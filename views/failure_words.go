package views

// title names what is wrong and where.
func (g FailureGroup) title() string {
	return g.ResultType + " at " + or(g.MX, or(g.Domain, "your mail server"))
}

// domainsWord heads the domains that have it.
func (g FailureGroup) domainsWord() string {
	if g.DomainCount == 1 {
		return "Domain"
	}
	return "Domains"
}

// lead is the sentence on top of the page.
func (p FailuresPage) lead() string {
	if len(p.Groups) == 0 {
		return "Failures " + rangeWords(p.Range)
	}
	s := plural(int64(len(p.Groups)), "problem", "problems") + " " + rangeWords(p.Range)
	if p.Sessions.Total() > 0 {
		s += ": " + count(p.Sessions.Failed) + " of " + plural(p.Sessions.Total(), "session", "sessions") + " failed"
	}
	return s
}
