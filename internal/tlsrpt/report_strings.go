package tlsrpt

import (
	"slices"
	"strings"
)

// policyStrings reads the lines of a policy. Besides RFC 8460's array of texts
// it takes one text, several lines in a text, and Microsoft's array that is JSON
// inside one text.
func (d *decoder) policyStrings() []string {
	single := d.peek() == '"'
	list := d.textList(devStringsNotArray)
	out := d.gathered[:0]
	for _, text := range list {
		out = d.policyText(out, text, single)
	}
	d.gathered = out
	return d.kept(out)
}

// kept is a copy of gathered texts, and nil for none. The lists of a report
// share chunks.
func (d *decoder) kept(list []string) []string {
	n := len(list)
	if n == 0 {
		return nil
	}
	if cap(d.texts)-len(d.texts) < n {
		d.texts = make([]string, 0, n+min((len(d.b)-d.i)/policyLength, 64))
	}
	from := len(d.texts)
	d.texts = append(d.texts, list...)
	return slices.Clip(d.texts[from:])
}

// policyLength is what a short policy takes of the JSON for each of its lines.
const policyLength = 256

// policyText adds the lines of one text. It stops where there are too many,
// which policy refuses.
func (d *decoder) policyText(out []string, text string, single bool) []string {
	if len(out) > d.lim.Lines {
		return out
	}
	if nested, ok := d.nested(text); ok {
		for _, inner := range nested {
			out = d.policyText(out, inner, single)
		}
		return out
	}
	if !strings.Contains(text, "\n") {
		return d.policyLine(out, text)
	}
	if !single {
		d.note(devStringsCR)
	}
	for line := range strings.SplitSeq(text, "\n") {
		out = d.policyLine(out, line)
	}
	return out
}

// policyLine adds one line unless it is empty.
func (d *decoder) policyLine(out []string, stated string) []string {
	line := trim(stated)
	if line != stated {
		d.note(devStringsCR)
	}
	if line == "" {
		return out
	}
	if colon := strings.IndexByte(line, ':'); colon > 0 && colon+1 < len(line) && line[colon+1] != ' ' {
		d.note(devStringsNoBlank)
	}
	return append(out, line)
}

// nested reads a text that is itself a JSON array of texts.
func (d *decoder) nested(text string) ([]string, bool) {
	text = trim(text)
	if !strings.HasPrefix(text, "[") || d.err != nil {
		return nil, false
	}
	in := decoder{b: []byte(text), lim: d.lim, depth: d.depth}
	in.s = view(in.b)
	list := in.textList(devStringsNotArray)
	if in.err != nil || in.peek() != 0 {
		return nil, false
	}
	d.note(devStringsNested)
	return list, true
}

// policyMode is the mode of an MTA-STS policy (RFC 8461 §3.2).
func policyMode(lines []string) string {
	for _, line := range lines {
		if rest, ok := cutPrefixFold(line, "mode"); ok {
			if value, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), ":"); ok {
				return lower(trim(value))
			}
		}
	}
	return ""
}

// splitTLSA takes apart records joined by semicolons, as the prose of RFC 8460
// §4 has them.
func splitTLSA(lines []string) []string {
	if !strings.Contains(lines[0], ";") {
		return lines
	}
	parts := strings.Split(lines[0], ";")
	keep := parts[:0]
	for _, p := range parts {
		if p = trim(p); p != "" {
			keep = append(keep, p)
		}
	}
	return keep
}

// looksLikeTLSA recognises the three small numbers before the data.
func looksLikeTLSA(line string) bool {
	return len(line) > 6 && line[0] >= '0' && line[0] <= '3' && line[1] == ' ' &&
		(line[2] == '0' || line[2] == '1') && line[3] == ' ' &&
		line[4] >= '0' && line[4] <= '2' && line[5] == ' '
}
