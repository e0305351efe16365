package nameserver

import (
	"strings"
	"testing"
)

// Records keep their octets when others follow, in the same piece or in the next, and when they are
// larger than a piece.
func TestPacker(t *testing.T) {
	t.Parallel()
	var p packer
	var want, got []record
	for i := range 500 {
		r := record{name: strings.Repeat(string(rune('a'+i%26)), i), wire: strings.Repeat("w", i*7%900)}
		if i == 250 {
			r.wire = strings.Repeat("x", pieceSize+1)
		}
		want, got = append(want, r), append(got, p.pack(r))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("record %d is %.20q", i, got[i])
		}
	}
}
