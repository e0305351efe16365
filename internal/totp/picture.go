package totp

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Picture is a QR code: Path draws its dark fields in a square of Size units,
// the quiet border included.
type Picture struct {
	Size int
	Path string
}

// quiet is the border that readers need, in fields.
const quiet = 4

// Draw makes the QR code of a text.
func Draw(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Picture{}, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return Picture{Size: size + 2*quiet, Path: path.String()}, nil
}
