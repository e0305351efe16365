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
// megabyte. What compressing would not make smaller is stored as it is, in a
// frame of gzip.
type compressor struct{ packing, framing sync.Pool }

func (c *compressor) compress(raw []byte) ([]byte, error) {
	pool, level := &c.packing, gzip.BestSpeed
	if packedAlready(raw) {
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

// smallMessage is up to what length a message is stored as it is: nearly all of
// it is base64 of what is compressed, so a quarter would be saved at most, which
// is no page of the database, for a tenth of what taking it in costs.
const smallMessage = 8 << 10

func packedAlready(raw []byte) bool {
	isJSON := bytes.HasPrefix(bytes.TrimLeft(raw, "\xef\xbb\xbf \t\r\n"), []byte("{"))
	return bytes.HasPrefix(raw, []byte("\x1f\x8b")) || bytes.HasPrefix(raw, []byte("PK\x03\x04")) || len(raw) <= smallMessage && !isJSON
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
