package sealpost

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bad is the part of the catalogue of bad input that touches the intake: mails,
// archives, SMTP sessions and requests. Each item has a case in some test that
// says its number. H9 to H15 are about pages and are tested with these.
var bad = []string{
	"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12",
	"M13", "M14", "M15", "M16", "M17", "M18", "M19", "M20", "M21", "M22", "M23", "M24",
	"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16", "S17", "S18",
	"Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7", "Z8", "Z9", "Z10", "Z11", "Z12", "Z13", "Z14",
	"H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8",
}

var (
	number   = regexp.MustCompile(`\b([MSZH])([0-9]{1,2})\b`)
	numberTo = regexp.MustCompile(`\b([MSZH])([0-9]{1,2}) to [MSZH]?([0-9]{1,2})\b`)
)

// TestCatalogueIsTested finds for each item a test that names it.
func TestCatalogueIsTested(t *testing.T) {
	t.Parallel()
	named := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || path == "catalogue_test.go" {
			return err
		}
		for _, part := range []string{"internal/tlsrpt/", "internal/smtpd/", "internal/ingest/", "internal/dkim/", "handlers/", "cmd/web/"} {
			if !strings.HasPrefix(filepath.ToSlash(path), part) {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, id := range numbersIn(string(text)) {
				named[id] = append(named[id], path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range bad {
		if len(named[id]) == 0 {
			t.Errorf("no test names %s of the catalogue", id)
		}
	}
}

func numbersIn(text string) (ids []string) {
	for _, m := range number.FindAllStringSubmatch(text, -1) {
		ids = append(ids, m[0])
	}
	for _, m := range numberTo.FindAllStringSubmatch(text, -1) {
		var from, to int
		fmt.Sscan(m[2], &from)
		fmt.Sscan(m[3], &to)
		for i := from; i <= to; i++ {
			ids = append(ids, fmt.Sprint(m[1], i))
		}
	}
	return ids
}
