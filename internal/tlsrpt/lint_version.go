package tlsrpt

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// versionLike matches what people write for v=TLSRPTv1; group 1 is its number.
	versionLike = regexp.MustCompile(`(?i)^(?:v[\s\x{a0}]*[=:]?[\s\x{a0}]*)?tls[-_ ]*rpt[-_ ]*(?:v[-_ ]*)?([0-9][0-9.]*)?`)
	// versionTypo matches a v= whose value is meant to be ours.
	versionTypo = regexp.MustCompile(`(?i)^v[\s\x{a0}]*=[\s\x{a0}]*t(?:ls|sl)[a-z0-9._-]*`)
	// laterVersion finds a version behind other text, such as a pasted zone-file line.
	laterVersion = regexp.MustCompile(`(?i)v\s*=\s*tlsrpt`)
	// versionTail is what makes v=TLSRPTv1 another version when it follows at once.
	versionTail = regexp.MustCompile(`^[0-9.]+`)
)

// junk names the characters that forms and word processors put before a record.
var junk = map[rune]string{
	' ': "blank", '\t': "tab", '\n': "line break", '\r': "line break",
	'\u00a0': "no-break space", '\u200b': "zero-width space", '\ufeff': "byte order mark",
	'"': "quotation mark", '\'': "quotation mark", '`': "quotation mark",
	'“': "curly quotation mark", '”': "curly quotation mark", '„': "curly quotation mark",
	'‘': "curly quotation mark", '’': "curly quotation mark", '«': "curly quotation mark", '»': "curly quotation mark",
}

// resembles tells a botched TLS-RPT record from an unrelated text.
func resembles(text string) bool {
	s, _ := cutJunk(text)
	return versionLike.MatchString(s) || versionTypo.MatchString(s) || laterVersion.MatchString(s)
}

// cutJunk removes junk characters from the start and names them.
func cutJunk(s string) (rest string, names []string) {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		name, ok := junk[r]
		if !ok {
			break
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
		s = s[size:]
	}
	return s, names
}

// version examines everything up to the first delimiter and returns the fields.
func (c *anatomy) version(s string) string {
	s = c.backslashes(c.opening(s))
	if rest, ok := strings.CutPrefix(s, version); ok {
		if tail := versionTail.FindString(rest); tail != "" {
			c.add("R5", SeverityFail)
			rest = rest[len(tail):]
		}
		return c.delim(rest)
	}
	m := versionLike.FindStringSubmatch(s)
	if m == nil {
		c.add("R5", SeverityFail)
		return c.delim(s[len(versionTypo.FindString(s)):])
	}
	id := "R5"
	if m[1] == "1" && strings.HasSuffix(strings.ToLower(m[0]), "v1") {
		id = "R4"
	}
	c.add(id, SeverityFail)
	return c.delim(s[len(m[0]):])
}

// opening drops what stands before the version.
func (c *anatomy) opening(s string) string {
	rest, names := cutJunk(s)
	for _, n := range names {
		c.add("R6", SeverityFail, "{char}", n)
		if strings.HasSuffix(n, "quotation mark") {
			rest = unquoted(rest)
		}
	}
	if versionLike.MatchString(rest) || versionTypo.MatchString(rest) {
		return rest
	}
	if m := laterVersion.FindStringIndex(rest); m != nil {
		c.add("R6", SeverityFail, "{char}", `text "`+strings.TrimSpace(rest[:m[0]])+`"`)
		rest = unquoted(rest[m[0]:])
	}
	return rest
}

// unquoted drops the closing quotation mark, and the marks between the strings
// of a TXT record pasted from a zone file.
func unquoted(s string) string {
	s = strings.ReplaceAll(s, `" "`, "")
	return strings.TrimRight(s, "\"'`“”„‘’«» \t\r\n")
}

// backslashes undoes the presentation form `\;` that a DNS form took literally.
// The value of an unknown field may rightly end in a backslash.
func (c *anatomy) backslashes(s string) string {
	if c.strict == nil || !strings.Contains(s, `\;`) {
		return s
	}
	c.add("R7", SeverityFail)
	return strings.ReplaceAll(s, `\;`, ";")
}

// delim examines the delimiter after the version.
func (c *anatomy) delim(s string) string {
	trimmed := s[wsp(s):]
	rest, ok := strings.CutPrefix(trimmed, ";")
	switch {
	case !ok:
		c.add("R22", SeverityFail)
		return strings.TrimLeft(trimmed, ",:.| \t")
	case len(trimmed) < len(s):
		c.add("R21", SeverityWarn)
	}
	return rest
}
