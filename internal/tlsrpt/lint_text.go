package tlsrpt

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fixes holds the sentence of every finding; the blanks in braces are filled in.
var fixes = map[string]string{
	"R1":  "Keep one TLS-RPT record: with two, senders act as if there were none.",
	"R2":  "Remove the unrelated TXT at _smtp._tls when convenient.",
	"R3":  "Replace the text at {name} by a TLS-RPT record.",
	"R4":  "Write v=TLSRPTv1 exactly, with capitals TLSRPT and no blanks.",
	"R5":  "The only version is v=TLSRPTv1.",
	"R6":  "Remove the {char} before v=TLSRPTv1 in the record value.",
	"R7":  "Remove the backslash: your DNS form already escapes the semicolon.",
	"R8":  "Add rua=mailto:{rua}: without it no report is ever sent.",
	"R9":  "Put an address after rua=.",
	"R10": "Write mailto: before {addr}.",
	"R11": "Use mailto: or https:, not {scheme}:.",
	"R12": "Write rua= once: rua=mailto:a@example.com,mailto:b@example.com.",
	"R13": "Write one rua= list directly after the version, without blanks: Postfix-based senders read only that form.",
	"R14": "Separate the addresses by commas.",
	"R15": "Remove {part}: TLS-RPT has no size limit, and ! must be written %21.",
	"R16": "Correct the address {addr}.",
	"R17": "{addr} cannot receive mail: use a working mailbox.",
	"R18": "Make {url} accept POST over HTTPS with a valid certificate, or use mailto:.",
	"R19": "Put our address first: Microsoft reports only to the first one.",
	"R20": "Remove the repeated {uri}.",
	"R21": "Write v=TLSRPTv1; without a blank and with single semicolons.",
	"R22": "Put a semicolon after v=TLSRPTv1.",
	"R23": "Unknown field {name} is ignored by senders.",
	"R24": "Remove {text}: strict senders reject the whole record.",
	"R25": "Nothing to fix: senders join the {n} strings of the record.",
	"R26": "Join the pieces of the record into one string.",
	"R27": "Raise the TTL to 3600: the RFC advises a large one.",
	"R28": "Add MTA-STS to get enforceable TLS; reports alone only observe.",
	"R29": "No report for {n} days: check that {domain} still receives mail from Google or Microsoft.",
}

// finding fills the sentence of id. Blanks come as pairs of name and value.
func finding(id string, s Severity, blanks ...string) Finding {
	for i := 1; i < len(blanks); i += 2 {
		blanks[i] = shown(blanks[i])
	}
	return Finding{ID: id, Severity: s, Text: strings.NewReplacer(blanks...).Replace(fixes[id])}
}

// maxShown is how many characters of foreign text a sentence quotes.
const maxShown = 120

// shown makes foreign text fit for a sentence: printable, so that it cannot
// move a terminal's cursor or turn the reading direction, and of bounded length.
func shown(s string) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); n++ {
		if n == maxShown {
			return b.String() + "…"
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Zs, r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		i += size
	}
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

// number is the numeric part of a finding's id.
func number(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "R"))
	return n
}
