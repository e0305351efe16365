package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// printable makes text from outside safe for a terminal: control characters,
// escape sequences and invisible direction marks are spelled out.
func printable(s string) string {
	return spelled(s, func(r rune) string { return fmt.Sprintf("\\U%08x", r) })
}

// printableJSON is printable for JSON, which keeps its meaning: such characters
// stand in texts only, and become escapes of RFC 8259 §7.
func printableJSON(s string) string {
	return spelled(s, func(r rune) string {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf("\\u%04x\\u%04x", high, low)
	})
}

// spelled spells out what acts on a terminal; long does it for what four digits
// do not hold.
func spelled(s string, long func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case !acts(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			b.WriteString(long(r))
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// acts tells whether a terminal might do something with r but show it.
func acts(r rune) bool {
	return r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r)
}
