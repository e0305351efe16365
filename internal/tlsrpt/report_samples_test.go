package tlsrpt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// samples is a folder of published reports that is not part of the project.
const samples = "../../../shared/samples"

// TestSamples compares every published sample with what it is known to hold.
func TestSamples(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(samples, "truth.json"))
	if err != nil {
		t.Skip("the published samples are not here: ", err)
	}
	var truth map[string][]ReportListing
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	for name, want := range truth {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(samples, name))
			if err != nil {
				t.Fatal(err)
			}
			found, err := Read(b, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			var got []ReportListing
			for _, r := range found.Reports {
				t.Log(r.Warnings)
				got = append(got, Listing(r))
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ReportListing{}, "Warnings"), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if len(found.Problems) > 0 {
				t.Error(found.Problems)
			}
		})
	}
}
