package tlsrpt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/flate"
)

// inflater decompresses one stream after the other into one text. Its state takes
// about 40 KB.
type inflater struct {
	in    bytes.Reader
	flate io.ReadCloser
	lim   Limits
	total int // size of all compressed bytes, which the ratio is about

	// out is a builder because that gets memory without clearing it first, which
	// shows in a report of a megabyte.
	out      strings.Builder
	start    int // of the stream that is read, in out
	size     int // of all that was decompressed
	crc      uint32
	counting bool // nothing is kept
}

var inflaters = sync.Pool{New: func() any {
	f := new(inflater)
	f.flate = flate.NewReader(&f.in)
	return f
}}

// newInflater is one for compressed bytes of the given total size.
func newInflater(total int, lim *Limits) *inflater {
	f := inflaters.Get().(*inflater)
	f.total, f.lim = total, *lim
	return f
}

// release forgets the input and what came of it.
func (f *inflater) release() {
	f.in.Reset(nil)
	*f = inflater{in: f.in, flate: f.flate}
	inflaters.Put(f)
}

// gunzip decompresses all members of a gzip stream (RFC 1952 §2.2) and notes
// what is odd about it. File names, comments and extra fields are passed over.
// Nobody may write to what it gives.
func gunzip(b []byte, lim *Limits, notes *tally) ([]byte, error) {
	f := newInflater(len(b), lim)
	defer f.release()
	f.out.Grow(sizeHint(b, lim))
	for members := 1; ; members++ {
		if members > lim.Members {
			return nil, fmt.Errorf("%w: members of a gzip stream", ErrTooMany)
		}
		if members == 2 {
			notes[devGzipMembers]++
		}
		var err error
		if b, err = f.member(b); err != nil {
			return nil, err
		}
		if !isGzip(b) {
			break
		}
	}
	if len(b) > 0 {
		notes[devTrailingBytes]++
	}
	return f.take(), nil
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
	return int(room) // #nosec G115 -- at most mostRoom
}

// member decompresses one member and gives what follows it.
func (f *inflater) member(b []byte) (rest []byte, err error) {
	head, err := gzipHeader(b)
	if err != nil {
		return nil, err
	}
	if b, err = f.inflate(b[head:]); err != nil {
		return nil, err
	}
	if len(b) < 8 {
		return nil, fmt.Errorf("%w: the gzip stream is cut off", ErrMalformed)
	}
	if f.crc != binary.LittleEndian.Uint32(b) ||
		uint32(f.size-f.start) != binary.LittleEndian.Uint32(b[4:]) { // #nosec G115 -- modulo 2^32 by RFC 1952
		return nil, fmt.Errorf("%w: the gzip checksum is wrong", ErrMalformed)
	}
	return b[8:], nil
}

// errNoRoom is the inflater's own: more came out than there is room for.
var errNoRoom = errors.New("no room")

// inflate decompresses one DEFLATE stream and gives what follows it.
func (f *inflater) inflate(b []byte) (rest []byte, err error) {
	f.start = f.out.Len()
	err = f.run(b)
	if errors.Is(err, errNoRoom) {
		// What is there is dropped before the right size is made: growing
		// would hold both.
		before := f.out.String()[:f.start]
		f.out.Reset()
		f.counting = true
		err = f.run(b)
		if f.counting = false; err != nil {
			return nil, err
		}
		f.out.Grow(f.size)
		f.out.WriteString(before)
		err = f.run(b)
	}
	if err != nil {
		return nil, err
	}
	return b[len(b)-f.in.Len():], nil
}

// run decompresses one DEFLATE stream into Write.
func (f *inflater) run(b []byte) error {
	f.in.Reset(b)
	f.size, f.crc = f.start, 0
	if err := f.flate.(flate.Resetter).Reset(&f.in, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	_, err := io.Copy(f, f.flate)
	if err == nil || errors.Is(err, errNoRoom) || errors.Is(err, ErrTooLarge) {
		return err
	}
	return fmt.Errorf("%w: the compressed data are damaged: %w", ErrMalformed, err)
}

// Write takes what was decompressed, if that is not too much and there is room.
func (f *inflater) Write(p []byte) (int, error) {
	f.size += len(p)
	consumed := f.total - f.in.Len()
	switch {
	case f.size > f.lim.Decompressed || f.size > f.lim.RatioFree && f.size/f.lim.Ratio > consumed:
		return 0, fmt.Errorf("%w: decompressed", ErrTooLarge)
	case f.counting:
		return len(p), nil
	case f.size > f.out.Cap() && f.out.Len()-f.start >= countFrom:
		return 0, errNoRoom
	}
	f.crc = crc32.Update(f.crc, crc32.IEEETable, p)
	return f.out.Write(p)
}

// take gives away all that was decompressed. Nobody may write to it.
func (f *inflater) take() []byte {
	text := f.out.String()
	f.out.Reset()
	return unsafe.Slice(unsafe.StringData(text), len(text)) // #nosec G103 -- as the comment says
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
