package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/ledger"
)

const first = ledger.PageDays * 600 // the first day of a page

// two is a ledger of two days with two reporters.
func two() *ledger.Ledger {
	var l ledger.Ledger
	l.Put(ledger.Cell{Day: first, Reporter: "google.com", Successful: 90, Failed: 10, Reports: 1, Arrived: 30,
		Policies: []ledger.Policy{{"sts", "enforce", 90, 10}, {"tlsa", "", 50, 2}},
		Failures: []ledger.Failure{{"certificate-expired", "mx1.example", "192.0.2.0/24", 7, "expired"}, {"starttls-not-supported", "mx2.example", "", 2, ""}}})
	l.Put(ledger.Cell{Day: first + 2, Reporter: "mail.ru", Successful: 5, Reports: 2, Arrived: ledger.Unknown,
		Policies: []ledger.Policy{{"no-policy-found", "", 5, 0}}})
	l.Put(ledger.Cell{Day: first + 2, Reporter: "google.com", Successful: 20, Failed: 1, Reports: 1, Arrived: 31,
		Policies: []ledger.Policy{{"sts", "testing", 20, 1}},
		Failures: []ledger.Failure{{"certificate-expired", "mx1.example", "2001:db8::/48", 1, "expired"}}})
	return &l
}

// reread is what comes back from the bytes of a page.
func reread(t *testing.T, l *ledger.Ledger) *ledger.Ledger {
	t.Helper()
	var back ledger.Ledger
	if err := back.Read(ledger.PageOf(first), l.Page(ledger.PageOf(first))); err != nil {
		t.Fatal(err)
	}
	return &back
}

func TestPagesKeepEverything(t *testing.T) {
	t.Parallel()
	want, got := two().Sum(first, first+2, nil), reread(t, two()).Sum(first, first+2, nil)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if want.Successful != 115 || want.Failed != 11 || want.Reports != 4 || want.Detailed != 10 || want.Days[1].Known || !want.Days[2].Known {
		t.Errorf("sums: %+v", want)
	}
	if got := fmt.Sprint(want.Types, want.Days[0].ByType, want.Days[1].ByType, want.Days[2].ByType); got != "[certificate-expired starttls-not-supported] [7 2] [] [1 0]" {
		t.Error(got)
	}
	if two().Page(ledger.PageOf(first)+1) != nil {
		t.Error("a page without cells has bytes")
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f          ledger.Filter
		successful int64
		failed     int64
		days       string // known and failed
		rows       string // reporters, results, MXs, networks, policies
	}{
		{nil, 115, 11, "10 - 1", "2 2 2 3 4"},
		{ledger.Filter{ledger.ByReporter: "google.com"}, 110, 11, "10 - 1", "1 2 2 3 3"},
		{ledger.Filter{ledger.ByReporter: "mail.ru"}, 5, 0, "- - 0", "1 0 0 0 1"},
		{ledger.Filter{ledger.ByReporter: "nobody"}, 0, 0, "- - -", "0 0 0 0 0"},
		{ledger.Filter{ledger.ByResult: "certificate-expired"}, 0, 8, "7 - 1", "1 1 1 2 0"},
		{ledger.Filter{ledger.ByMX: "mx2.example"}, 0, 2, "2 - 0", "1 1 1 1 0"},
		{ledger.Filter{ledger.ByNetwork: ""}, 0, 2, "2 - 0", "1 1 1 1 0"},
		{ledger.Filter{ledger.ByPolicy: "sts"}, 110, 11, "10 - 1", "1 0 0 0 2"},
		{ledger.Filter{ledger.ByPolicy: "sts", ledger.ByMode: "testing"}, 20, 1, "0 - 1", "1 0 0 0 1"},
		{ledger.Filter{ledger.ByPolicy: "sts", ledger.ByResult: "certificate-expired"}, 0, 8, "7 - 1", "1 1 1 2 0"},
		{ledger.Filter{ledger.ByReporter: "mail.ru", ledger.ByResult: "certificate-expired"}, 0, 0, "- - 0", "0 0 0 0 0"},
	} {
		s := reread(t, two()).Sum(first, first+2, c.f)
		days := ""
		for _, d := range s.Days {
			if days != "" {
				days += " "
			}
			if d.Known {
				days += fmt.Sprint(d.Failed)
			} else {
				days += "-"
			}
		}
		rows := fmt.Sprint(len(s.Reporters), len(s.Results), len(s.MXs), len(s.Networks), len(s.Policies))
		if s.Successful != c.successful || s.Failed != c.failed || days != c.days || rows != c.rows {
			t.Errorf("%v: %d successful, %d failed, days %q, rows %q", c.f, s.Successful, s.Failed, days, rows)
		}
	}
}

func TestPutReplaces(t *testing.T) {
	t.Parallel()
	l := reread(t, two())
	l.Put(ledger.Cell{Day: first, Reporter: "google.com", Successful: 1, Reports: 1})
	l.Put(ledger.Cell{Day: first + 2, Reporter: "google.com"})
	l.Put(ledger.Cell{Day: first + 2, Reporter: "mail.ru"})
	if s := l.Sum(first, first+2, nil); s.Successful != 1 || s.Failed != 0 || s.Days[2].Known || len(s.Results) != 0 {
		t.Errorf("%+v", s)
	}
	l.Put(ledger.Cell{Day: first, Reporter: "google.com"})
	if !l.Empty() || l.Page(ledger.PageOf(first)) != nil {
		t.Error("something is left")
	}
}

