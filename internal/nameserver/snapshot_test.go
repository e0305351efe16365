package nameserver

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"
)

func snapshotOf(t testing.TB, z *Zone) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := z.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatal(n, b.Len(), err)
	}
	return b.Bytes()
}

var oddTexts = []string{"", " ", `"`, `\`, `\"`, "\x00\x01\xff", "\r\n", "; comment", "$ORIGIN x.", "a\tb", `\065`, "ü", longText(255), longText(256), longText(maxTXT), strings.Repeat(`"\`, 2000), "x IN TXT y IN SOA z"}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	entries := testEntries()
	for i, text := range oddTexts {
		entries = append(entries, Entry{Owner: "odd" + string(rune('a'+i)) + "." + testOrigin, TXT: text, TTL: uint32(i)})
	}
	z, err := NewZone(testConfig(), 4294967295, slices.Values(entries))
	if err != nil {
		t.Fatal(err)
	}
	written := snapshotOf(t, z)
	if i := bytes.IndexFunc(written, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("octet %d is not printable", i)
	}
	snap, err := ReadSnapshot(bytes.NewReader(written))
	if err != nil || snap.Serial != 4294967295 || snap.Origin != testOrigin {
		t.Fatal(snap.Serial, snap.Origin, err)
	}
	for i := range entries {
		if entries[i].TTL == 0 {
			entries[i].TTL = defaultTTL
		}
	}
	if diff := cmp.Diff(entries, snap.Entries, cmpopts.SortSlices(func(a, b Entry) bool { return a.Owner < b.Owner })); diff != "" {
		t.Error(diff)
	}
	again, err := ReadZone(testConfig(), bytes.NewReader(written))
	if err != nil || !bytes.Equal(snapshotOf(t, again), written) {
		t.Error("a zone from the snapshot is another zone", err)
	}
}

// Another name server reads the same zone from the file.
func TestSnapshotIsZoneFile(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	parser := dns.NewZoneParser(bytes.NewReader(snapshotOf(t, z)), "", "")
	count := 0
	tr := testTransport()
	tr.TCP = true
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		count++
		r := ask(t, z, question(rr.Header().Name, rr.Header().Rrtype), tr)
		if !slices.ContainsFunc(r.Answer, func(a dns.RR) bool { return a.String() == rr.String() }) {
			t.Errorf("%v is not answered: %v", rr, r.Answer)
		}
	}
	if err := parser.Err(); err != nil {
		t.Error(err)
	}
	if want := 1 + 2 + 2 + 4 + len(testEntries()); count != want {
		t.Errorf("%d records, want %d", count, want)
	}
}

func TestSnapshotMailbox(t *testing.T) {
	t.Parallel()
	for mailbox, want := range map[string]string{
		"":                         "hostmaster.rpt." + testOrigin + ".",
		"hostmaster@example.com":   "hostmaster.example.com.",
		"hostmaster.example.com":   "hostmaster.example.com.",
		"first.last@example.com":   `first\.last.example.com.`,
		`we"ird;(x)@example.com`:   `we\"ird\;\(x\).example.com.`,
		"Host-Master@Example.com":  "Host-Master.example.com.",
		"host$master@example.com.": "",
	} {
		cfg := testConfig()
		cfg.Hostmaster = mailbox
		z, err := NewZone(cfg, 1, slices.Values(testEntries()))
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v", mailbox, err)
		}
		if err != nil {
			continue
		}
		got := ask(t, z, question(testOrigin, dns.TypeSOA), testTransport()).Answer[0].(*dns.SOA).Mbox
		if got != want {
			t.Errorf("%q: %q, want %q", mailbox, got, want)
		}
		parser := dns.NewZoneParser(bytes.NewReader(snapshotOf(t, z)), "", "")
		if rr, _ := parser.Next(); rr == nil || !strings.EqualFold(rr.(*dns.SOA).Mbox, want) {
			t.Errorf("%q: file says %v %v", mailbox, rr, parser.Err())
		}
	}
}

func TestReadSnapshotRefuses(t *testing.T) {
	t.Parallel()
	good := snapshotOf(t, testZone(t))
	for n := 0; n < len(good)-1; n += 7 { // without the last line end it is whole
		if _, err := ReadSnapshot(bytes.NewReader(good[:n])); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("cut at %d of %d: %v", n, len(good), err)
		}
	}
	for i := 0; i < len(good)-1; i += 5 {
		changed := bytes.Clone(good)
		changed[i] ^= 0x01
		if _, err := ReadSnapshot(bytes.NewReader(changed)); err == nil {
			t.Fatalf("octet %d changed: %q", i, changed[max(0, i-20):i+1])
		}
	}
	other := testConfig()
	other.Origin = "other.example"
	if _, err := ReadZone(other, bytes.NewReader(good)); !errors.Is(err, ErrSnapshot) {
		t.Error("the snapshot of another zone:", err)
	}
	if _, err := ReadZone(testConfig(), bytes.NewReader(good[:50])); !errors.Is(err, ErrSnapshot) {
		t.Error("half a snapshot:", err)
	}
	if _, err := ReadSnapshot(strings.NewReader(strings.Repeat("x", 100_000))); !errors.Is(err, ErrSnapshot) {
		t.Error("endless line:", err)
	}
	if _, err := ReadSnapshot(io.MultiReader(bytes.NewReader(good[:bytes.IndexByte(good, '\n')+1]), &failingReader{})); !errors.Is(err, io.ErrClosedPipe) {
		t.Error("read error:", err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

type failingWriter struct{ left int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriteToFails(t *testing.T) {
	t.Parallel()
	z := testZone(t)
	size := len(snapshotOf(t, z))
	for _, left := range []int{0, size - 40, size - 1} {
		if _, err := z.WriteTo(&failingWriter{left}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%d of %d octets: %v", left, size, err)
		}
	}
}

func FuzzReadSnapshot(f *testing.F) {
	z := testZone(f)
	f.Add(snapshotOf(f, z))
	f.Add([]byte("$ORIGIN x.\n@ 1 IN SOA a. b. 5 1 1 1 1\na.x. 1 IN TXT \"\\255\" \"b\"\n; end of zone, crc32c 00000000\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		snap, err := ReadSnapshot(bytes.NewReader(in))
		if err != nil && !errors.Is(err, ErrSnapshot) {
			t.Fatal(err)
		}
		var lines Snapshot // as if the checksum were right
		for line := range strings.Lines(string(in)) {
			lines.readLine(strings.TrimSuffix(line, "\n"))
		}
		for _, e := range append(snap.Entries, lines.Entries...) {
			if len(e.TXT) > len(in) {
				t.Fatalf("%d octets out of %d", len(e.TXT), len(in))
			}
		}
	})
}
