package handlers

import (
	"bytes"
	"encoding/csv"
	"runtime"
	"testing"
)

func TestCSVCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1", "＝1": "'＝1",
		"": "", "a=b": "a=b", "mx.example.com": "mx.example.com",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
	if got := csvCell(int64(-5)); got != "-5" {
		t.Errorf("a number becomes %q", got)
	}
}

// discard counts what it throws away.
type discard int64

func (d *discard) Write(b []byte) (int, error) {
	*d += discard(len(b))
	return len(b), nil
}

// BenchmarkExportMillion writes a million rows; what stays in memory is told.
func BenchmarkExportMillion(b *testing.B) {
	for _, kind := range []string{"csv", "json"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				var sink discard
				out := newRowWriter(&sink, kind)
				out.head("day", "reporter", "sessions")
				for i := range 1_000_000 {
					if err := out.row("2026-06-14", "reporter.example", int64(i)); err != nil {
						b.Fatal(err)
					}
				}
				if err := out.close(); err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(int64(after.HeapInuse)-int64(before.HeapInuse))/1024, "KiB-kept")
				b.ReportMetric(float64(sink)/1e6, "MB-written")
			}
		})
	}
}

func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"", "=1", "a,b", "\"", "\r\n", "\x00", "＝"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		var b bytes.Buffer
		out := newRowWriter(&b, "csv")
		out.head("a", "b")
		if err := out.row(cell, int64(1)); err != nil {
			t.Fatal(err)
		}
		if err := out.close(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Errorf("%q reads back as %q, %v", cell, rows, err)
		}
	})
}