// A report with thousands of addresses leaves a page small and its sums whole.
func TestCellsGatherWhatIsSmall(t *testing.T) {
	t.Parallel()
	var l ledger.Ledger
	c := ledger.Cell{Day: first, Reporter: "x.example", Failed: 5, Reports: 1}
	for i := range 5000 {
		c.Failures = append(c.Failures, ledger.Failure{"type " + fmt.Sprint(i%500), fmt.Sprintf("mx%d.example", i), "192.0.2.0/24", int64(1 + i), ""})
	}
	l.Put(c)
	s := reread(t, &l).Sum(first, first, nil)
	if s.Detailed != 5000*5001/2 || len(s.MXs) != 65 || len(l.Page(ledger.PageOf(first))) > 8<<10 {
		t.Errorf("%d sessions, %d MXs, %d bytes", s.Detailed, len(s.MXs), len(l.Page(ledger.PageOf(first))))
	}
}

func TestAttendance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		days string // from the first day on: + came in time, L came two days late, x with failures, - nothing
		now  int    // hours after the first day began
		want string
	}{
		{"a daily reporter misses a day", "++++-+++", 8*24 + 70, "rrrrmrrr"},
		{"a late report", "++++L+++", 8*24 + 70, "rrrrlrrr"},
		{"failures are seen before lateness", "++++x+++", 8*24 + 70, "rrrrfrrr"},
		{"the newest days may still come", "++++++--", 8 * 24, "rrrrrr~~"},
		{"in time they are missed", "++++++--", 8*24 + 70, "rrrrrrmm"},
		{"who writes now and then is not missed", "+--+---+", 8*24 + 70, "r..r...r"},
		{"not before it was first seen", "---+++++", 8*24 + 70, "...rrrrr"},
		{"never at weekends", "+++++--+++++--+++++--+++++--+-++", 32*24 + 70, "rrrrr..rrrrr..rrrrr..rrrrr..rmrr"},
		{"days to come", "+++++---", 5 * 24, "rrrrr~.."},
	} {
		var l ledger.Ledger
		for i, what := range c.days {
			cell := ledger.Cell{Day: first + int32(i), Reporter: "x.example", Successful: 1, Reports: 1, Arrived: 30}
			switch what {
			case '-':
				continue
			case 'L':
				cell.Arrived = 30 + 48
			case 'x':
				cell.Failed, cell.Arrived = 1, 30+48
			}
			l.Put(cell)
		}
		got := ""
		for _, a := range l.Attendance(first, first+int32(len(c.days))-1, first*24+int64(c.now)) {
			for _, s := range a.States {
				got += string(".rlmf~"[s])
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(two().Page(ledger.PageOf(first)))
	f.Add([]byte{1, 0, 0, 0, 0})
	f.Add([]byte{1, 1, 1, 'a', 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		var l ledger.Ledger
		if err := l.Read(600, data); err != nil {
			if !errors.Is(err, ledger.ErrPage) {
				t.Errorf("a page fails with %v", err)
			}
			return
		}
		before := l.Sum(first, first+31, nil)
		var back ledger.Ledger
		if page := l.Page(600); page != nil {
			if err := back.Read(600, page); err != nil {
				t.Fatalf("what was read cannot be read again: %v", err)
			}
		}
		if diff := cmp.Diff(before.Days, back.Sum(first, first+31, nil).Days); diff != "" {
			t.Error(diff)
		}
		l.Attendance(first, first+31, 600*32*24)
	})
}

func BenchmarkYear(b *testing.B) {
	var l ledger.Ledger
	for day := int32(first); day < first+365; day++ {
		for r := range 10 {
			l.Put(ledger.Cell{Day: day, Reporter: fmt.Sprint("reporter", r, ".example"), Successful: 1234, Failed: 3, Reports: 1, Arrived: 31,
				Policies: []ledger.Policy{{"sts", "enforce", 1234, 3}, {"tlsa", "", 1200, 1}},
				Failures: []ledger.Failure{{"certificate-expired", "mx1.example", "192.0.2.0/24", 3, ""}}})
		}
	}
	pages := map[int32][]byte{}
	for p := ledger.PageOf(first); p <= ledger.PageOf(first+364); p++ {
		pages[p] = l.Page(p)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Reset()
		for p := ledger.PageOf(first); p <= ledger.PageOf(first+364); p++ {
			if err := l.Read(p, pages[p]); err != nil {
				b.Fatal(err)
			}
		}
		l.Sum(first, first+364, nil)
		l.Attendance(first, first+364, (first+365)*24)
	}
}

// A ledger that is used again says nothing of what it held before.
func TestResetLeavesNothing(t *testing.T) {
	t.Parallel()
	l := two()
	l.Reset()
	if !l.Empty() || len(l.Sum(first, first+2, nil).Reporters) != 0 {
		t.Error("something is left")
	}
	if err := l.Read(ledger.PageOf(first), two().Page(ledger.PageOf(first))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(two().Sum(first, first+2, nil), l.Sum(first, first+2, nil)); diff != "" {
		t.Error(diff)
	}
}
