package ingest

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// maxOriginal bounds what decompress gives back. It is above every limit on
// what is accepted, and only guards against a damaged database.
const maxOriginal = 128 << 20

var errOriginalTooLarge = errors.New("stored bytes are larger than anything that is accepted")

// compressor is gzip writers that can be used again: a new one allocates half a
// megabyte. What is compressed already is stored as it is, in a frame of gzip.
type compressor struct{ packing, framing sync.Pool }

func (c *compressor) compress(raw []byte) ([]byte, error) {
	pool, level := &c.packing, gzip.BestSpeed
	if bytes.HasPrefix(raw, []byte("\x1f\x8b")) || bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		pool, level = &c.framing, gzip.NoCompression
	}
	var out bytes.Buffer
	w, ok := pool.Get().(*gzip.Writer)
	if ok {
		w.Reset(&out)
	} else {
		var err error
		if w, err = gzip.NewWriterLevel(&out, level); err != nil {
			return nil, err
		}
	}
	defer pool.Put(w)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	err := w.Close()
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
