package tlsrpt

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
)

// BenchmarkHostile reads every hostile input: how long it takes, and how far
// the heap rises meanwhile above the input itself. bench/hostile runs it and
// holds it against the published bounds.
func BenchmarkHostile(b *testing.B) {
	inputs := append(append(hostileMails(b), hostileGzip(b)...), hostileSizes(b)...)
	for _, z := range hostileZips(b) {
		inputs = append(inputs, z.hostile)
	}
	for _, h := range append(inputs, hostileFiles(b)...) {
		b.Run(h.name, func(b *testing.B) {
			var most uint64
			for b.Loop() {
				most = max(most, heapRise(b, func() { _, _ = Read(h.in, DefaultLimits()) }))
			}
			b.ReportMetric(float64(most)/(1<<20), "peak-MiB")
		})
	}
}

func hostileFiles(tb testing.TB) []hostile {
	tb.Helper()
	files, err := filepath.Glob("testdata/hostile/*--*")
	if err != nil || len(files) == 0 {
		tb.Fatal("no files: ", err)
	}
	var out []hostile
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, hostile{name: filepath.Base(f), in: b})
	}
	return out
}

// heapRise samples the heap, dead objects included, while do runs.
func heapRise(tb testing.TB, do func()) uint64 {
	tb.Helper()
	// One sample for all readings: their own garbage would count.
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heapBytes := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	idle := heapBytes()
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		peak := idle
		for {
			select {
			case <-done:
				most <- max(peak, heapBytes()) - idle
				return
			default:
				peak = max(peak, heapBytes())
				runtime.Gosched()
			}
		}
	}()
	do()
	close(done)
	return <-most
}
