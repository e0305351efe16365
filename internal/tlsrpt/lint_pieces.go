package tlsrpt

import "strings"

// Repairs are tried on records of a size that people write, and no larger.
const (
	maxSeams  = 8
	maxMended = maxSeams * 255
)

// examinePieces examines a record of several character-strings. When it breaks and
// a repair at one of the seams mends it, the seam is at fault (R26) and the
// findings are those of the mended record; otherwise they stay those of the
// joined text c.
func examinePieces(t TXT, c anatomy, our string) anatomy {
	if !c.failed() {
		c.add("R25", SeverityInfo, "{n}", itoa(len(t)))
		return c
	}
	if len(t.Text()) > maxMended {
		return c
	}
	for i := 1; i < len(t) && i <= maxSeams; i++ {
		if mended, ok := mendSeam(t, i, our); ok {
			mended.add("R26", SeverityFail)
			return mended
		}
	}
	return c
}

// mendSeam tries what may be missing, or too much, between string i-1 and i.
func mendSeam(t TXT, i int, our string) (anatomy, bool) {
	left := strings.Join(t[:i], "")
	right := strings.Join(t[i:], "")
	trimmedL, trimmedR := strings.TrimRight(left, " \t"), strings.TrimLeft(right, " \t")
	for _, text := range []string{trimmedL + trimmedR, left + ";" + right, left + "," + right} {
		if c := examine(text, our); !c.failed() {
			return c, true
		}
	}
	return anatomy{}, false
}
