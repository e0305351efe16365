package tlsrpt

import "strings"

// policyStrings reads the lines of a policy. Besides RFC 8460's array of texts
// it takes one text, and Microsoft's array that is JSON inside one text.
func (d *decoder) policyStrings() []string {
	single := d.peek() == '"'
	list := d.textList(devStringsNotArray)
	if single && d.err == nil {
		list = strings.FieldsFunc(list[0], func(c rune) bool { return c == '\n' })
	}
	out := make([]string, 0, len(list))
	for _, text := range list {
		if nested, ok := d.nested(text); ok {
			out = append(out, nested...)
			if len(out) > d.lim.Lines {
				break // refused by policy
			}
			continue
		}
		line := trim(text)
		if line != text {
			d.note(devStringsCR)
		}
		if line == "" {
			continue
		}
		if colon := strings.IndexByte(line, ':'); colon > 0 && colon+1 < len(line) && line[colon+1] != ' ' {
			d.note(devStringsNoBlank)
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		return nil
	}
	return out
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
	for i := range list {
		list[i] = trim(list[i])
	}
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
