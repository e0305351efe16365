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

// sizeHint is the room for what the stream says its last member has.
func sizeHint(b []byte, lim *Limits) int {
	if len(b) < 18 {
		return leastRoom
	}
	return roomFor(uint64(binary.LittleEndian.Uint32(b[len(b)-4:])), len(b), lim)
}

const (
	// leastRoom is what is made for a stream that is not believed.
	leastRoom = 512
	// mostRoom is as much as is believed without counting.
	mostRoom = 8 << 20
	// countFrom is the room from which on more is made only after counting.
	countFrom = 64 << 10
)

// roomFor is the room to begin with for what is said to have a size when
// decompressed: as much as usual compression makes of it, or hardly any when it
// must be counted before it is believed.
func roomFor(stated uint64, compressed int, lim *Limits) int {
	room := min(stated, uint64(compressed)*32)                                                             // #nosec G115 -- a length
	if room > mostRoom || stated > room && room > countFrom || stated > uint64(max(0, lim.Decompressed)) { // #nosec G115 -- not negative
		return leastRoom
	}
	return int(room) + 1 // #nosec G115 -- at most mostRoom; one more shows the end without growing
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
	if err := f.reset(b); err != nil {
		return nil, nil, err
	}
	start := len(out)
	for {
		if len(out) == cap(out) && len(out)-start >= countFrom {
			// What is there is dropped before the right size is made: growing
			// would hold both.
			out = out[:start:start]
			size, err := unpackedSize(b, start, total, lim)
			if err != nil {
				return nil, nil, err
			}
			if out, err = append(make([]byte, 0, start+size+1), out...), f.reset(b); err != nil {
				return nil, nil, err
			}
		}
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, done, err := f.read(out[len(out):cap(out)], len(out), total, lim)
		if out = out[:len(out)+n]; err != nil {
			return nil, nil, err
		}
		if done {
			return out, b[len(b)-f.in.Len():], nil
		}
	}
}

// unpackedSize is the size of what a DEFLATE stream holds, behind what is there
// already, without holding it.
func unpackedSize(b []byte, there, total int, lim *Limits) (int, error) {
	f := inflaters.Get().(*inflater)
	defer f.release()
	if err := f.reset(b); err != nil {
		return 0, err
	}
	size, room := 0, make([]byte, 32<<10)
	for {
		n, done, err := f.read(room, there+size, total, lim)
		if size += n; done || err != nil {
			return size, err
		}
	}
}

func (f *inflater) reset(b []byte) error {
	f.in.Reset(b)
	if err := f.out.(flate.Resetter).Reset(&f.in, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// read decompresses into room, behind what is there already, and tells whether
// that was the end.
func (f *inflater) read(room []byte, there, total int, lim *Limits) (n int, done bool, err error) {
	n, err = f.out.Read(room)
	size, consumed := there+n, total-f.in.Len()
	switch {
	case size > lim.Decompressed || size > lim.RatioFree && size/lim.Ratio > consumed:
		return n, false, fmt.Errorf("%w: decompressed", ErrTooLarge)
	case errors.Is(err, io.EOF):
		return n, true, nil
	case err != nil:
		return n, false, fmt.Errorf("%w: the compressed data are damaged: %w", ErrMalformed, err)
	}
	return n, false, nil
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
