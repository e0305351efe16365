package tlsrpt

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func zipped(tb testing.TB, b []byte) []byte {
	tb.Helper()
	out, err := Gzip(b)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// zeros is a gzip stream of n zero bytes.
func zeros(tb testing.TB, n int64) []byte {
	tb.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.CopyN(z, zeroReader{}, n); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// layers is b compressed n times.
func layers(tb testing.TB, b []byte, n int) []byte {
	tb.Helper()
	for range n {
		b = zipped(tb, b)
	}
	return b
}

// withHeader puts the optional fields of RFC 1952 §2.3.1 into a gzip header.
func withHeader(gz []byte, extra, name, comment string, crc bool) []byte {
	flags := byte(1<<3 | 1<<4)
	head := append([]byte{}, gz[:10]...)
	var fields []byte
	if extra != "" {
		flags |= 1 << 2
		fields = binary.LittleEndian.AppendUint16(fields, uint16(len(extra)))
		fields = append(fields, extra...)
	}
	fields = append(append(fields, name...), 0)
	fields = append(append(fields, comment...), 0)
	if crc {
		flags |= 1 << 1
	}
	head[3] = flags
	head = append(head, fields...)
	if crc {
		head = binary.LittleEndian.AppendUint16(head, uint16(crc32.ChecksumIEEE(head)))
	}
	return append(head, gz[10:]...)
}

// changed is b with the byte at i, counted from the end if negative, flipped.
func changed(b []byte, i int) []byte {
	b = bytes.Clone(b)
	if i < 0 {
		i += len(b)
	}
	b[i] ^= 0x55
	return b
}

// padded is JSON of about n bytes that compresses by far more than 300 to 1.
func padded(n int) []byte {
	return append(reportWith("[]"), bytes.Repeat([]byte(" "), n)...)
}

// blanks is a report and n bytes of blanks that compress by about 100 to 1.
func blanks(n int) []byte {
	out := padded(n)
	for i, c := range random(n / 256) {
		out[len(out)-n+256*i] = " \t\r\n"[c%4]
	}
	return out
}

// partsOf is a report mail that holds b n times.
func partsOf(n int, b []byte) []byte {
	const part = "--b\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	return reportMail(strings.Repeat(part+string(b)+"\r\n", n))
}

func random(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(out)
	return out
}

func hostileGzip(tb testing.TB) []hostile {
	tb.Helper()
	report := reportWith("[" + onePolicy + "]")
	gz := zipped(tb, report)
	long := strings.Repeat("x", 64<<10-1)
	return []hostile{
		{"Z1 zeros", zeros(tb, 16<<20), "too-large"},
		{"Z1 blanks after a report", zipped(tb, padded(8<<20)), "too-large"},
		{"ratio is free for a mebibyte", zipped(tb, padded(1<<20-1000)), ""},
		{"Z1 60 MiB, a hundredth of it compressed", zipped(tb, blanks(60<<20)), ""},
		{"Z1 40 MiB in each of twenty parts", partsOf(20, zipped(tb, blanks(40<<20))), ""},
		{"Z2 five layers", layers(tb, report, 5), "too-deep"},
		{"Z2 three layers", layers(tb, report, 3), "too-deep"},
		{"Z14 two layers", layers(tb, report, 2), ""},
		{"Z4 two objects", append(zipped(tb, []byte("{}")), zipped(tb, []byte("{}"))...), "trailing-data"},
		{"Z4 two reports", append(bytes.Clone(gz), gz...), "trailing-data"},
		{"Z5 one report in two members", append(zipped(tb, report[:80]), zipped(tb, report[80:])...), ""},
		{"Z6 trailing junk", append(bytes.Clone(gz), "junk"...), ""},
		{"Z6 zero padding", append(bytes.Clone(gz), make([]byte, 512)...), ""},
		{"Z6 trailing beginning of a member", append(bytes.Clone(gz), 0x1f, 0x8b), "malformed"},
		{"Z7 wrong CRC", changed(gz, -8), "malformed"},
		{"Z7 wrong size", changed(gz, -4), "malformed"},
		{"Z7 damaged", changed(gz, len(gz)/2), "malformed"},
		{"Z8 cut in the data", gz[:len(gz)/2], "malformed"},
		{"Z8 cut in the trailer", gz[:len(gz)-3], "malformed"},
		{"Z9 long header", withHeader(gz, long, "../../etc/passwd"+long, long, true), ""},
		{"Z9 header without end", withHeader(gz, "", "", "", false)[:11], "malformed"},
		{"Z9 extra field beyond the end", withHeader(gz, long, "", "", false)[:600], "malformed"},
		{"Z10 empty members", bytes.Repeat(zipped(tb, nil), 10_000), "too-many"},
		{"Z10 sixteen members", append(bytes.Repeat(zipped(tb, nil), 15), gz...), ""},
		{"Z10 seventeen members", append(bytes.Repeat(zipped(tb, nil), 16), gz...), "too-many"},
		{"wrong size that claims 4 GiB", append(bytes.Clone(gz[:len(gz)-4]), 0xff, 0xff, 0xff, 0xff), "malformed"},
		{"Z12 JSON that says it is compressed", mailOf("application/tlsrpt+gzip", report), ""},
		{"Z12 compressed, and says it is JSON", mailOf("application/tlsrpt+json", gz), ""},
		{"Z13 zstd", append([]byte{0x28, 0xb5, 0x2f, 0xfd}, random(64)...), "not-a-report"},
		{"Z13 bzip2", append([]byte("BZh91AY&SY"), random(64)...), "not-a-report"},
		{"Z13 xz", append([]byte("\xfd7zXZ\x00"), random(64)...), "not-a-report"},
		{"rubbish inside", zipped(tb, random(1<<16)), "not-a-report"},
		{"empty inside", zipped(tb, nil), "not-a-report"},
		{"a mail inside", zipped(tb, mustRead(tb, "00-plain.eml")), ""},
	}
}

func TestHostileGzip(t *testing.T) {
	t.Parallel()
	for _, c := range hostileGzip(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if found, err := readGuarded(t, c.in, DefaultLimits()); Reason(err) != c.want {
				t.Errorf("%v, want %q (%d reports)", err, c.want, len(found.Reports))
			}
		})
	}
}

