package views

// ReportFilter is what a list of reports is narrowed to, as the URL says it;
// "" narrows nothing.
type ReportFilter struct {
	Reporter, Trust, Via, Policy string
	// From and To are days as 2026-01-31.
	From, To string
	// Warned leaves only reports with warnings.
	Warned bool
	// Reporters are those that can be chosen.
	Reporters []Choice
}

// Choice is an option of a select.
type Choice struct{ Value, Word string }

// ReportTotals sums up a list of reports.
type ReportTotals struct {
	Reports int64
	// Counted of them; Sessions are theirs.
	Counted  int64
	Sessions Sessions
	// More tells that the list goes on beyond what is summed up.
	More bool
}

var reportTrusts = []Choice{{"", "Any trust"}, {"verified", "Verified"}, {"posted", "Posted"}, {"uploaded", "Uploaded"}, {"accepted", "Accepted"}, {"unverified", "Unverified"}}

var reportVias = []Choice{{"", "Any way in"}, {"mail", "Mail"}, {"post", "HTTPS"}, {"upload", "Upload"}, {"import", "Import"}, {"mailbox", "Mailbox"}}

var reportPolicies = []Choice{{"", "Any policy"}, {"sts", "MTA-STS"}, {"tlsa", "DANE"}, {"no-policy-found", "No policy"}}

var reportWarnings = []Choice{{"", "With or without"}, {"yes", "With warnings"}}

func (f ReportFilter) warnings() string {
	if f.Warned {
		return "yes"
	}
	return ""
}

// choices are the reporters, with the one in force even if it is none of them.
func (f ReportFilter) choices() []Choice {
	list := append([]Choice{{"", "All reporters"}}, f.Reporters...)
	for _, c := range list {
		if c.Value == f.Reporter {
			return list
		}
	}
	return append(list, Choice{f.Reporter, f.Reporter})
}

// url is the list at path with this filter, but without the field named.
func (f ReportFilter) url(path, without, page string) string {
	pairs := []string{}
	for _, p := range [][2]string{{"reporter", f.Reporter}, {"trust", f.Trust}, {"via", f.Via}, {"policy", f.Policy}, {"warnings", f.warnings()}, {"from", f.From}, {"to", f.To}} {
		if p[0] != without {
			pairs = append(pairs, p[0], p[1])
		}
	}
	return withQuery(path, append(pairs, "page", page)...)
}

// chips are the filters in force, each with the list without it.
func (f ReportFilter) chips(path string) (list []Chip) {
	add := func(field, word, value string, choices []Choice) {
		if value == "" {
			return
		}
		chip := Chip{Field: field, Word: word, Value: value, Remove: f.url(path, field, "")}
		for _, c := range choices {
			if c.Value == value {
				chip.Value = c.Word
			}
		}
		list = append(list, chip)
	}
	add("reporter", "reporter", f.Reporter, f.Reporters)
	add("trust", "trust", f.Trust, reportTrusts)
	add("via", "way in", f.Via, reportVias)
	add("policy", "policy", f.Policy, reportPolicies)
	add("warnings", "warnings", f.warnings(), reportWarnings)
	add("from", "from", f.From, nil)
	add("to", "to", f.To, nil)
	return list
}
