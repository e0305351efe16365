package handlers

import (
	"errors"
	"io"

	"github.com/sealpost/sealpost/internal/gate"
)

// errCrowded says that too many bodies are being received at once.
var errCrowded = errors.New("too many bodies are being received")

const (
	// toolsPart is the part of Limits.Memory that the public tools have for
	// themselves: whatever strangers send there, reports are taken.
	toolsPart = 4
	// bodyBegin is what is reserved of a body before any of it has come.
	bodyBegin = 64 << 10
)

// readHeld reads a body of at most so many bytes into memory that is reserved as
// it is filled: what is only promised takes none. errCrowded when there is no
// room for what has come.
func readHeld(body io.Reader, held *gate.Piece, most int64) ([]byte, error) {
	var raw []byte
	for {
		if len(raw) == cap(raw) {
			// One more byte than there may be, where its end is found.
			larger := min(max(2*int64(cap(raw)), bodyBegin), most+1)
			larger = max(larger, int64(cap(raw))+1)
			if !held.Grow(larger - int64(cap(raw))) {
				return nil, errCrowded
			}
			raw = append(make([]byte, 0, larger), raw...)
		}
		n, err := body.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if errors.Is(err, io.EOF) {
			return raw, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
