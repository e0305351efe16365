package tlsrpt

import (
	"slices"
	"strings"
)

// Verdict is the colour of a check.
type Verdict string

// The five verdicts. Lint gives the first three; the others belong to checks
// that may not apply or may not have an answer yet.
const (
	Pass          Verdict = "pass"
	Warn          Verdict = "warn"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not applicable"
	Pending       Verdict = "pending"
)

// Severity is the weight of one finding.
type Severity string

// Severities, worst first. A finding of SeverityInfo does not change the verdict.
const (
	SeverityFail Severity = "fail"
	SeverityWarn Severity = "warn"
	SeverityInfo Severity = "info"
)

// Finding is one thing to know about a record, with its fix in one sentence.
// Text is plain: bytes of the record in it are shortened and made printable, but
// not escaped for HTML.
type Finding struct {
	ID       string   `json:"id"` // R1 to R29
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`

	// Drops names the senders that send nothing because of findings like this
	// one, Cuts those that lose some of the destinations.
	Drops []SenderFamily `json:"-"`
	Cuts  []SenderFamily `json:"-"`
}

// LintInput is what is known about the TXT records of _smtp._tls.<domain>. The
// zero value of every field but TXT means "not known".
type LintInput struct {
	TXT    []TXT
	Domain string // the policy domain, for the sentences
	OurRUA string // the rua we hand out, with or without mailto:
	TTL    uint32 // seconds

	// What only a look at the network or at received reports can tell.
	DeadMailboxes []string // R17: rua addresses whose domain takes no mail
	DeadURLs      []string // R18: https destinations that do not answer properly
	Unenforced    bool     // R28: the domain has neither MTA-STS nor DANE
	SilentDays    int      // R29: days since the last of earlier reports
}

// LintResult is the outcome of Lint. As JSON it is the output of `record lint`.
type LintResult struct {
	Verdict Verdict `json:"verdict"`
	// Effective: a sender that follows RFC 8460 to the letter finds exactly one
	// record here, with at least one destination it can use.
	Effective bool `json:"effective"`
	// Record is the text that was examined; of several, the first.
	Record string `json:"record"`
	// Destinations are the URIs of an effective record, in order.
	Destinations []string `json:"destinations"`
	// Findings come most severe first.
	Findings []Finding `json:"findings"`

	Parsed   Record          `json:"-"` // Record taken apart, up to the first error
	Intended []string        `json:"-"` // destinations that the author seems to have meant
	Senders  []SenderReading `json:"-"` // what known senders make of it
}

// LintText examines the text of a single record.
func LintText(text string) LintResult {
	return Lint(LintInput{TXT: []TXT{{text}}})
}

// Lint examines the TXT records of one name against RFC 8460 §3 and against the
// senders known to read less than it allows. It lists everything it sees: what
// breaks the grammar fails, because strict senders drop the whole record; what
// is legal but breaks a known sender warns. Without any TXT record it fails with
// no finding, since the mistake is elsewhere than in a text.
func Lint(in LintInput) LintResult {
	l := linter{in: in, res: LintResult{Verdict: Fail, Destinations: []string{}, Findings: []Finding{}}}
	if len(in.TXT) > 0 {
		l.records()
		l.facts()
		l.finish()
	}
	return l.res
}

type linter struct {
	in  LintInput
	res LintResult
}

func (l *linter) add(id string, s Severity, blanks ...string) {
	l.res.Findings = append(l.res.Findings, finding(id, s, blanks...))
}

// records decides which text counts (RFC 8460 §3) and examines it.
func (l *linter) records() {
	exact := l.matching(func(s string) bool { return strings.HasPrefix(s, version+";") })
	if len(exact) > 1 {
		l.add("R1", SeverityFail)
		l.strangers(len(exact))
		l.res.Record = exact[0].Text()
		return
	}
	if near := l.matching(resembles); len(exact) == 0 && len(near) > 0 {
		exact = near
	}
	if len(exact) == 0 {
		l.res.Record = l.in.TXT[0].Text()
		l.add("R3", SeverityFail, "{name}", l.name())
		return
	}
	l.strangers(1)
	l.record(exact[0])
}

func (l *linter) matching(is func(string) bool) []TXT {
	var out []TXT
	for _, t := range l.in.TXT {
		if is(t.Text()) {
			out = append(out, t)
		}
	}
	return out
}

// strangers notes TXT records beside the n that were recognised.
func (l *linter) strangers(n int) {
	if len(l.in.TXT) > n {
		l.add("R2", SeverityInfo)
	}
}

func (l *linter) record(t TXT) {
	l.res.Record = t.Text()
	l.res.Parsed, _ = ParseRecord(l.res.Record)
	c := examine(l.res.Record, l.ourRUA())
	if len(t) > 1 {
		c = examinePieces(t, c, l.ourRUA())
	}
	l.res.Intended = c.intended()
	l.res.Findings = append(l.res.Findings, c.findings...)
	if len(SelectRecords(l.in.TXT)) != 1 {
		l.orphan()
	}
}

// orphan raises the blank before the first semicolon to a failure: beside other
// TXT records, the literal prefix no longer matches and the record is discarded.
func (l *linter) orphan() {
	for i := range l.res.Findings {
		if f := &l.res.Findings[i]; f.ID == "R21" {
			f.Severity = SeverityFail
		}
	}
}

// facts adds what the text alone does not show.
func (l *linter) facts() {
	if l.in.TTL > 0 && l.in.TTL < 300 {
		l.add("R27", SeverityWarn)
	}
	for _, a := range l.in.DeadMailboxes {
		l.add("R17", SeverityFail, "{addr}", a)
	}
	severity := SeverityWarn
	if len(l.res.Parsed.Destinations) == 1 {
		severity = SeverityFail
	}
	for _, u := range l.in.DeadURLs {
		l.add("R18", severity, "{url}", u)
	}
}

func (l *linter) finish() {
	l.effect()
	if l.res.Effective && l.in.Unenforced {
		l.add("R28", SeverityInfo)
	}
	if l.res.Effective && l.in.SilentDays >= 7 && l.names(l.ourRUA()) {
		l.add("R29", SeverityWarn, "{n}", itoa(l.in.SilentDays), "{domain}", l.domain())
	}
	l.res.Findings = ranked(l.res.Findings)
	l.res.Senders = readings(l.res.Record, len(l.res.Intended), l.discarded())
	for i := range l.res.Findings {
		l.res.Findings[i].attribute(l.res.Senders)
	}
	l.res.Verdict = worst(l.res.Findings)
}

// discarded tells whether RFC 8460 §3 leaves a sender without a record to read.
func (l *linter) discarded() bool {
	kept := SelectRecords(l.in.TXT)
	return len(kept) != 1 || kept[0] != l.res.Record
}

func (l *linter) effect() {
	r, err := ParseRecord(l.res.Record)
	if err != nil || !r.Usable() || l.discarded() {
		return
	}
	l.res.Effective = true
	for _, d := range r.Destinations {
		l.res.Destinations = append(l.res.Destinations, d.Raw)
	}
}

func (l *linter) ourRUA() string {
	if l.in.OurRUA == "" || schemeLen(l.in.OurRUA) >= 0 {
		return l.in.OurRUA
	}
	return "mailto:" + l.in.OurRUA
}

func (l *linter) names(rua string) bool {
	our, _ := ParseDestination(rua)
	return rua != "" && slices.ContainsFunc(l.res.Parsed.Destinations, func(d Destination) bool {
		return d.key() == our.key()
	})
}

func (l *linter) name() string {
	if l.in.Domain == "" {
		return "_smtp._tls"
	}
	return "_smtp._tls." + l.in.Domain
}

func (l *linter) domain() string {
	if l.in.Domain == "" {
		return "the domain"
	}
	return l.in.Domain
}

// maxFindings bounds the list: a hostile record of 64 KB could earn thousands.
const maxFindings = 50

// ranked sorts the worst first, keeps document order within one id, and drops
// repetitions.
func ranked(fs []Finding) []Finding {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		if d := a.Severity.rank() - b.Severity.rank(); d != 0 {
			return d
		}
		return number(a.ID) - number(b.ID)
	})
	seen := make(map[string]bool, len(fs))
	fs = slices.DeleteFunc(fs, func(f Finding) bool {
		said := seen[f.ID+f.Text]
		seen[f.ID+f.Text] = true
		return said
	})
	return fs[:min(len(fs), maxFindings)]
}

func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityFail, SeverityWarn, SeverityInfo}, s)
}

func worst(fs []Finding) Verdict {
	if len(fs) == 0 || fs[0].Severity == SeverityInfo {
		return Pass
	}
	return Verdict(fs[0].Severity)
}
