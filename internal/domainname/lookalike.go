package domainname

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// latinTwins are the letters of other scripts that look like a Latin one.
const latinTwins = "аеорсухіјѕԁԛԝһӏѵαορνικτυ"

// Lookalike reports whether a name in A-labels may be taken for another when it
// is read: a part of it mixes scripts, or is written in letters of another
// script that look like Latin ones. Such names are real and allowed; people
// should be told.
func Lookalike(name string) bool {
	u, err := idna.Display.ToUnicode(name)
	if err != nil {
		return false
	}
	for label := range strings.SplitSeq(u, ".") {
		if deceives(label) {
			return true
		}
	}
	return false
}

func deceives(label string) bool {
	latin, other, twins := 0, 0, 0
	for _, r := range label {
		switch {
		case !unicode.IsLetter(r):
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee):
			other++
			if strings.ContainsRune(latinTwins, r) {
				twins++
			}
		}
	}
	return other > 0 && (latin > 0 || twins == other)
}
