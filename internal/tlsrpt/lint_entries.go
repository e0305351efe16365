package tlsrpt

import (
	"regexp"
	"strings"
)

// sizeLimit is the suffix that DMARC has and TLS-RPT has not.
var sizeLimit = regexp.MustCompile(`![0-9]+[kmgtKMGT]?$`)

// list examines the value of a rua field.
func (c *anatomy) list(value string) {
	for i, item := range strings.Split(value, ",") {
		trimmed := strings.Trim(item, " \t")
		if trimmed != item {
			c.add("R13", SeverityWarn)
		}
		switch {
		case trimmed != "":
			c.item(trimmed)
		case i == 0:
			c.add("R9", SeverityFail)
		default:
			c.add("R24", SeverityFail, "{text}", "the comma without an address")
		}
	}
}

// item examines what stands between two commas.
func (c *anatomy) item(s string) {
	pieces := strings.Fields(s)
	if len(pieces) == 1 {
		c.entry(s)
		return
	}
	for _, p := range pieces {
		if !strings.Contains(p, "@") && !strings.Contains(p, "://") {
			c.broken(s)
			return
		}
	}
	c.add("R14", SeverityFail)
	for _, p := range pieces {
		c.entry(p)
	}
}

// broken notes an entry that is no URI and cannot be repaired by rule.
func (c *anatomy) broken(s string) {
	c.entries = append(c.entries, entry{Destination: Destination{Raw: s}, shown: s, fault: "R16"})
}

func (c *anatomy) entry(s string) {
	e := entry{shown: s, legal: true}
	uri := c.exclamation(c.repeatedTag(s))
	if uri == "" {
		c.add("R9", SeverityFail)
		return
	}
	if schemeLen(uri) < 0 && schemeless(uri) {
		c.add("R10", SeverityFail, "{addr}", uri)
		uri = "mailto:" + uri
	}
	if _, why := uriFault(uri); why != "" {
		c.broken(uri)
		return
	}
	e.Destination, _ = ParseDestination(uri)
	e.fault = e.judge()
	c.entries = append(c.entries, e)
}

func schemeless(s string) bool {
	return strings.Contains(s, "@") && !strings.ContainsAny(s, "<>\"'()")
}

// repeatedTag drops a rua= inside the comma list.
func (c *anatomy) repeatedTag(s string) string {
	if len(s) < 4 || !strings.EqualFold(s[:4], "rua=") {
		return s
	}
	c.add("R12", SeverityFail)
	return c.repeatedTag(s[4:])
}

// exclamation drops a size limit and encodes what other ! there are.
func (c *anatomy) exclamation(s string) string {
	if size := sizeLimit.FindString(s); size != "" {
		c.add("R15", SeverityFail, "{part}", size)
		s = strings.TrimSuffix(s, size)
	}
	if strings.Contains(s, "!") {
		c.add("R15", SeverityFail, "{part}", "!")
	}
	return encodeURI(s)
}

// judge finds the fault of a grammatical URI: one that no sender, or not every
// known sender, can deliver to. Header fields after a mailbox are of the second
// kind: Postfix-based senders take them for a part of the address.
func (e entry) judge() string {
	switch {
	case e.Scheme != "mailto" && e.Scheme != "https":
		return "R11"
	case !e.Usable(), e.Scheme == "mailto" && strings.ContainsAny(e.Raw, "?#"):
		return "R16"
	}
	return ""
}
