package nameserver

import (
	"bytes"
	"runtime"
	"testing"
	"time"
)

// BenchmarkMillion is a zone of a million names: what it takes to build, to
// write, to read again, to hold, and to change.
//
//	go test -run '^$' -bench Million -benchtime 1x ./internal/nameserver
func BenchmarkMillion(b *testing.B) {
	const names = 1_000_000
	for b.Loop() { // once: the figures below are what this is about
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	z := manyZone(b, names)
	b.ReportMetric(time.Since(began).Seconds(), "s/build")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/names, "B/name")

	var file bytes.Buffer
	began = time.Now()
	if _, err := z.WriteTo(&file); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/write")
	b.ReportMetric(float64(file.Len())/names, "B/line")
	began = time.Now()
	again, err := ReadZone(testConfig(), &file)
	if err != nil || again.Len() != names {
		b.Fatal(again.Len(), err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/read")

	const edits = 200
	began = time.Now()
	for i := range edits {
		e := manyEntry(names + i)
		again = again.With(uint32(i), []Change{{Owner: e.Owner, TXT: e.TXT}})
	}
	b.ReportMetric(time.Since(began).Seconds()/edits*1e6, "µs/edit")
	runtime.KeepAlive(z)
	runtime.KeepAlive(again)
}
