package main

import (
	"fmt"
	"strings"
	"unicode"
)

// printable makes text from outside safe for a terminal: control characters,
// escape sequences and invisible direction marks are spelled out.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
