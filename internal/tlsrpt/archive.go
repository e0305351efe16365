package tlsrpt

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"slices"
	"strings"
)

func isZip(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06"))
}

// unzip gives the contents of the files of an archive, whose names are used
// for nothing. An archive with anything but plain files of its own is refused
// as a whole. What all files hold together is limited by the size of the
// archive, so that files which share their bytes gain nothing.
func unzip(b []byte, lim *Limits) ([][]byte, error) {
	if n, ok := zipEntries(b); !ok || n > lim.Entries {
		if !ok {
			return nil, fmt.Errorf("%w: the zip archive has no directory", ErrMalformed)
		}
		return nil, fmt.Errorf("%w: %d files in a zip archive", ErrTooMany, n)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(z.File) > lim.Entries {
		return nil, fmt.Errorf("%w: %d files in a zip archive", ErrTooMany, len(z.File))
	}
	left := *lim
	left.Decompressed = min(lim.Decompressed, lim.RatioFree+lim.Ratio*len(b))
	var files [][]byte
	for _, file := range z.File {
		if file.Mode().IsDir() {
			continue
		}
		data, err := zipFile(b, file, &left)
		if err != nil {
			return nil, err
		}
		left.Decompressed -= len(data)
		files = append(files, data)
	}
	return files, nil
}

// zipEntries reads the number of files from the end of the archive, before a
// directory of a hundred thousand is read.
func zipEntries(b []byte) (int, bool) {
	i := bytes.LastIndex(b[max(0, len(b)-22-0xFFFF):], []byte("PK\x05\x06"))
	if i < 0 {
		return 0, false
	}
	end := b[max(0, len(b)-22-0xFFFF)+i:]
	if len(end) < 22 {
		return 0, false
	}
	return int(binary.LittleEndian.Uint16(end[10:])), true
}

func zipFile(b []byte, file *zip.File, left *Limits) ([]byte, error) {
	if err := checkZipFile(file); err != nil {
		return nil, err
	}
	at, err := file.DataOffset()
	if err != nil || at < 0 || at > int64(len(b)) || file.CompressedSize64 > uint64(int64(len(b))-at) { // #nosec G115 -- at <= len(b)
		return nil, fmt.Errorf("%w: the zip archive is cut off", ErrMalformed)
	}
	data := b[at : at+int64(file.CompressedSize64)] // #nosec G115 -- checked above
	sum := uint32(0)
	if file.Method == zip.Deflate {
		data, sum, err = inflated(data, roomFor(file.UncompressedSize64, len(data), left), left)
	} else if sum = crc32.ChecksumIEEE(data); len(data) > left.Decompressed {
		err = fmt.Errorf("%w: decompressed", ErrTooLarge)
	}
	if err != nil {
		return nil, err
	}
	if sum != file.CRC32 {
		return nil, fmt.Errorf("%w: a checksum in the zip archive is wrong", ErrMalformed)
	}
	return data, nil
}

// inflated decompresses a DEFLATE stream, for which there is room to begin
// with, and gives the CRC-32 of what is in it.
func inflated(b []byte, room int, lim *Limits) (data []byte, crc uint32, err error) {
	f := newInflater(len(b), lim)
	defer f.release()
	f.out.Grow(room)
	if _, err := f.inflate(b); err != nil {
		return nil, 0, err
	}
	return f.take(), f.crc, nil
}

// checkZipFile refuses what no reporter sends.
func checkZipFile(file *zip.File) error {
	switch {
	case file.Flags&1 != 0:
		return fmt.Errorf("%w: a file in the zip archive is encrypted", ErrMalformed)
	case file.Mode().Type()&fs.ModeType != 0:
		return fmt.Errorf("%w: the zip archive holds a link or device", ErrMalformed)
	case file.Method != zip.Deflate && file.Method != zip.Store:
		return fmt.Errorf("%w: the zip archive uses compression method %d", ErrMalformed, file.Method)
	case pointsOutside(file.Name):
		return fmt.Errorf("%w: a file in the zip archive points outside of it", ErrMalformed)
	}
	return nil
}

// pointsOutside tells whether a path would leave the folder that an archive is
// unpacked to. Some archives from Windows have backslashes for slashes.
func pointsOutside(path string) bool {
	path = strings.ReplaceAll(path, `\`, "/")
	return strings.HasPrefix(path, "/") || slices.Contains(strings.Split(path, "/"), "..")
}
