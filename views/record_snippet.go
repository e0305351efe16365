package views

import (
	"fmt"
	"strconv"
	"strings"
)

// snippet is one DNS record in the forms that people and tools enter it in.
type snippet struct {
	// Host is the owner relative to Zone, which has no final dot.
	Host, Zone string
	Type       string // CNAME or TXT
	TTL        int64  // seconds
	// Strings are the character-strings of a TXT record, or the one target of a
	// CNAME with its final dot.
	Strings []string
}

// fullHost is the owner as zone files write it.
func (s snippet) fullHost() string { return s.Host + "." + s.Zone + "." }

// data is the record's data as zone files write it (RFC 1035 §5.1).
func (s snippet) data() string {
	if s.Type != "TXT" {
		return strings.Join(s.Strings, "")
	}
	parts := make([]string, len(s.Strings))
	for i, text := range s.Strings {
		parts[i] = `"` + escapeCharacters(text) + `"`
	}
	return strings.Join(parts, " ")
}

// TXTLine is a TXT record of one text in zone file form (RFC 1035 §5.1), without
// its owner.
func TXTLine(text string) string { return `TXT "` + escapeCharacters(text) + `"` }

// escapeCharacters writes a character-string between quotes: what is not
// printable ASCII as \DDD.
func escapeCharacters(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (s snippet) zoneLine() string {
	return fmt.Sprintf("%s %d IN %s %s", s.fullHost(), s.TTL, s.Type, s.data())
}

// terraform is a resource for Route 53, whose TXT values carry the quotes
// between the strings of a long record.
func (s snippet) terraform() string {
	return `resource "aws_route53_record" "smtp_tls_reporting" {
  zone_id = var.zone_id
  name    = ` + hclString(strings.TrimSuffix(s.fullHost(), ".")) + `
  type    = "` + s.Type + `"
  ttl     = ` + strconv.FormatInt(s.TTL, 10) + `
  records = [` + hclString(strings.Join(s.Strings, `""`)) + `]
}`
}

// hclString quotes a text for Terraform, in which ${ and %{ begin a template.
func hclString(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{", "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	return `"` + s + `"`
}

// octoDNS is an entry of a zone's YAML file. octoDNS cuts long texts itself and
// wants semicolons escaped.
func (s snippet) octoDNS() string {
	value := strings.Join(s.Strings, "")
	if s.Type == "TXT" {
		value = strings.NewReplacer(`\`, `\\`, ";", `\;`).Replace(value)
	}
	return s.Host + ":\n  ttl: " + strconv.FormatInt(s.TTL, 10) + "\n  type: " + s.Type + "\n  value: '" + strings.ReplaceAll(value, "'", "''") + "'"
}

// nsupdate replaces the TXT record in one transaction: a server passes over a
// CNAME that is added beside other data.
func (s snippet) nsupdate() string {
	return "zone " + s.Zone + ".\nupdate delete " + s.fullHost() + " TXT\n" +
		fmt.Sprintf("update add %s %d %s %s", s.fullHost(), s.TTL, s.Type, s.data()) + "\nsend"
}
