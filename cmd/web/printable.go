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
	var b strings.Builder
	for _, r := range s {
		switch {
		case !acts(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, "\\U%08x", r)
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

// printableJSON is printable for JSON, which keeps its meaning: such characters
// stand in texts only, and become escapes of RFC 8259 §7.
func printableJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case !acts(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, "\\u%04x\\u%04x", high, low)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}
