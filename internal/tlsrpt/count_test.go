package tlsrpt

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func results(t PolicyType, successful, failed int64) PolicyResult {
	return PolicyResult{Type: t, Successful: Count{successful, true}, Failed: Count{failed, true}}
}

func TestTally(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt64
	for _, c := range []struct {
		name               string
		in                 []PolicyResult
		successful, failed int64
		stated             bool
	}{
		{"nothing", nil, 0, 0, false},
		{"not stated", []PolicyResult{{Type: PolicySTS}}, 0, 0, false},
		{"one side stated", []PolicyResult{{Type: PolicySTS, Failed: Count{0, true}}}, 0, 0, true},
		{"sts", []PolicyResult{results(PolicySTS, 5, 2)}, 5, 2, true},
		{"tlsa alone", []PolicyResult{results(PolicyTLSA, 5, 2)}, 5, 2, true},
		{"tlsa repeats sts", []PolicyResult{results(PolicySTS, 7, 0), results(PolicyTLSA, 7, 0)}, 7, 0, true},
		{"disjoint types add up", []PolicyResult{results(PolicySTS, 1, 0), results(NoPolicyFound, 3, 0), results("new", 10, 0)}, 14, 0, true},
		{"several sts add up", []PolicyResult{results(PolicySTS, 4, 1), results(PolicySTS, 3, 1)}, 7, 2, true},
		{"failures by the worse side", []PolicyResult{results(PolicySTS, 10, 0), results(PolicyTLSA, 6, 4)}, 6, 4, true},
		{"totals by the larger side", []PolicyResult{results(PolicySTS, 10, 1), results(PolicyTLSA, 3, 2)}, 9, 2, true},
		{"no wrap", []PolicyResult{results(PolicySTS, most, 1), results(PolicySTS, most, 1)}, most - 2, 2, true},
		{"no wrap of failures", []PolicyResult{results(PolicyTLSA, most, most), results(PolicyTLSA, most, most)}, 0, most, true},
	} {
		s := Tally(c.in)
		if s.Successful != c.successful || s.Failed != c.failed || s.Stated != c.stated {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

func TestTallyByType(t *testing.T) {
	t.Parallel()
	s := Tally([]PolicyResult{results(PolicyTLSA, 7, 1), results(PolicySTS, 3, 0), results(PolicySTS, 4, 2), {Type: "new"}})
	want := []TypeSessions{{"new", 0, 0, false}, {PolicySTS, 7, 2, true}, {PolicyTLSA, 7, 1, true}}
	if diff := cmp.Diff(want, s.ByType); diff != "" {
		t.Error(diff)
	}
}

func TestSumsBeyondWhatAnySenderHas(t *testing.T) {
	t.Parallel()
	detail := func(sessions int64) PolicyResult {
		return PolicyResult{Type: PolicySTS, Failures: []FailureDetail{{Sessions: sessions}, {Sessions: 1}}}
	}
	for _, c := range []struct {
		name string
		in   []PolicyResult
		want bool
	}{
		{"the most", []PolicyResult{results(PolicySTS, maxCount, maxCount)}, true},
		{"one more", []PolicyResult{results(PolicySTS, maxCount, 0), results(NoPolicyFound, 1, 0)}, false},
		{"one more failure", []PolicyResult{results(PolicyTLSA, 0, maxCount), results(PolicyTLSA, 0, 1)}, false},
		{"tlsa repeats sts", []PolicyResult{results(PolicySTS, maxCount, 0), results(PolicyTLSA, maxCount, 0)}, true},
		{"details", []PolicyResult{detail(maxCount - 1)}, true},
		{"one more detail", []PolicyResult{detail(maxCount)}, false},
		{"no wrap", []PolicyResult{results(PolicySTS, math.MaxInt64, 0), results(PolicySTS, math.MaxInt64, 0)}, false},
	} {
		if got := plausible(c.in); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
