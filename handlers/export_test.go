package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

func TestExports(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	for _, c := range []struct{ table, want string }{
		{"trend", "2026-06-14 90 10"},
		{"result", "certificate-expired 10"},
		{"reporter", "sender.example 90 10"},
		{"mx", "mx.example.com 10"},
		{"network", "192.0.2.0/24 10"},
		{"policy", "sts enforce 90 10"},
		{"grid", "sender.example 2026-06-14 failing"},
		{"reports", "sender.example"},
		{"details", "X509_V_ERR_CERT_HAS_EXPIRED"},
	} {
		text := f.get("/domains/example.com/export/"+c.table+".csv?days=7", f.owner)
		rows, err := csv.NewReader(strings.NewReader(text.body)).ReadAll()
		if err != nil || len(rows) < 2 || !strings.Contains(joined(rows), c.want) {
			t.Errorf("%s.csv: %v, %q", c.table, err, text.body)
		}
		var objects []map[string]any
		raw := f.get("/domains/example.com/export/"+c.table+".json?days=7", f.owner)
		if err := json.Unmarshal([]byte(raw.body), &objects); err != nil || len(objects) != len(rows)-1 || len(objects[0]) != len(rows[0]) {
			t.Errorf("%s.json: %v, %d rows of %q", c.table, err, len(objects), raw.body)
		}
	}
	for path, want := range map[string]int{"trend.xml": 404, "nothing.csv": 404, "trend": 404, "trend.csv?mx=mx.example.com": 200} {
		if got := f.get("/domains/example.com/export/"+path, f.owner); got.StatusCode != want {
			t.Errorf("%s: got %d", path, got.StatusCode)
		}
	}
	body := f.get("/domains/example.com/export/trend.csv?from=2026-06-13&to=2026-06-14&mx=mx.example.com", f.owner).body
	if body != "day,successful,failed\r\n2026-06-13,,\r\n2026-06-14,,10\r\n" {
		t.Errorf("failures only, and a day that nobody knows: %q", body)
	}
}

func joined(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, " ") + "\n")
	}
	return b.String()
}

func TestDayPage(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	page := f.get("/domains/example.com/days/2026-06-14", f.owner)
	for id, want := range map[string]string{"day-lead": "90.0\u202f%", "attendance": "failing", "by-mx": "mx.example.com", "reports": "sender.example"} {
		if text := page.find(t, id); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %q", id, want, text)
		}
	}
	if text := f.get("/domains/example.com/days/2026-06-13", f.owner).find(t, "day-lead"); !strings.Contains(text, "nothing is known") {
		t.Errorf("a day without a report says %q", text)
	}
	for path, want := range map[string]int{"2026-06-15": 200, "2026-06-16": 404, "1026-06-15": 404, "x": 404, "2026-6-1": 404} {
		if got := f.get("/domains/example.com/days/"+path, f.owner); got.StatusCode != want {
			t.Errorf("%s: got %d", path, got.StatusCode)
		}
	}
}
