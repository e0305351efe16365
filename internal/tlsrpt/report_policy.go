package tlsrpt

const (
	keyPolicy = 1 << iota
	keySummary
	keyDetails
)

// policyResult reads one element of policies, whose { is the next byte.
func (d *decoder) policyResult(p *PolicyResult) {
	var seen uint32
	d.open()
	for n := 0; ; n++ {
		key, ok := d.member(n)
		if !ok {
			break
		}
		switch key {
		case "policy":
			if d.once(&seen, keyPolicy, key) {
				d.policy(p)
			}
		case "summary":
			if d.once(&seen, keySummary, key) {
				d.summary(p)
			}
		case "failure-details":
			if d.once(&seen, keyDetails, key) {
				p.Failures = d.failures()
			}
		default:
			d.skip()
		}
	}
	if d.err == nil {
		d.checkPolicy(p, seen)
	}
}

// checkPolicy notes what a policy result leaves out or contradicts.
func (d *decoder) checkPolicy(p *PolicyResult, seen uint32) {
	if seen&keyPolicy == 0 {
		d.note(devPolicyMissing)
	}
	if p.Type == "" {
		d.note(devPolicyTypeMissing)
	} else if !p.Type.Known() {
		d.note(devPolicyTypeUnknown)
	}
	if p.Domain == "" {
		d.note(devDomainMissing)
	}
	if len(p.PolicyStrings) == 0 && (p.Type == PolicySTS || p.Type == PolicyTLSA) {
		d.note(devStringsMissing)
	}
	if p.Type == PolicySTS && len(p.PolicyStrings) > 0 && looksLikeTLSA(p.PolicyStrings[0]) {
		d.note(devTLSAUnderSTS)
	}
	if !p.Successful.Stated || !p.Failed.Stated {
		d.note(devCountMissing)
	}
	d.compareDetails(p)
}

// compareDetails notes when the details do not add up to the summary, which is
// allowed, as one session can fail in several ways.
func (d *decoder) compareDetails(p *PolicyResult) {
	if !p.Failed.Stated {
		return
	}
	if len(p.Failures) == 0 {
		if p.Failed.N > 0 {
			d.note(devDetailsMissing)
		}
		return
	}
	var sum int64
	for i := range p.Failures {
		sum = add(sum, p.Failures[i].Sessions)
	}
	if sum != p.Failed.N {
		d.note(devDetailsDiffer)
	}
}

// comparePolicies notes what shows only beside the other policies.
func (d *decoder) comparePolicies(ps []PolicyResult) {
	if len(ps) < 2 {
		return
	}
	type named struct {
		t      PolicyType
		domain string
	}
	seen := make(map[named]bool, len(ps))
	for _, p := range ps {
		if seen[named{p.Type, p.Domain}] {
			d.note(devPolicyRepeated)
		}
		seen[named{p.Type, p.Domain}] = true
	}
	for _, p := range ps {
		if p.Type == PolicyTLSA && p.Domain != "" && (seen[named{PolicySTS, p.Domain}] || seen[named{NoPolicyFound, p.Domain}]) {
			d.note(devTLSARecipient)
		}
	}
}

const (
	keyType = 1 << iota
	keyStrings
	keyDomain
	keyMX
	keyMXPattern
)

// policy reads the object that says which policy was applied.
func (d *decoder) policy(p *PolicyResult) {
	if !d.object(ErrMalformed, "policy") {
		return
	}
	var seen uint32
	d.open()
	for n := 0; ; n++ {
		key, ok := d.member(n)
		if !ok {
			break
		}
		switch key {
		case "policy-type":
			if d.once(&seen, keyType, key) {
				p.Type = d.policyType()
			}
		case "policy-string":
			if d.once(&seen, keyStrings, key) {
				p.PolicyStrings = d.policyStrings()
			}
		case "policy-domain":
			if d.once(&seen, keyDomain, key) {
				p.Domain = d.policyDomain()
			}
		case "mx-host":
			if d.once(&seen, keyMX, key) {
				p.MXHosts = d.mxHosts(p.MXHosts)
			}
		case "mx-host-pattern":
			if d.once(&seen, keyMXPattern, key) {
				d.note(devKeyMXPattern)
				p.MXHosts = d.mxHosts(p.MXHosts)
			}
		default:
			d.skip()
		}
	}
	p.Mode = policyMode(p.PolicyStrings)
	if p.Type == PolicyTLSA && len(p.PolicyStrings) == 1 {
		p.PolicyStrings = splitTLSA(p.PolicyStrings)
	}
	if len(p.PolicyStrings) > d.lim.Lines {
		d.fail(ErrTooMany, "lines of one policy")
	}
}

func (d *decoder) policyType() PolicyType {
	stated := trim(d.textValue(d.lim.String))
	folded := PolicyType(lower(stated))
	if !folded.Known() {
		return PolicyType(stated)
	}
	if string(folded) != stated {
		d.note(devPolicyTypeCase)
	}
	return folded
}

const (
	keySuccessful = 1 << iota
	keyFailed
)

func (d *decoder) summary(p *PolicyResult) {
	if !d.object(ErrMalformed, "summary") {
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
		case "total-successful-session-count":
			if d.once(&seen, keySuccessful, key) {
				p.Successful = d.count()
			}
		case "total-failure-session-count":
			if d.once(&seen, keyFailed, key) {
				p.Failed = d.count()
			}
		default:
			d.skip()
		}
	}
}

// textList reads an array of texts, or one text in its place, which it notes
// as single. It is kept in d.lines and valid until the next list.
func (d *decoder) textList(single deviation) []string {
	d.lines = d.lines[:0]
	switch d.peek() {
	case '[':
		d.open()
		for n := 0; d.more(n, ']'); n++ {
			if n >= d.lim.Lines {
				d.fail(ErrTooMany, "texts in one list")
			}
			if d.peek() == '"' {
				d.lines = append(d.lines, d.text(d.lim.String))
			} else if !d.null() {
				d.lines = append(d.lines, d.textValue(d.lim.String))
			}
		}
	default:
		if d.null() {
			break
		}
		d.note(single)
		d.lines = append(d.lines, d.textValue(d.lim.String))
	}
	return d.lines
}

// union is have and what more has besides.
func union(have, more []string) []string {
	seen := make(map[string]bool, len(have))
	for _, s := range have {
		seen[s] = true
	}
	for _, s := range more {
		if !seen[s] {
			have = append(have, s)
		}
	}
	return have
}

// mxHosts adds a list of mx patterns to those of the other spelling of its key.
func (d *decoder) mxHosts(have []string) []string {
	list := d.textList(devMXNotArray)
	keep := list[:0]
	for _, host := range list {
		host = trim(host)
		for bare, ok := cutPrefixFold(host, "mx:"); ok; bare, ok = cutPrefixFold(host, "mx:") {
			d.note(devMXPrefix)
			host = trim(bare)
		}
		if host = mxName(host); host == "" {
			d.note(devMXEmpty)
			continue
		}
		keep = append(keep, host)
	}
	if len(have) == 0 {
		return d.kept(keep)
	}
	return union(have, keep)
}
