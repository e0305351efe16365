package ingest

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxOriginal bounds what decompress gives back. It is above every limit on
// what is accepted, and only guards against a damaged database.
const maxOriginal = 128 << 20

var errOriginalTooLarge = errors.New("stored bytes are larger than anything that is accepted")

func compress(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func decompress(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxOriginal+1))
	if err == nil && len(raw) > maxOriginal {
		err = errOriginalTooLarge
	}
	return raw, err
}
