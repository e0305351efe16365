package tlsrpt

import (
	"errors"
	"regexp"
	"strings"
)

// anatomy is a record read leniently: what is wrong with it, and what its author
// meant. Each fault is repaired in passing, so that the next one shows too.
type anatomy struct {
	findings []Finding
	said     map[string]int // findings by id
	our      string         // our rua, "" if unknown
	strict   error          // the strict parser's opinion

	ruas    int // rua fields
	fields  int // fields of any kind
	entries []entry
	ignored []string // names of unknown fields
}

// entry is one destination as its author meant it.
type entry struct {
	Destination
	shown string // as written
	legal bool   // a URI by the grammar
	fault string // id of what is wrong with it, weighed when all entries are known
}

func examine(text, our string) anatomy {
	c := anatomy{our: our, said: map[string]int{}}
	_, c.strict = ParseRecord(text)
	c.body(c.version(text))
	c.order()
	c.weigh()
	c.check(text)
	return c
}

// add keeps a finding unless there are plenty of its kind.
func (c *anatomy) add(id string, s Severity, blanks ...string) {
	if c.said[id]++; c.said[id] <= maxFindings {
		c.findings = append(c.findings, finding(id, s, blanks...))
	}
}

// failed tells whether something here makes strict senders drop the record.
func (c *anatomy) failed() bool {
	for _, f := range c.findings {
		if f.Severity == SeverityFail || f.ID == "R8" {
			return true
		}
	}
	return false
}

// usable counts the destinations a sender could use once the record is repaired.
func (c *anatomy) usable() int {
	n := 0
	for _, e := range c.entries {
		if e.Usable() {
			n++
		}
	}
	return n
}

func (c *anatomy) intended() []string {
	var out []string
	for _, e := range c.entries {
		if e.Usable() {
			out = append(out, e.Raw)
		}
	}
	return out
}

// body examines the fields behind the version.
func (c *anatomy) body(s string) {
	s = c.ending(s)
	fields := strings.Split(s, ";")
	if last := len(fields) - 1; strings.Trim(fields[last], " \t") == "" {
		fields = fields[:last] // RFC 8460 §3: one delimiter may end the record
	}
	for _, f := range fields {
		if f = strings.Trim(f, " \t"); f == "" {
			c.add("R21", SeverityFail)
			continue
		}
		c.field(f)
		c.fields++
	}
	if c.ruas == 0 {
		c.missing()
		return
	}
	for _, name := range c.ignored {
		c.add("R23", SeverityInfo, "{name}", name)
	}
}

// ending examines blanks at the very end, which the grammar allows only behind
// a semicolon.
func (c *anatomy) ending(s string) string {
	trimmed := strings.TrimRight(s, " \t\r\n")
	tail := s[len(trimmed):]
	if tail == "" || trimmed == "" || strings.HasSuffix(trimmed, ";") && strings.Trim(tail, " \t") == "" {
		return s
	}
	what := "the blank at the end"
	if strings.ContainsAny(tail, "\r\n") {
		what = "the line break at the end"
	}
	c.add("R24", SeverityFail, "{text}", what)
	return trimmed
}

// missing reports that there is no rua, and passes over the look-alikes of it
// among the unknown fields: the fix for both is the same.
func (c *anatomy) missing() {
	rua := strings.TrimPrefix(c.our, "mailto:")
	if rua == "" {
		rua = "you@example.com"
	}
	c.add("R8", SeverityWarn, "{rua}", rua)
	for _, name := range c.ignored {
		if l := strings.ToLower(name); l != "rua" && l != "ruf" {
			c.add("R23", SeverityInfo, "{name}", name)
		}
	}
}

var (
	ruaBlank = regexp.MustCompile(`^rua[ \t]*=`)
	addressy = regexp.MustCompile(`(?i)^(?:mailto:|https?:)|^[^=]*@`)
)

func (c *anatomy) field(f string) {
	switch {
	case ruaBlank.MatchString(f):
		c.rua(f)
	case validExtension(f):
		name, _, _ := strings.Cut(f, "=")
		c.ignored = append(c.ignored, name)
	case c.ruas > 0 && addressy.MatchString(f) && !strings.HasPrefix(f, "rua"):
		c.add("R14", SeverityFail)
		c.list(f)
	default:
		c.add("R24", SeverityFail, "{text}", quoted(f))
	}
}

func validExtension(f string) bool {
	n := extensionName(f)
	return n > 0 && n < len(f)-1 && f[n] == '=' && extensionValue(f[n+1:]) == len(f)-n-1
}

func (c *anatomy) rua(f string) {
	tag := ruaBlank.FindString(f)
	value := f[len(tag):]
	if list := strings.TrimLeft(value, " \t"); len(tag) > len("rua=") || len(list) < len(value) && list != "" {
		c.add("R24", SeverityFail, "{text}", "the blanks around = in "+quoted(f))
		value = list
	}
	c.ruas++
	if c.ruas > 1 || c.fields > 0 {
		c.add("R13", SeverityWarn)
	}
	if value == "" {
		c.add("R9", SeverityFail)
		return
	}
	c.list(value)
}

// order examines the destinations as a whole.
func (c *anatomy) order() {
	our, _ := ParseDestination(c.our)
	seen := map[string]bool{}
	for i, e := range c.entries {
		key := e.key()
		if c.our != "" && i > 0 && key == our.key() && !seen[key] {
			c.add("R19", SeverityWarn)
		}
		if seen[key] {
			c.add("R20", SeverityWarn, "{uri}", e.shown)
		}
		seen[key] = true
	}
}

// weigh settles the faults that are harmless beside a good destination, because
// senders pass over such an entry instead of the whole record.
func (c *anatomy) weigh() {
	usable := c.usable()
	for _, e := range c.entries {
		severity := SeverityFail
		if e.legal && usable > 0 {
			severity = SeverityWarn
		}
		switch e.fault {
		case "R11":
			c.add("R11", severity, "{scheme}", e.Scheme)
		case "R16":
			c.add("R16", severity, "{addr}", e.shown)
		}
	}
}

// check holds the findings against the strict parser: a record that it refuses
// never goes without a reason.
func (c *anatomy) check(text string) {
	var syntax *SyntaxError
	if errors.As(c.strict, &syntax) && !c.failed() {
		c.add("R24", SeverityFail, "{text}", quoted(text[syntax.Offset:]))
	}
}

// quoted marks a piece of the record within a sentence.
func quoted(s string) string { return `"` + s + `"` }
