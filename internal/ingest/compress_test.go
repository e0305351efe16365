package ingest

import (
	"bytes"
	"strings"
	"testing"
)

// What compressing would not make smaller is kept as it is; all of it comes back.
func TestCompress(t *testing.T) {
	t.Parallel()
	message := "From: a@example.test\r\n\r\n" + strings.Repeat("base64+base64/==\r\n", 100)
	for name, c := range map[string]struct {
		raw    string
		packed bool
	}{
		"nothing":         {"", false},
		"gzip":            {"\x1f\x8b" + strings.Repeat("x", 20_000), false},
		"zip":             {"PK\x03\x04" + strings.Repeat("x", 20_000), false},
		"a short message": {message, false},
		"a long message":  {strings.Repeat(message, 10), true},
		"JSON":            {`{"policies": [` + strings.Repeat(" ", 1000), true},
		"JSON after BOM":  {"\ufeff \n{" + strings.Repeat(" ", 1000), true},
	} {
		body, err := (&compressor{}).compress([]byte(c.raw))
		if err != nil || (len(body) < len(c.raw)) != c.packed {
			t.Errorf("%s: %d octets of %d, %v", name, len(body), len(c.raw), err)
		}
		if back, err := decompress(body); err != nil || !bytes.Equal(back, []byte(c.raw)) {
			t.Errorf("%s: another comes back, %v", name, err)
		}
	}
}
