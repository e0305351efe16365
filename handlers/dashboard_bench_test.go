package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkDashboardPage is what a page of a domain with a year of ten reporters
// costs the server, without a network: `go test -bench DashboardPage ./handlers`.
func BenchmarkDashboardPage(b *testing.B) {
	w := newWorldAt(b, "sqlite:"+b.TempDir()+"/year.db")
	p := w.person("a@example.test")
	w.fillDashboard(b, p, 10, 365)
	for _, path := range []string{"/healthz", "/domains/d1.example?days=30", "/domains/d1.example?days=365", "/overview", "/domains"} {
		for _, coding := range []string{"identity", "gzip"} {
			b.Run(path[1:]+"/"+coding, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := request(http.MethodGet, path, p, nil)
					r.Header.Set("Accept-Encoding", coding)
					rec := httptest.NewRecorder()
					w.handler.ServeHTTP(rec, r)
					if rec.Code != http.StatusOK {
						b.Fatal(rec.Code)
					}
				}
			})
		}
	}
}