func mustRead(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/reports/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestGzipLimits checks the size after decompression at its limit and beyond.
func TestGzipLimits(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	report := reportWith("[" + onePolicy + "]")
	lim.Decompressed = len(report)
	if _, err := Read(zipped(t, report), lim); err != nil {
		t.Error("at the limit: ", err)
	}
	lim.Decompressed--
	var notes tally
	if out, err := gunzip(zipped(t, report), &lim, &notes); Reason(err) != "too-large" || out != nil {
		t.Error("beyond, by gunzip alone: ", err)
	}
	if _, err := Read(zipped(t, report), lim); Reason(err) != "too-large" {
		t.Error("beyond: ", err)
	}
	if _, err := Read(report, lim); Reason(err) != "too-large" {
		t.Error("beyond without compression: ", err)
	}
}

// TestBombIsStoppedEarly: what a bomb costs is bounded by what came in, not by
// what it claims.
func TestBombIsStoppedEarly(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	var notes tally
	bomb := zeros(t, 16<<20)
	out, err := gunzip(bomb, &lim, &notes)
	if Reason(err) != "too-large" || out != nil {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
	if hint := sizeHint(bomb, &lim); hint > 32*len(bomb)+512 {
		t.Errorf("%d bytes are reserved for %d", hint, len(bomb))
	}
}

// TestAllPartsShareOneLimit: a mail of many parts that each unpack to the limit
// must not hold them all.
func TestAllPartsShareOneLimit(t *testing.T) {
	t.Parallel()
	one, two := reportWith("["+onePolicy+"]"), []byte(strings.Replace(grenz(), "g-1", "g-2", 1))
	lim := DefaultLimits()
	for _, c := range []struct {
		unpacked, reports int
		problem           string
	}{
		{2 * len(one), 2, ""},
		{2*len(one) - 1, 1, "too-large"},
		{len(one), 1, "too-large"},
	} {
		lim.Decompressed = c.unpacked
		for _, pack := range []func([]byte) []byte{
			func(b []byte) []byte { return zipped(t, b) },
			func(b []byte) []byte { return archive(t, deflated("r.json", b)) },
		} {
			const part = "--b\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: binary\r\n\r\n"
			found, err := Read(reportMail(part+string(pack(one))+"\r\n"+part+string(pack(two))+"\r\n--b--\r\n"), lim)
			if err != nil || len(found.Reports) != c.reports || Reason(errors.Join(found.Problems...)) != c.problem {
				t.Errorf("%d bytes: %v, %d reports, %v", c.unpacked, err, len(found.Reports), found.Problems)
			}
		}
	}
}

type zipEntry struct {
	header zip.FileHeader
	data   []byte
}

func archive(tb testing.TB, entries ...zipEntry) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.CreateHeader(&e.header)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func deflated(name string, data []byte) zipEntry {
	return zipEntry{zip.FileHeader{Name: name, Method: zip.Deflate}, data}
}

func symlink(name, target string) zipEntry {
	e := zipEntry{zip.FileHeader{Name: name, Method: zip.Store}, []byte(target)}
	e.header.SetMode(os.ModeSymlink | 0o777)
	return e
}

// encrypted sets the flag in the local header and in the directory.
func encrypted(b []byte) []byte {
	b = bytes.Clone(b)
	b[6] |= 1
	b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= 1
	return b
}

// overlapping is an archive of n entries that share the bytes of one file.
func overlapping(tb testing.TB, n int, data []byte) []byte {
	tb.Helper()
	b := archive(tb, deflated("a.json", data))
	start := bytes.Index(b, []byte("PK\x01\x02"))
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	entry := b[start:end]
	out := append(bytes.Clone(b[:start]), bytes.Repeat(entry, n)...)
	tail := bytes.Clone(b[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	return append(out, tail...)
}

func many(n int, data []byte) []zipEntry {
	var out []zipEntry
	for range n {
		out = append(out, deflated("r.json", data))
	}
	return out
}

// hostileZip says how many reports an archive gives.
type hostileZip struct {
	hostile
	reports int
}

func hostileZips(tb testing.TB) []hostileZip {
	tb.Helper()
	report := reportWith("[" + onePolicy + "]")
	good := archive(tb, deflated("r.json", report))
	return []hostileZip{
		{hostile{"Z11 one file", good, ""}, 1},
		{hostile{"Z11 stored", archive(tb, zipEntry{zip.FileHeader{Name: "r.json"}, report}), ""}, 1},
		{hostile{"Z11 gzip inside", archive(tb, zipEntry{zip.FileHeader{Name: "r.json.gz"}, zipped(tb, report)}), ""}, 1},
		{hostile{"Z11 with a folder", archive(tb, zipEntry{zip.FileHeader{Name: "d/"}, nil}, deflated("d/r.json", report)), ""}, 1},
		{hostile{"Z11 with a readme", archive(tb, deflated("README", []byte("hello")), deflated("r.json", report)), ""}, 1},
		{hostile{"Z11 with what a Mac adds", archive(tb, deflated("r.json", report), deflated("__MACOSX/._r.json", []byte("\x00\x05\x16\x07Mac OS X"))), ""}, 1},
		{hostile{"Z11 nothing but a readme", archive(tb, deflated("README", []byte("hello"))), "not-a-report"}, 0},
		{hostile{"Z11 dots in a name", archive(tb, deflated("a!b!1!2..json", report)), ""}, 1},
		{hostile{"Z11 folder from Windows", archive(tb, deflated(`out\r.json`, report)), ""}, 1},
		{hostile{"Z11 two reports", archive(tb, deflated("1", report), deflated("2", reportWith("[]"))), ""}, 2},
		{hostile{"Z11 the same twice", archive(tb, deflated("1", report), deflated("2", report)), ""}, 1},
		{hostile{"Z11 zip in zip in zip", archive(tb, deflated("a", archive(tb, deflated("b", good)))), "too-deep"}, 0},
		{hostile{"Z11 zip in zip", archive(tb, deflated("a", good)), ""}, 1},
		{hostile{"Z11 sixteen files", archive(tb, many(16, report)...), ""}, 1},
		{hostile{"Z11 seventeen files", archive(tb, many(17, report)...), "too-many"}, 0},
		{hostile{"Z11 overlapping bomb", overlapping(tb, 16, padded(16<<20)), "too-large"}, 0},
		{hostile{"Z11 100 000 entries", overlapping(tb, 60_000, report), "too-many"}, 0},
		{hostile{"Z11 bomb", archive(tb, deflated("a", padded(16<<20))), "too-large"}, 0},
		{hostile{"Z11 encrypted", encrypted(good), "malformed"}, 0},
		{hostile{"Z11 path outside", archive(tb, deflated("../../r.json", report)), "malformed"}, 0},
		{hostile{"Z11 absolute path", archive(tb, deflated("/etc/r.json", report)), "malformed"}, 0},
		{hostile{"Z11 backslash path", archive(tb, deflated(`..\r.json`, report)), "malformed"}, 0},
		{hostile{"Z11 symlink", archive(tb, symlink("r.json", "/etc/passwd")), "malformed"}, 0},
		{hostile{"Z11 nothing inside", archive(tb), "not-a-report"}, 0},
		{hostile{"Z11 cut", good[:len(good)-30], "malformed"}, 0},
		{hostile{"Z11 wrong checksum", changedData(good), "malformed"}, 0},
	}
}

func TestHostileZip(t *testing.T) {
	t.Parallel()
	for _, c := range hostileZips(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := readGuarded(t, c.in, DefaultLimits())
			if Reason(err) != c.want || len(found.Reports) != c.reports || err == nil && len(found.Problems) > 0 {
				t.Errorf("%v, want %q; %d reports, %v", err, c.want, len(found.Reports), found.Problems)
			}
		})
	}
}

// TestCutAnywhere is Z8 and J23: no beginning of a delivery reads as a report.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	report := reportWith("[" + onePolicy + "]")
	for _, whole := range [][]byte{report, zipped(t, report), archive(t, deflated("r.json", report))} {
		for n := range whole {
			if found, err := Read(whole[:n], DefaultLimits()); err == nil || len(found.Reports) > 0 {
				t.Errorf("%d of %d bytes of %.10q are read", n, len(whole), whole)
			}
		}
	}
}

// TestZipLimits: the files of an archive share one limit, and what they are
// decompressed from is counted once even where they overlap.
func TestZipLimits(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789 abcdefghij "), 500)
	lim := DefaultLimits()
	lim.Decompressed = 2*len(data) + 1
	if files, err := unzip(archive(t, many(2, data)...), &lim); err != nil || len(files) != 2 {
		t.Error("within the limit: ", err)
	}
	if _, err := unzip(archive(t, many(3, data)...), &lim); Reason(err) != "too-large" {
		t.Error("three files: ", err)
	}
	stored := zipEntry{zip.FileHeader{Name: "r.json", Method: zip.Store}, append(data, data...)}
	if files, err := unzip(archive(t, stored), &lim); err != nil || len(files) != 1 {
		t.Error("stored, within the limit: ", err)
	}
	if _, err := unzip(archive(t, stored, deflated("r.json", data)), &lim); Reason(err) != "too-large" {
		t.Error("stored and another: ", err)
	}
	if _, err := unzip(archive(t, deflated("r.json", data), stored), &lim); Reason(err) != "too-large" {
		t.Error("another and stored: ", err)
	}
	lim = DefaultLimits()
	lim.RatioFree, lim.Ratio = 0, 200
	if _, err := unzip(overlapping(t, 2, data), &lim); err != nil {
		t.Error("two that overlap: ", err)
	}
	lim.Ratio = 5
	if _, err := unzip(overlapping(t, 16, random(2000)), &lim); Reason(err) != "too-large" {
		t.Error("sixteen that overlap: ", err)
	}
}

// changedData flips a byte of the checksum in the directory.
func changedData(b []byte) []byte {
	return changed(b, bytes.Index(b, []byte("PK\x01\x02"))+16)
}

// TestQuineGzip is Z3: a stream that decompresses to itself never ends for a
// reader that goes on as long as it sees gzip. Forty layers stand for it.
func TestQuineGzip(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	b := layers(t, []byte("\x1f\x8b"), 40)
	if _, err := readGuarded(t, b, lim); Reason(err) != "too-deep" {
		t.Error(err)
	}
}

// mailOf is a mail whose one part has a type and some bytes.
func mailOf(contentType string, data []byte) []byte {
	return []byte("From: a@grenz.example\r\nMIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(data) + "\r\n")
}
