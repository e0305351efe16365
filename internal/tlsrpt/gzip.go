package tlsrpt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// inflater holds the state of one decompression, about 40 KB.
type inflater struct {
	in  bytes.Reader
	out io.ReadCloser
}

var inflaters = sync.Pool{New: func() any {
	f := new(inflater)
	f.out = flate.NewReader(&f.in)
	return f
}}

// gunzip decompresses all members of a gzip stream (RFC 1952 §2.2) and notes
// what is odd about it. File names, comments and extra fields are passed over.
func gunzip(b []byte, lim *Limits, notes *tally) ([]byte, error) {
	f := inflaters.Get().(*inflater)
	defer f.release()
	out := make([]byte, 0, sizeHint(b, lim))
	total := len(b)
	for members := 1; ; members++ {
		if members > lim.Members {
			return nil, fmt.Errorf("%w: members of a gzip stream", ErrTooMany)
		}
		if members == 2 {
			notes[devGzipMembers]++
		}
		var err error
		if out, b, err = f.member(out, b, total, lim); err != nil {
			return nil, err
		}
		if !isGzip(b) {
			break
		}
	}
	if len(b) > 0 {
		notes[devTrailingBytes]++
	}
	return out, nil
}

// release forgets the input.
func (f *inflater) release() {
	f.in.Reset(nil)
	inflaters.Put(f)
}

// sizeHint is the size that the stream says its last member has, unless that
// is impossible for DEFLATE or beyond the limits. One byte more lets the
// reader see the end without growing.
func sizeHint(b []byte, lim *Limits) int {
	if len(b) < 18 {
		return 512
	}
	stated := int64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	return int(min(stated, int64(len(b))*32, int64(lim.Decompressed))) + 512
}

// member decompresses one member behind out and gives what follows it.
func (f *inflater) member(out, b []byte, total int, lim *Limits) (all, rest []byte, err error) {
	head, err := gzipHeader(b)
	if err != nil {
		return nil, nil, err
	}
	start := len(out)
	out, b, err = f.inflate(out, b[head:], total, lim)
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 8 {
		return nil, nil, fmt.Errorf("%w: the gzip stream is cut off", ErrMalformed)
	}
	if crc32.ChecksumIEEE(out[start:]) != binary.LittleEndian.Uint32(b) ||
		uint32(len(out)-start) != binary.LittleEndian.Uint32(b[4:]) { // #nosec G115 -- modulo 2^32 by RFC 1952
		return nil, nil, fmt.Errorf("%w: the gzip checksum is wrong", ErrMalformed)
	}
	return out, b[8:], nil
}

// inflate decompresses one DEFLATE stream behind out and gives what follows
// it. total is the size of all compressed bytes, which the ratio is about.
func (f *inflater) inflate(out, b []byte, total int, lim *Limits) (all, rest []byte, err error) {
	f.in.Reset(b)
	if err := f.out.(flate.Resetter).Reset(&f.in, nil); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		room := out[len(out):cap(out)]
		n, err := f.out.Read(room)
		out = out[:len(out)+n]
		consumed := total - f.in.Len()
		if len(out) > lim.Decompressed || len(out) > lim.RatioFree && len(out)/lim.Ratio > consumed {
			return nil, nil, fmt.Errorf("%w: decompressed", ErrTooLarge)
		}
		if errors.Is(err, io.EOF) {
			return out, b[len(b)-f.in.Len():], nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: the compressed data are damaged: %w", ErrMalformed, err)
		}
	}
}

func isGzip(b []byte) bool {
	return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b
}

// gzipHeader is the length of the header (RFC 1952 §2.3).
func gzipHeader(b []byte) (int, error) {
	if len(b) < 10 || !isGzip(b) || b[2] != 8 || b[3]&0xE0 != 0 {
		return 0, fmt.Errorf("%w: no gzip header", ErrMalformed)
	}
	const hcrc, extra, name, comment = 1 << 1, 1 << 2, 1 << 3, 1 << 4
	flags, i := b[3], 10
	if flags&extra != 0 && i+2 <= len(b) {
		i += 2 + int(binary.LittleEndian.Uint16(b[i:]))
	}
	for _, text := range [...]byte{name, comment} {
		if flags&text == 0 || i > len(b) {
			continue
		}
		end := bytes.IndexByte(b[i:], 0)
		if end < 0 {
			return 0, fmt.Errorf("%w: the gzip header is cut off", ErrMalformed)
		}
		i += end + 1
	}
	if flags&hcrc != 0 {
		i += 2
	}
	if i > len(b) {
		return 0, fmt.Errorf("%w: the gzip header is cut off", ErrMalformed)
	}
	return i, nil
}
