package tlsrpt

import (
	"net/url"
	"slices"
	"strings"
)

// SenderFamily names sending software, or an operator, whose reading of records
// is known.
type SenderFamily string

// The families modelled here.
const (
	SenderStrict    SenderFamily = "RFC 8460"  // the grammar, every destination
	SenderMox       SenderFamily = "mox"       // close to the grammar; sends by mail only
	SenderPostfix   SenderFamily = "Postfix"   // Postfix with tlsrpt-reporter: the second field only
	SenderMicrosoft SenderFamily = "Microsoft" // the first destination only
)

// Outcome is what a record gives to one family of senders.
type Outcome string

// From best to worst.
const (
	OutcomeAll      Outcome = "all"      // every destination is used
	OutcomeCut      Outcome = "cut"      // some are lost
	OutcomeUseless  Outcome = "useless"  // the record is read, but leads nowhere
	OutcomeRejected Outcome = "rejected" // the record is not read
)

// SenderReading is what one family of senders makes of a record.
type SenderReading struct {
	Family  SenderFamily
	Outcome Outcome
	Read    []string // destinations as its parser hands them on
	Useful  []string // those among them it can deliver to
}

// Lost tells whether no report comes from this family.
func (r SenderReading) Lost() bool {
	return r.Outcome == OutcomeRejected || r.Outcome == OutcomeUseless
}

// readings models every family on one record. intended is how many destinations
// the author meant; none tells that RFC 8460 §3 leaves no record to read.
func readings(text string, intended int, none bool) []SenderReading {
	models := []struct {
		family SenderFamily
		read   func(string) ([]string, bool)
		useful func(string) bool
	}{
		{SenderStrict, readStrict, usefulStrict},
		{SenderMox, readMox, usefulMox},
		{SenderPostfix, readPostfix, usefulPostfix},
		{SenderMicrosoft, readFirst, usefulStrict},
	}
	out := make([]SenderReading, 0, len(models))
	for _, m := range models {
		r := SenderReading{Family: m.family, Outcome: OutcomeRejected}
		if read, ok := m.read(text); ok && !none {
			r.Read = read
			r.Useful = slices.DeleteFunc(slices.Clone(read), func(s string) bool { return !m.useful(s) })
			r.Outcome = outcome(len(r.Useful), intended)
		}
		out = append(out, r)
	}
	return out
}

func outcome(useful, intended int) Outcome {
	switch {
	case useful == 0:
		return OutcomeUseless
	case useful < intended:
		return OutcomeCut
	}
	return OutcomeAll
}

func readStrict(text string) ([]string, bool) {
	r, err := ParseRecord(text)
	if err != nil {
		return nil, false
	}
	var out []string
	for _, d := range r.Destinations {
		out = append(out, d.Raw)
	}
	return out, true
}

func usefulStrict(uri string) bool {
	d, err := ParseDestination(uri)
	return err == nil && d.Usable()
}

func readFirst(text string) ([]string, bool) {
	out, ok := readStrict(text)
	return out[:min(len(out), 1)], ok
}

// readPostfix models tlsrpt-reporter: cut at semicolons, the first piece is the
// bare version, the second the rua list, whatever comes after is not looked at.
func readPostfix(text string) ([]string, bool) {
	fields := strings.Split(text, ";")
	if len(fields) < 2 || fields[0] != version {
		return nil, false
	}
	list, ok := strings.CutPrefix(strings.TrimSpace(fields[1]), "rua=")
	if !ok {
		return nil, false
	}
	return strings.Split(list, ","), true
}

// usefulPostfix: it neither decodes percent signs nor cuts header fields off.
func usefulPostfix(uri string) bool {
	return usefulStrict(uri) && !mailtoWith(uri, "%?#")
}

// readMox models mox's parser: the grammar with two liberties. A URI is whatever
// Go's url.Parse takes with a scheme, and blanks may follow the last one.
func readMox(text string) ([]string, bool) {
	rest, ok := strings.CutPrefix(text, version)
	if rest, ok = cutDelim(rest, ok); !ok {
		return nil, false
	}
	var uris []string
	for ok {
		var found []string
		if found, rest, ok = moxField(rest); !ok {
			return nil, false
		}
		uris = append(uris, found...)
		if rest, ok = cutDelim(rest, true); rest == "" {
			return uris, len(uris) > 0
		}
	}
	return nil, false
}

// cutDelim takes *WSP ";" *WSP from the start of s; ok false stays false.
func cutDelim(s string, ok bool) (string, bool) {
	trimmed := s[wsp(s):]
	if !ok || !strings.HasPrefix(trimmed, ";") {
		return s, false
	}
	return strings.TrimLeft(trimmed[1:], " \t"), true
}

func moxField(s string) (uris []string, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(s, "rua="); ok {
		return moxList(rest)
	}
	n := extensionName(s)
	if n == 0 || n == len(s) || s[n] != '=' {
		return nil, s, false
	}
	v := extensionValue(s[n+1:])
	return nil, s[n+1+v:], v > 0
}

func moxList(s string) (uris []string, rest string, ok bool) {
	for {
		n := strings.IndexAny(s, ",! \t;")
		if n < 0 {
			n = len(s)
		}
		u, err := url.Parse(s[:n])
		if n == 0 || err != nil || u.Scheme == "" {
			return nil, s, false
		}
		uris = append(uris, s[:n])
		s = strings.TrimLeft(s[n:], " \t")
		if !strings.HasPrefix(s, ",") {
			return uris, s, true
		}
		s = strings.TrimLeft(s[1:], " \t")
	}
}

// usefulMox: mail only, and the percent signs of the address stay as they are.
func usefulMox(uri string) bool {
	d, err := ParseDestination(uri)
	address, _, _ := strings.Cut(uri, "?")
	return err == nil && d.Scheme == "mailto" && !mailtoWith(address, "%")
}

func mailtoWith(uri, chars string) bool {
	return len(uri) > 7 && strings.EqualFold(uri[:7], "mailto:") && strings.ContainsAny(uri, chars)
}

// affects lists, for each finding that concerns some senders only, which those
// are; every other failure concerns them all.
var affects = map[string][]SenderFamily{
	"R13": {SenderPostfix},
	"R16": {SenderStrict, SenderMox, SenderPostfix, SenderMicrosoft},
	"R19": {SenderMicrosoft},
	"R11": {SenderStrict, SenderMox, SenderPostfix, SenderMicrosoft},
	"R21": {SenderPostfix},
	"R8":  {SenderStrict, SenderMox, SenderPostfix, SenderMicrosoft},
}

// attribute notes which of the senders that lose the record, or a part of it, do
// so because of findings like this one.
func (f *Finding) attribute(rs []SenderReading) {
	for _, r := range rs {
		if !f.concerns(r.Family) {
			continue
		}
		switch {
		case r.Lost():
			f.Drops = append(f.Drops, r.Family)
		case r.Outcome == OutcomeCut:
			f.Cuts = append(f.Cuts, r.Family)
		}
	}
}

func (f *Finding) concerns(s SenderFamily) bool {
	if f.Severity == SeverityFail {
		return number(f.ID) != 17 && number(f.ID) != 18
	}
	return slices.Contains(affects[f.ID], s)
}
