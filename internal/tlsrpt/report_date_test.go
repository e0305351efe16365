package tlsrpt

import (
	"strings"
	"testing"
	"time"
)

func withDates(start, end string) []byte {
	return []byte(strings.NewReplacer("2026-03-04T00:00:00Z", start, "2026-03-04T23:59:59Z", end).Replace(string(reportWith("[]"))))
}

func TestDates(t *testing.T) {
	t.Parallel()
	const from, to = "2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"
	for _, c := range []struct{ start, end, wantStart, wantEnd, codes string }{
		{"2026-03-04T00:00:00Z", "2026-03-04T23:59:59Z", from, to, ""},
		{"2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", from, to, ""},
		{"2026-03-04T00:00:00+00:00", "2026-03-04T23:59:59-00:00", from, to, ""},
		{"2026-03-04T00:00:00.000Z", "2026-03-04T23:59:59.999999Z", from, to, ""},
		{"2026-03-04T00:00:00", "2026-03-04T23:59:59", from, to, "date-without-zone"},
		{"2026-03-04", "2026-03-04", from, to, "date-only"},
		{"2026-03-04T00:00:00Z", "2026-03-04T24:00:00Z", from, to, "date-form"},
		{"2026-03-04T00:00:00Z", "2026-03-04T23:59:60Z", from, to, "date-form"},
		{"2026-03-04T00:00:00Z", "2026-03-04T23:59:60.5Z", from, to, "date-form"},
		{"2026-03-04T00:00:00Z", "2026-03-04T23:59:59,5Z", from, to, "date-form"},
		{"2026-03-04t00:00:00z", "2026-03-04 23:59:59Z", from, to, "date-form"},
		{"2026-03-04T00:00Z", "2026-03-04T23:59Z", from, to, "date-form"},
		{"2026-03-04T00:00:00 UTC", "2026-03-04T23:59:59+0000", from, to, "date-form"},
		{"2026-03-04T01:00:00+01:00", "2026-03-05T00:59:59+01:00", from, to, ""},
		{"2026-03-03T18:30:00-05:30", "2026-03-04T18:29:59-05:30", from, to, ""},
		{"2026-03-04T00:00:00+02:00", "2026-03-04T23:59:59+02:00", "2026-03-03T22:00:00Z", "2026-03-04T22:00:00Z", ""},
		{"2026-03-04T06:00:00Z", "2026-03-04T18:00:00Z", "2026-03-04T06:00:00Z", "2026-03-04T18:00:00Z", ""},
		{"2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z", from, from, ""},
		{"2026-03-04T00:00:00Z", "", from, to, "end-missing"},
		{"2024-02-29T00:00:00Z", "2024-02-29T23:59:59Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", ""},
		{"2026-12-31T00:00:00Z", "2026-12-31T23:59:59Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", ""},
		{"2025-03-04T00:00:00Z", "2026-03-04T23:59:59Z", "2025-03-04T00:00:00Z", to, "range-over-a-day"},
		{"2026-03-04T00:00:00Z", "2026-03-01T23:59:59Z", from, "2026-03-02T00:00:00Z", "end-before-start"},
	} {
		r, err := ParseReport(withDates(c.start, c.end), DefaultLimits())
		if err != nil {
			t.Errorf("%s %s: %v", c.start, c.end, err)
			continue
		}
		if r.Start.Format(time.RFC3339) != c.wantStart || r.End.Format(time.RFC3339) != c.wantEnd {
			t.Errorf("%s %s: %v to %v", c.start, c.end, r.Start, r.End)
		}
		if got := strings.TrimSuffix(strings.Join(codes(r), " "), "policies-empty"); strings.TrimSpace(got) != c.codes {
			t.Errorf("%s %s: %q, want %q", c.start, c.end, got, c.codes)
		}
		if r.Start.Location() != time.UTC || !r.Day().Equal(r.Start.Truncate(day)) {
			t.Errorf("%s: day %v", c.start, r.Day())
		}
	}
}

func TestBadDates(t *testing.T) {
	t.Parallel()
	good := "2026-03-04T00:00:00Z"
	for _, bad := range []string{
		"0000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-10-00T00:00:00Z",
		"2026-03-04T24:00:01Z", "2026-03-04T24:01:00Z", "2026-03-04T00:60:00Z", "2026-03-04T00:00:61Z",
		"2026-03-04T00:00:00+24:00", "2026-03-04T00:00:00+01:60", "2026-03-04T00:00:00+1", "2026-03-04T00:00:00ZZ",
		"2026-03-04T00:00:00.Z", "2026-03-04T", "2026-03-04T00", "2026-03-04T00:0", "2026-03-04T00:00:0", "2026-3-4",
		"2026/03/04", "04.03.2026", "1772582400", "Wed, 04 Mar 2026 00:00:00 +0000", "2026-03-04X00:00:00Z", "+026-03-04", "２０２６-03-04",
	} {
		if _, err := ParseReport(withDates(bad, good), DefaultLimits()); Reason(err) != "bad-dates" {
			t.Errorf("start %s: %v", bad, err)
		}
		if _, err := ParseReport(withDates(good, bad), DefaultLimits()); Reason(err) != "bad-dates" {
			t.Errorf("end %s: %v", bad, err)
		}
	}
	if _, err := ParseReport(withDates("", good), DefaultLimits()); Reason(err) != "bad-dates" {
		t.Errorf("no start: %v", err)
	}
}

// TestFuture is J29: a report about the day after tomorrow is refused.
func TestFuture(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	for _, c := range []struct {
		now  string
		want string
	}{
		{"2026-03-05T04:00:00Z", ""}, {"2026-03-04T01:00:00Z", ""}, {"2026-03-03T00:00:00Z", ""},
		{"2026-03-02T23:59:59Z", "bad-dates"}, {"2026-03-02T00:00:00Z", "bad-dates"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		lim.Now = now
		if _, err := ParseReport(reportWith("[]"), lim); Reason(err) != c.want {
			t.Errorf("at %s: %v, want %q", c.now, err, c.want)
		}
	}
}

func TestDaysSince1970(t *testing.T) {
	t.Parallel()
	for d := time.Date(minYear, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() <= maxYear; d = d.AddDate(0, 0, 1) {
		unix, _, ok := readDate(d.Format(time.DateOnly))
		if !ok || unix != d.Unix() {
			t.Fatalf("%v: %d", d, unix)
		}
	}
}
