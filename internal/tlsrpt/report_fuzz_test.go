package tlsrpt

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// seed gives a fuzz target every fixture whose name matches one of patterns.
func seed(f *testing.F, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join("testdata", p))
		if err != nil || len(files) == 0 {
			f.Fatal(p, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
}

// smallLimits keep a fuzz run fast and reach the limits.
func smallLimits() Limits {
	lim := DefaultLimits()
	lim.Message, lim.Decompressed, lim.RatioFree = 1<<20, 1<<20, 1<<12
	lim.Policies, lim.Details, lim.Lines, lim.String = 20, 50, 20, 512
	return lim
}

func FuzzParseReport(f *testing.F) {
	seed(f, "reports/*.json", "hostile/*.json")
	lim := smallLimits()
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		r, err := ParseReport(b, lim)
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if r != nil || Reason(err) == "" {
				t.Fatal("a report and an error: ", err)
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(b, utf8BOM)) {
			t.Fatal("read what is no JSON")
		}
		checkSafe(t, r)
		checkAgain(t, r, lim)
	})
}

// checkAgain wants what was read to survive writing and reading. The limits of
// the second reading leave room for what the first has unpacked.
func checkAgain(t *testing.T, r *Report, lim Limits) {
	t.Helper()
	lim.String, lim.ReportID, lim.Lines = 8*lim.String, 8*lim.ReportID, 100*lim.Lines
	encoded, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseReport(encoded, lim)
	if err != nil {
		t.Fatalf("%s: %v", encoded, err)
	}
	third, err := again.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encoded, third) {
		t.Fatalf("%s\n%s", encoded, third)
	}
}

func FuzzRead(f *testing.F) {
	seed(f, "reports/*.gz", "reports/*.json", "hostile/*.gz", "hostile/*.zip", "hostile/*.zst")
	report := reportWith("[" + onePolicy + "]")
	f.Add(zipped(f, report))
	f.Add(layers(f, report, 3))
	f.Add(append(zipped(f, report[:80]), zipped(f, report[80:])...))
	f.Add(withHeader(zipped(f, report), "extra", "name", "comment", true))
	f.Add(archive(f, deflated("a.json", report), deflated("b", report)))
	f.Add(archive(f, deflated("a", archive(f, deflated("b", report)))))
	f.Add(encrypted(archive(f, deflated("a.json", report))))
	f.Add(overlapping(f, 3, report))
	f.Fuzz(fuzzRead)
}

func FuzzMIME(f *testing.F) {
	seed(f, "reports/*.eml", "hostile/*.eml")
	f.Add(nestedParts(4))
	f.Add(forwards(2))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzRead(t, b)
		fuzzRead(t, append([]byte("From: a@grenz.example\r\n"), b...))
	})
}

func fuzzRead(t *testing.T, b []byte) {
	lim := smallLimits()
	before := bytes.Clone(b)
	found, err := Read(b, lim)
	if !bytes.Equal(b, before) {
		t.Fatal("the input was changed")
	}
	if (err == nil) != (len(found.Reports) > 0) || err != nil && Reason(err) == "" {
		t.Fatalf("%v with %d reports", err, len(found.Reports))
	}
	hashes := map[[32]byte]bool{}
	for _, r := range found.Reports {
		checkSafe(t, r)
		again, err := ParseReport(r.JSON, lim)
		if err != nil || again.Hash() != r.Hash() {
			t.Fatalf("the JSON of a report reads otherwise: %v", err)
		}
		if hashes[r.Hash()] {
			t.Fatal("the same report twice")
		}
		hashes[r.Hash()] = true
	}
	if m := found.Mail; m != nil && m.ReportParts < len(found.Reports) && found.Mail.FileName != "" && !bytes.Contains(b, []byte("PK")) {
		t.Fatalf("%d reports in %d parts", len(found.Reports), m.ReportParts)
	}
}
